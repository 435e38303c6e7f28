import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Disk, type DiskFile, replaceFile, systemErrorCode } from '@rocketmq-ts/kernel';

interface DiskContractSubject {
  readonly disk: Disk;
  /** An empty directory that exists. */
  readonly directory: string;
  end?(): void | Promise<void>;
}

/** What every `Disk` promises. Call it at the top of a test file. */
export function describeDiskContract(
  name: string,
  make: () => DiskContractSubject | Promise<DiskContractSubject>,
): void {
  describe(`disk contract: ${name}`, () => {
    let subject: DiskContractSubject;
    before(async () => {
      subject = await make();
    });
    after(() => subject.end?.());
    describeFiles(() => subject);
    describeNames(() => subject);
    describeLock(() => subject);
  });
}

function describeFiles(subject: () => DiskContractSubject): void {
  const create = (name: string): DiskFile => subject().disk.open(`${subject().directory}/${name}`, 'create');

  test('bytes written at a position are read back from there, and the hole before them reads as zeros', async () => {
    const file = create('positions');
    await write(file, Buffer.from('hello'), 10_000);
    assert.equal(file.size(), 10_005);
    assert.equal((await read(file, 5, 10_000)).toString(), 'hello');
    assert.deepEqual(await read(file, 4, 5_000), Buffer.alloc(4));
    file.close();
  });

  test('a write takes the named part of its buffer', async () => {
    const file = create('part');
    await new Promise<void>((resolve, reject) => {
      file.write(Buffer.from('xxabcxx'), 2, 3, 0, (error) => (error === null ? resolve() : reject(error)));
    });
    file.writeSync(Buffer.from('yydeyy'), 2, 2, 3);
    assert.equal((await read(file, 10, 0)).toString(), 'abcde');
    file.close();
  });

  test('a read is short at the end of the file and empty behind it', async () => {
    const file = create('short');
    file.writeSync(Buffer.from('abc'), 0, 3, 0);
    assert.equal((await read(file, 10, 1)).toString(), 'bc');
    assert.equal((await read(file, 10, 3)).length, 0);
    assert.equal(file.readSync(Buffer.alloc(10), 0, 10, 2), 1);
    file.close();
  });

  test('a call of no bytes succeeds', async () => {
    const file = create('nothing');
    await write(file, Buffer.alloc(0), 0);
    assert.equal((await read(file, 0, 0)).length, 0);
    assert.equal(file.size(), 0);
    file.close();
  });

  test('no callback runs before the call that it belongs to has returned', async () => {
    const file = create('later');
    const order: string[] = [];
    const written = new Promise<void>((resolve) => {
      file.write(Buffer.from('a'), 0, 1, 0, () => {
        order.push('done');
        resolve();
      });
    });
    order.push('returned');
    await written;
    assert.deepEqual(order, ['returned', 'done']);
    file.close();
  });

  test('a sync succeeds, asynchronously and synchronously', async () => {
    const file = create('sync');
    file.writeSync(Buffer.from('a'), 0, 1, 0);
    await new Promise<void>((resolve, reject) => {
      file.sync((error) => (error === null ? resolve() : reject(error)));
    });
    file.syncSync();
    file.close();
  });

  test('truncating cuts, and growing again shows zeros where the old bytes were', async () => {
    const file = create('truncate');
    file.writeSync(Buffer.alloc(6000, 1), 0, 6000, 0);
    file.truncate(100);
    assert.equal(file.size(), 100);
    file.truncate(6000);
    assert.equal(file.size(), 6000);
    assert.deepEqual(await read(file, 2, 99), Buffer.from([1, 0]));
    assert.deepEqual(await read(file, 2, 5998), Buffer.from([0, 0]));
    file.close();
  });

  test('a file that is opened for reading refuses writes', async () => {
    create('readonly').close();
    const file = subject().disk.open(`${subject().directory}/readonly`, 'read');
    assert.throws(() => file.writeSync(Buffer.from('a'), 0, 1, 0), withCode('EBADF'));
    file.close();
  });

  test('opening what is missing fails with ENOENT, unless it is to be created', () => {
    const { disk, directory } = subject();
    assert.throws(() => disk.open(`${directory}/missing`, 'read'), withCode('ENOENT'));
    assert.throws(() => disk.open(`${directory}/missing`, 'write'), withCode('ENOENT'));
    assert.throws(() => disk.open(`${directory}/no-such-directory/file`, 'create'), withCode('ENOENT'));
  });

  test('opening an existing file to create it keeps its content', () => {
    const file = create('kept');
    file.writeSync(Buffer.from('abc'), 0, 3, 0);
    file.close();
    const again = create('kept');
    assert.equal(again.size(), 3);
    again.close();
  });

  test('closing twice is allowed', () => {
    const file = create('closed');
    file.close();
    file.close();
  });
}

