import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { nodePlatform, silentLogger } from '@rocketmq-ts/kernel';
import { createMessageStore } from '@rocketmq-ts/store';
import { recordOf, smallStore, smallStoreFiles } from '@rocketmq-ts/testkit';
import { Shell } from './command.ts';

const BIN = join(import.meta.dirname, '../../../bin/mqstore');
const MESSAGES = 2000;

const shell = new Shell();
const folder = join(shell.home, 'store');

before(async () => {
  const store = createMessageStore({
    platform: nodePlatform,
    logger: silentLogger,
    ...smallStore,
    root: folder,
    config: { ...smallStoreFiles, mappedFileSizeCommitLog: 1024 * 1024, mappedFileSizeConsumeQueue: 20_000 },
    processId: process.pid,
  });
  await store.start();
  await new Promise<void>((resolve) => {
    let left = MESSAGES;
    for (let i = 0; i < MESSAGES; i++) {
      const input = recordOf({ queueId: i % 4, body: Buffer.from(`body ${i}`) });
      store.put(input, { stored: () => void (--left === 0 && resolve()) }, true);
    }
  });
  await store.stop();
});
after(() => shell.dispose());

/** Names, lengths and times of change of everything below a folder. */
function marks(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name))
    .map((each) => [each, statSync(each)] as const)
    .map(([each, stat]) => `${each} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`);
}

test('a store on a real disk is inspected, verified and dumped, and nothing in it is touched', async () => {
  const earlier = marks(folder);
  const inspected = await shell.run('mqstore', 'inspect', folder);
  assert.deepEqual([inspected.code, inspected.stderr], [0, '']);
  assert.match(inspected.stdout, /^consume queues {2}1 topic, 4 queues, 2,000 messages$/m);
  const verified = await shell.run('mqstore', 'verify', folder);
  assert.deepEqual([verified.code, verified.stderr], [0, '']);
  assert.match(verified.stdout, /^commit log {6}2,000 records/);
  assert.match(verified.stdout, /\nFINE\n$/);
  const dumped = await shell.run('mqstore', 'dump', folder, '--topic', 'T');
  assert.deepEqual([dumped.code, dumped.stderr], [0, '']);
  const bodies = dumped.stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { body: string }).body);
  assert.deepEqual(
    bodies,
    Array.from({ length: MESSAGES }, (_, i) => `body ${i}`),
  );
  assert.deepEqual(marks(folder), earlier);
});

test('damage is exit code 1', async () => {
  const copy = join(shell.home, 'damaged');
  for (const name of ['commitlog', 'consumequeue/T/0']) mkdirSync(join(copy, name), { recursive: true });
  const log = readFileSync(join(folder, 'commitlog/00000000000000000000'));
  log[88] = 0xff;
  writeFileSync(join(copy, 'commitlog/00000000000000000000'), log);
  const { code, stdout } = await shell.run('mqstore', 'verify', copy);
  assert.equal(code, 1);
  assert.match(stdout, /^ {2}1 × RECORD_CRC: /m);
});

test('dump ends without a message when its reader ends', async () => {
  const line = `{ sh ${BIN} dump ${folder}; echo "ended with $?" >&2; } | head -n 2`;
  const { NODE_COMPILE_CACHE, PATH } = process.env;
  const env = { PATH, HOME: shell.home, ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }) };
  const { promise, resolve } = Promise.withResolvers<{ stdout: string; stderr: string }>();
  execFile('sh', ['-c', line], { env }, (_, stdout, stderr) => resolve({ stdout, stderr }));
  const { stdout, stderr } = await promise;
  assert.deepEqual([stdout.split('\n').length - 1, stderr], [2, 'ended with 0\n']);
});

test('wrong use and folders that can not be read are exit code 2, with one line on standard error', async () => {
  const none = await shell.run('mqstore', 'verify', join(shell.home, 'nowhere'));
  assert.deepEqual(none, { code: 2, stdout: '', stderr: `mqstore: there is no folder ${shell.home}/nowhere\n` });
  const other = await shell.run('mqstore', 'verify', shell.home);
  assert.deepEqual([other.code, other.stdout], [2, '']);
  assert.match(other.stderr, /^mqstore: \S+ is no store folder: it holds neither [^\n]*\n$/);
  const option = await shell.run('mqstore', 'dump', folder, '--nothing');
  assert.deepEqual(
    [option.code, option.stderr],
    [2, "mqstore: there is no option --nothing; see 'mqstore help dump'\n"],
  );
});

test('a file that this user may not read is named', { skip: process.getuid?.() === 0 }, async () => {
  const closed = join(folder, 'checkpoint');
  chmodSync(closed, 0o000);
  const { code, stderr } = await shell.run('mqstore', 'verify', folder);
  chmodSync(closed, 0o644);
  assert.deepEqual([code, stderr], [2, `mqstore: ${closed} can't be read: this user has no permission\n`]);
});
