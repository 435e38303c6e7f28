import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DiskFile, replaceFile, systemErrorCode } from '@rocketmq-ts/kernel';
import {
  SECTOR_BYTES,
  SeededRandom,
  SimulatedDisk,
  type SimulatedDiskOptions,
  VirtualClock,
} from '@rocketmq-ts/testkit';

const SEEDS = Array.from({ length: 60 }, (_, index) => index);

test('what was synced, with its directory, survives every crash', () => {
  for (const seed of SEEDS) {
    const { disk } = make(seed);
    const file = synced(disk, '/a/file', Buffer.alloc(3000, 1));
    file.writeSync(Buffer.alloc(2000, 2), 0, 2000, 3000);
    disk.crash();
    const content = disk.readFile('/a/file');
    assert.ok(content !== undefined && content.length >= 3000, `seed ${seed}`);
    assert.deepEqual(content.subarray(0, 3000), Buffer.alloc(3000, 1), `seed ${seed}`);
  }
});

test('what was not synced is lost, kept or torn between sectors, by seed; a sector is never a mixture', () => {
  const outcomes = new Set<string>();
  for (const seed of SEEDS) {
    const { disk } = make(seed);
    synced(disk, '/a/file', Buffer.alloc(8 * SECTOR_BYTES, 1)).writeSync(
      Buffer.alloc(8 * SECTOR_BYTES, 2),
      0,
      8 * SECTOR_BYTES,
      0,
    );
    disk.crash();
    const content = disk.readFile('/a/file') ?? Buffer.alloc(0);
    let news = 0;
    for (let sector = 0; sector < 8; sector++) {
      const bytes = new Set(content.subarray(sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES));
      assert.equal(bytes.size, 1, `seed ${seed}: sector ${sector} is a mixture`);
      if (bytes.has(2)) news++;
    }
    outcomes.add(news === 0 ? 'lost' : news === 8 ? 'kept' : 'torn');
  }
  assert.deepEqual([...outcomes].sort(), ['kept', 'lost', 'torn']);
});

test('one seed gives one crash', () => {
  const outcome = (): Buffer | undefined => {
    const { disk } = make(11);
    synced(disk, '/a/file', Buffer.alloc(9000, 1)).writeSync(Buffer.alloc(9000, 2), 0, 9000, 0);
    disk.crash();
    return disk.readFile('/a/file');
  };
  assert.deepEqual(outcome(), outcome());
});

test('a new name is only sure after its directory was synced', () => {
  let lost = 0;
  for (const seed of SEEDS) {
    const { disk } = make(seed);
    disk.makeDirectory('/a');
    disk.syncDirectory('/a');
    const file = disk.open('/a/file', 'create');
    file.writeSync(Buffer.from('x'), 0, 1, 0);
    file.syncSync();
    disk.crash();
    if (disk.stat('/a/file') === undefined) lost++;
  }
  assert.ok(lost > 0 && lost < SEEDS.length, `${lost} lost`);
});

test('what is made anew in the place of a removed directory, and synced, survives every crash', () => {
  for (const seed of SEEDS) {
    const { disk } = make(seed);
    const makeFile = (): void => {
      disk.makeDirectory('/a/b/c');
      disk.open('/a/b/c/file', 'create').syncSync();
      disk.syncDirectory('/a/b/c');
    };
    makeFile();
    disk.remove('/a/b/c');
    disk.remove('/a/b');
    disk.syncDirectory('/a');
    makeFile();
    disk.crash();
    assert.ok(disk.stat('/a/b/c/file') !== undefined, `seed ${seed}`);
  }
});

test('what was in a removed directory does not come back once the removal is durable, whatever is made in its place', () => {
  for (const seed of SEEDS) {
    const { disk } = make(seed);
    disk.makeDirectory('/a/b/c');
    disk.open('/a/b/c/file', 'create').syncSync();
    disk.remove('/a/b');
    disk.syncDirectory('/a');
    disk.makeDirectory('/a/b/d');
    disk.syncDirectory('/a/b');
    disk.crash();
    assert.deepEqual([disk.stat('/a/b/c'), disk.stat('/a/b/d') !== undefined], [undefined, true], `seed ${seed}`);
  }
});