function describeNames(subject: () => DiskContractSubject): void {
  const inDirectory = (name: string): string => `${subject().directory}/${name}`;

  test('a directory lists its entries by name, and a missing one is empty', () => {
    const { disk } = subject();
    disk.makeDirectory(inDirectory('list/b'));
    for (const name of ['c', 'a']) disk.open(inDirectory(`list/${name}`), 'create').close();
    disk.open(inDirectory('list/b/deeper'), 'create').close();
    assert.deepEqual(disk.list(inDirectory('list')), [
      { name: 'a', isDirectory: false },
      { name: 'b', isDirectory: true },
      { name: 'c', isDirectory: false },
    ]);
    assert.deepEqual(disk.list(inDirectory('nowhere')), []);
  });

  test('a directory is made with its parents, and making it again is allowed', () => {
    const { disk } = subject();
    disk.makeDirectory(inDirectory('x/y/z'));
    disk.makeDirectory(inDirectory('x/y/z'));
    assert.equal(disk.stat(inDirectory('x/y'))?.isDirectory, true);
  });

  test('what is known of a file is its size and that it is one; of a missing one nothing', () => {
    const { disk } = subject();
    const file = disk.open(inDirectory('known'), 'create');
    file.writeSync(Buffer.alloc(123), 0, 123, 0);
    file.close();
    const stat = disk.stat(inDirectory('known'));
    assert.equal(stat?.sizeBytes, 123);
    assert.equal(stat.isDirectory, false);
    assert.equal(disk.stat(inDirectory('unknown')), undefined);
  });

  test('a whole file is read, and a missing one is undefined', () => {
    const { disk } = subject();
    replaceFile(disk, inDirectory('whole'), Buffer.from('first'));
    replaceFile(disk, inDirectory('whole'), Buffer.from('then'));
    assert.equal(disk.readFile(inDirectory('whole'))?.toString(), 'then');
    assert.equal(disk.readFile(inDirectory('no-file')), undefined);
    assert.equal(disk.stat(inDirectory('whole.tmp')), undefined);
  });

  test('renaming replaces the target, and an open file stays open under its new name', () => {
    const { disk } = subject();
    disk.open(inDirectory('target'), 'create').close();
    const file = disk.open(inDirectory('source'), 'create');
    disk.rename(inDirectory('source'), inDirectory('target'));
    file.writeSync(Buffer.from('moved'), 0, 5, 0);
    file.close();
    assert.equal(disk.stat(inDirectory('source')), undefined);
    assert.equal(disk.readFile(inDirectory('target'))?.toString(), 'moved');
  });

  test('a directory is renamed with all that is in it', () => {
    const { disk } = subject();
    disk.makeDirectory(inDirectory('old/deep'));
    disk.open(inDirectory('old/deep/file'), 'create').close();
    disk.rename(inDirectory('old'), inDirectory('new'));
    assert.equal(disk.stat(inDirectory('new/deep/file'))?.isDirectory, false);
    assert.equal(disk.stat(inDirectory('old')), undefined);
  });

  test('removing takes a directory with all that is in it, and nothing that is not there', () => {
    const { disk } = subject();
    disk.makeDirectory(inDirectory('removed/deep'));
    disk.open(inDirectory('removed/deep/file'), 'create').close();
    disk.remove(inDirectory('removed'));
    disk.remove(inDirectory('removed'));
    assert.equal(disk.stat(inDirectory('removed')), undefined);
    assert.equal(disk.stat(inDirectory('removed/deep/file')), undefined);
  });

  test('a file is removed off the loop, those who have it open read on, and what is not there is no error', async () => {
    const { disk } = subject();
    const file = disk.open(inDirectory('off-loop'), 'create');
    file.writeSync(Buffer.from('still'), 0, 5, 0);
    const order: string[] = [];
    const removed = removeFile(disk, inDirectory('off-loop')).then(() => order.push('done'));
    order.push('returned');
    await removed;
    assert.deepEqual(order, ['returned', 'done']);
    assert.equal(disk.stat(inDirectory('off-loop')), undefined);
    assert.equal(file.readSync(Buffer.alloc(5), 0, 5, 0), 5);
    file.close();
    await removeFile(disk, inDirectory('off-loop'));
    await removeFile(disk, inDirectory('no-such-directory/file'));
  });

  test('removing a directory as a file fails', async () => {
    const { disk } = subject();
    disk.makeDirectory(inDirectory('not-a-file'));
    await assert.rejects(removeFile(disk, inDirectory('not-a-file')));
    assert.equal(disk.stat(inDirectory('not-a-file'))?.isDirectory, true);
  });

  test('a removed file can be read on by those who have it open', () => {
    const { disk } = subject();
    const file = disk.open(inDirectory('removed'), 'create');
    file.writeSync(Buffer.from('still'), 0, 5, 0);
    disk.remove(inDirectory('removed'));
    const bytes = Buffer.alloc(5);
    assert.equal(file.readSync(bytes, 0, 5, 0), 5);
    assert.equal(bytes.toString(), 'still');
    file.close();
  });

  test('a directory is synced off the loop, and one that is missing is an error', async () => {
    const { disk, directory } = subject();
    const order: string[] = [];
    const synced = syncDirectoryLater(disk, directory).then(() => order.push('done'));
    order.push('returned');
    await synced;
    assert.deepEqual(order, ['returned', 'done']);
    await assert.rejects(syncDirectoryLater(disk, inDirectory('no-such-directory')), withCode('ENOENT'));
  });

  test('a directory is synced, and space is reported, also for a path that is not made yet', () => {
    const { disk, directory } = subject();
    disk.syncDirectory(directory);
    const { totalBytes, usedBytes, freeBytes } = disk.space(`${directory}/not/yet`);
    assert.ok(totalBytes > 0);
    assert.ok(freeBytes > 0 && freeBytes <= totalBytes);
    assert.ok(usedBytes >= 0 && usedBytes + freeBytes <= totalBytes);
  });
}

