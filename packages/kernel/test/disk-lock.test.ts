import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { nodeDisk } from '../src/node/disk.ts';
import { bindSocketFile, hasRecordLock } from '../src/node/disk-lock.ts';

const directory = mkdtempSync(join(tmpdir(), 'disk-lock-'));
after(() => rmSync(directory, { recursive: true }));

test('another process of ours is refused while the holder lives, and killing the holder frees the lock', async () => {
  const path = join(directory, 'ours');
  const program = `
    import { nodeDisk } from ${JSON.stringify(import.meta.resolve('../src/index.ts'))};
    const lock = await nodeDisk.lock(${JSON.stringify(path)});
    console.log(lock === undefined ? 'refused' : 'held');
    setInterval(() => {}, 60_000);`;
  const holder = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  assert.equal(await firstLine(holder), 'held');
  assert.equal(await nodeDisk.lock(path), undefined);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const lock = await nodeDisk.lock(path);
  assert.ok(lock);
  lock.release();
});

test('the lock follows the file, whatever path leads to it', async () => {
  const path = join(directory, 'same');
  const lock = await nodeDisk.lock(path);
  assert.ok(lock);
  assert.equal(await nodeDisk.lock(`${directory}/./../${directory.split('/').at(-1)}/same`), undefined);
  lock.release();
});

// Apache's broker: RandomAccessFile("lock", "rw").getChannel().tryLock(0, 1, false). Source: DefaultMessageStore#start.
const hasPerl = process.platform === 'linux' && spawnSync('perl', ['-v']).status === 0;
test('a POSIX record lock on the first byte, as Java takes it, refuses us', { skip: !hasPerl }, async () => {
  const path = join(directory, 'java');
  writeFileSync(path, 'lock');
  // struct flock: write lock (1), from the start (0), first byte 0, length 1.
  const program = `open(F, '+<', $ARGV[0]) or die; my $lock = pack('ssx4qqlx4', 1, 0, 0, 1, 0); fcntl(F, 6, $lock) or die;
    $| = 1; print "held\\n"; sleep 60;`;
  const holder = spawn('perl', ['-e', program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  assert.equal(await firstLine(holder), 'held');
  assert.equal(await nodeDisk.lock(path), undefined);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const lock = await nodeDisk.lock(path);
  assert.ok(lock, 'the refused attempt must not have kept anything');
  lock.release();
});

test('the table of record locks is read by device and inode, and only write locks on the first byte count', () => {
  const identity = { dev: 0x10302n, ino: 1234n };
  const line = (type: string, access: string, file: string, range: string): string =>
    `1: FLOCK  ADVISORY  WRITE 1 103:02:99 0 EOF\n2: ${type}  ADVISORY  ${access} 0 ${file} ${range}\n`;
  assert.equal(hasRecordLock(identity, line('POSIX', 'WRITE', '103:02:1234', '0 0')), true);
  assert.equal(hasRecordLock(identity, line('POSIX', 'WRITE', '103:02:1234', '0 EOF')), true);
  assert.equal(hasRecordLock(identity, line('POSIX', 'READ', '103:02:1234', '0 0')), false);
  assert.equal(hasRecordLock(identity, line('FLOCK', 'WRITE', '103:02:1234', '0 0')), false);
  assert.equal(hasRecordLock(identity, line('POSIX', 'WRITE', '103:02:1234', '1 1')), false);
  assert.equal(hasRecordLock(identity, line('POSIX', 'WRITE', '103:02:1235', '0 0')), false);
  assert.equal(hasRecordLock(identity, line('POSIX', 'WRITE', '103:03:1234', '0 0')), false);
  assert.equal(hasRecordLock(identity, ''), false);
});

test('where names lie in the file system, a name left by a dead process is taken over and a live one is not', async () => {
  const socketPath = join(directory, 'left.sock');
  const abandoned = spawnSync(process.execPath, [
    '-e',
    `require('node:net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`,
  ]);
  assert.equal(abandoned.signal, 'SIGKILL');
  assert.ok(existsSync(socketPath) && statSync(socketPath).isSocket());
  const holder = await bindSocketFile(socketPath);
  assert.ok(holder);
  assert.equal(await bindSocketFile(socketPath), undefined);
  await new Promise((resolve) => holder.close(resolve));
  const next = await bindSocketFile(socketPath);
  assert.ok(next instanceof createServer().constructor);
  next.close();
});

async function firstLine(child: ChildProcess): Promise<string> {
  assert.ok(child.stdout);
  const exited = once(child, 'exit').then(() => [Buffer.from('the process ended')]);
  const [chunk] = (await Promise.race([once(child.stdout, 'data'), exited])) as [Buffer];
  return chunk.toString().trim();
}