test('replacing a file leaves the old or the new content, whatever moment the crash takes', () => {
  const seen = new Set<string>();
  for (const seed of SEEDS) {
    for (const failing of ['open', 'write', 'sync', 'rename', 'syncDirectory'] as const) {
      const { disk } = make(seed);
      disk.makeDirectory('/a');
      replaceFile(disk, '/a/file', Buffer.from('old'));
      disk.faults.add({ operation: failing, code: 'EIO' });
      assert.throws(() => replaceFile(disk, '/a/file', Buffer.from('new')));
      disk.crash();
      seen.add(String(disk.readFile('/a/file')));
    }
  }
  assert.deepEqual([...seen].sort(), ['new', 'old']);
});

test('a killed process loses no completed write; calls under way happen whole, up to a sector, or not at all', () => {
  const lengths = new Set<number>();
  for (const seed of SEEDS) {
    const { disk } = make(seed);
    disk.makeDirectory('/a');
    const file = disk.open('/a/file', 'create');
    file.writeSync(Buffer.from('done'), 0, 4, 0);
    file.write(Buffer.alloc(1500, 1), 0, 1500, 4, () => assert.fail('the process is dead'));
    disk.killProcess();
    const content = disk.readFile('/a/file') ?? Buffer.alloc(0);
    assert.deepEqual(content, Buffer.concat([Buffer.from('done'), Buffer.alloc(1500, 1)]).subarray(0, content.length));
    lengths.add(content.length);
    assert.throws(
      () => file.size(),
      (error) => systemErrorCode(error) === 'EBADF',
    );
  }
  assert.deepEqual(
    [...lengths].sort((one, other) => one - other),
    [4, SECTOR_BYTES, 2 * SECTOR_BYTES, 1504],
  );
});

test('a lock ends with its process', async () => {
  const { disk } = make(1);
  disk.makeDirectory('/a');
  const old = await disk.lock('/a/lock');
  disk.killProcess();
  assert.ok(await disk.lock('/a/lock'));
  old?.release();
  assert.equal(await disk.lock('/a/lock'), undefined, 'a dead process released what is not its own');
});

test('after a failed sync the pages stay readable, the next sync succeeds, and a crash loses them', async () => {
  const { disk, clock } = make(3, { writeBackChance: 0 });
  const file = synced(disk, '/a/file', Buffer.from('old'));
  file.writeSync(Buffer.from('new'), 0, 3, 0);
  disk.faults.add({ operation: 'sync', code: 'EIO' });
  const failed = new Promise<Error | null>((resolve) => file.sync(resolve));
  await clock.settle();
  assert.equal(systemErrorCode(await failed), 'EIO');
  file.syncSync();
  assert.equal(disk.readFile('/a/file')?.toString(), 'new');
  disk.crash();
  assert.equal(disk.readFile('/a/file')?.toString(), 'old');
});

test('a sync covers what was written before it, not what came while it ran', async () => {
  let lost = 0;
  for (const seed of SEEDS) {
    const { disk, clock } = make(seed, { writeBackChance: 0 });
    const file = synced(disk, '/a/file', Buffer.alloc(1024));
    file.writeSync(Buffer.from('before'), 0, 6, 0);
    const done = new Promise<Error | null>((resolve) => file.sync(resolve));
    file.writeSync(Buffer.from('during'), 0, 6, SECTOR_BYTES);
    await clock.settle();
    assert.equal(await done, null);
    disk.crash();
    const content = disk.readFile('/a/file') ?? Buffer.alloc(0);
    assert.equal(content.toString('latin1', 0, 6), 'before', `seed ${seed}`);
    if (content.toString('latin1', SECTOR_BYTES, SECTOR_BYTES + 6) !== 'during') lost++;
  }
  assert.ok(lost > 0);
});

test('bytes that were cut off do not come back with a later growth, once that is synced', () => {
  for (const seed of SEEDS) {
    const { disk } = make(seed);
    const file = synced(disk, '/a/file', Buffer.alloc(10_000, 1));
    file.truncate(100);
    file.truncate(10_000);
    file.syncSync();
    disk.crash();
    const content = disk.readFile('/a/file');
    assert.deepEqual(content?.subarray(100), Buffer.alloc(9900), `seed ${seed}`);
  }
});