function describeLock(subject: () => DiskContractSubject): void {
  test('a lock has one holder until it is released, and makes its file', async () => {
    const { disk, directory } = subject();
    const path = `${directory}/lock`;
    const first = await disk.lock(path);
    assert.ok(first);
    assert.equal(disk.readFile(path)?.toString(), 'lock');
    assert.equal(await disk.lock(path), undefined);
    first.release();
    first.release();
    const second = await disk.lock(path);
    assert.ok(second);
    second.release();
  });

  test('locks of two paths know nothing of each other', async () => {
    const { disk, directory } = subject();
    const locks = [await disk.lock(`${directory}/lock-a`), await disk.lock(`${directory}/lock-b`)];
    for (const lock of locks) {
      assert.ok(lock);
      lock.release();
    }
  });
}

function write(file: DiskFile, bytes: Buffer, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    file.write(bytes, 0, bytes.length, position, (error) => (error === null ? resolve() : reject(error)));
  });
}

function read(file: DiskFile, length: number, position: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length, 0xff);
  return new Promise((resolve, reject) => {
    file.read(bytes, 0, length, position, (error, count) => {
      if (error === null) resolve(bytes.subarray(0, count));
      else reject(error);
    });
  });
}

function removeFile(disk: Disk, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    disk.removeFile(path, (error) => (error === null ? resolve() : reject(error)));
  });
}

function syncDirectoryLater(disk: Disk, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    disk.syncDirectoryLater(path, (error) => (error === null ? resolve() : reject(error)));
  });
}

function withCode(code: string): (error: unknown) => boolean {
  return (error) => systemErrorCode(error) === code;
}