test('faults hit the operation, file, turn and number of times that they name', () => {
  const { disk } = make(1);
  disk.makeDirectory('/a');
  const file = disk.open('/a/one', 'create');
  const other = disk.open('/a/two', 'create');
  disk.faults.add({ operation: 'write', code: 'ENOSPC', path: /one$/, skip: 1, times: 2 });
  const results = [file, other, file, other, file, file].map((each) => {
    try {
      each.writeSync(Buffer.from('x'), 0, 1, 0);
      return 'ok';
    } catch (error) {
      return systemErrorCode(error);
    }
  });
  assert.deepEqual(results, ['ok', 'ok', 'ENOSPC', 'ok', 'ENOSPC', 'ok']);
});

test('a disk of a given size fills up, holes are free, and removing makes room', () => {
  const { disk } = make(1, { totalBytes: 64 * 1024 });
  disk.makeDirectory('/a');
  const file = disk.open('/a/file', 'create');
  file.truncate(1 << 30);
  file.writeSync(Buffer.alloc(60 * 1024), 0, 60 * 1024, 0);
  assert.equal(disk.space('/a').freeBytes, 4096);
  assert.throws(
    () => file.writeSync(Buffer.alloc(8192), 0, 8192, 1 << 29),
    (error) => systemErrorCode(error) === 'ENOSPC',
  );
  disk.remove('/a/file');
  assert.equal(disk.space('/a').freeBytes, 64 * 1024);
});

test('a full disk takes the beginning of a write, and more when an outsider makes room', async () => {
  const { disk, clock } = make(1, { totalBytes: 64 * 1024 });
  disk.makeDirectory('/a');
  const file = disk.open('/a/file', 'create');
  disk.occupiedBytes = 56 * 1024;
  const written = (): Promise<Error | null> =>
    new Promise((done) => file.write(Buffer.alloc(12_000, 1), 0, 12_000, 0, done));
  assert.equal(systemErrorCode(await clock.run(written())), 'ENOSPC');
  assert.deepEqual(disk.readFile('/a/file'), Buffer.alloc(8192, 1));
  disk.occupiedBytes = 0;
  assert.equal(await clock.run(written()), null);
  assert.deepEqual(disk.readFile('/a/file'), Buffer.alloc(12_000, 1));
});

test('on a lying disk a sync succeeds, and a crash shows that it had no effect', async () => {
  const { disk, clock } = make(1, { writeBackChance: 0 });
  const file = synced(disk, '/a/file', Buffer.from('old'));
  disk.faults.add({ operation: 'sync', lost: true, times: 2 });
  file.writeSync(Buffer.from('new'), 0, 3, 0);
  file.syncSync();
  assert.equal(await clock.run(new Promise((done) => file.sync(done))), null);
  for (const seed of SEEDS) {
    disk.reseed(new SeededRandom(seed));
    disk.crash();
  }
  assert.equal(disk.readFile('/a/file')?.toString(), 'old');
});

test('calls take their time on the virtual clock, longer where a fault delays them', async () => {
  const { disk, clock } = make(5, { maxLatencyMs: 10 });
  disk.makeDirectory('/a');
  const file = disk.open('/a/file', 'create');
  disk.faults.add({ operation: 'sync', delayMs: 1000 });
  const start = clock.monotonicMs();
  await clock.run(new Promise((resolve) => file.sync(resolve)));
  assert.ok(clock.monotonicMs() - start >= 1000);
  assert.ok(clock.monotonicMs() - start <= 1010);
});

test('who changes a buffer before its callback finds the change in the file', async () => {
  const { disk, clock } = make(1);
  disk.makeDirectory('/a');
  const file = disk.open('/a/file', 'create');
  const buffer = Buffer.from('lent');
  file.write(buffer, 0, 4, 0, () => {});
  buffer.write('mine');
  await clock.settle();
  assert.equal(disk.readFile('/a/file')?.toString(), 'mine');
});

function make(seed: number, options: Partial<SimulatedDiskOptions> = {}): { disk: SimulatedDisk; clock: VirtualClock } {
  const clock = new VirtualClock();
  return { disk: new SimulatedDisk({ ...options, clock, random: new SeededRandom(seed) }), clock };
}

/** A file whose content and name are durable. */
function synced(disk: SimulatedDisk, path: string, content: Buffer): DiskFile {
  disk.makeDirectory('/a');
  const file = disk.open(path, 'create');
  file.writeSync(content, 0, content.length, 0);
  file.syncSync();
  disk.syncDirectory('/a');
  return file;
}
