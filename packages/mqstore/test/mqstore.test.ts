import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { SimulatedPlatform } from '@rocketmq-ts/testkit';
import { type MqstoreIo, runMqstore } from '../src/index.ts';
import { GOLDEN } from './golden.ts';
import { ROOT, stored, writeFile } from './stored.ts';

let platform: SimulatedPlatform;
beforeEach(async () => {
  platform = await stored();
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(argv: readonly string[], changes: Partial<MqstoreIo> = {}): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  const code = await runMqstore(argv, {
    platform,
    async stdout(text) {
      stdout += text;
      return true;
    },
    stderr(text) {
      stderr += text;
    },
    terminal: false,
    ...changes,
  });
  return { code, stdout, stderr };
}

interface Line {
  readonly [name: string]: unknown;
}

async function dump(...argv: readonly string[]): Promise<Line[]> {
  const { stdout } = await run(['dump', ROOT, ...argv]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

test('inspect prints what the folder holds', async () => {
  const { code, stdout, stderr } = await run(['inspect', ROOT]);
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(stdout, GOLDEN.inspect);
});

test('inspect prints the queues of a topic', async () => {
  const { stdout } = await run(['inspect', `${ROOT}/`, '--topic', 'Orders']);
  assert.ok(stdout.includes(GOLDEN.queues), stdout);
  assert.match((await run(['inspect', ROOT, '--topic', 'None'])).stdout, /\n {2}None has none\n/);
});

test('inspect and verify print one JSON object for programs', async () => {
  const found = JSON.parse((await run(['inspect', ROOT, '--json'])).stdout) as { commitLog: { files: number } };
  assert.equal(found.commitLog.files, 1);
  const result = JSON.parse((await run(['verify', ROOT, '--json'])).stdout) as { records: number; damaged: boolean };
  assert.deepEqual([result.records, result.damaged], [5, false]);
});

test('verify prints what it has checked and that it is fine', async () => {
  assert.deepEqual(await run(['verify', ROOT]), { code: 0, stdout: GOLDEN.fine, stderr: '' });
});

test('verify prints damage by kind with its first place, and ends with 1', async () => {
  writeFile(platform, 'commitlog/00000000000000000000', 'X', 92);
  writeFile(platform, 'consumequeue/Orders/0/00000000000000000000', 'XXXX', 28);
  writeFile(platform, 'config/topics.json', '}');
  writeFile(platform, 'commitlog/.DS_Store', 'x');
  const { code, stdout } = await run(['verify', ROOT]);
  assert.equal(code, 1);
  assert.equal(stdout, GOLDEN.damaged);
});

test('dump prints every field by RocketMQ’s name', async () => {
  const [first] = await dump('--limit', '1');
  assert.deepEqual(first, GOLDEN.message);
});

test('dump prints bodies as text where they are text, and as they are stored where they do not inflate', async () => {
  const bodies = (lines: readonly Line[]): unknown[] =>
    lines.map(({ body, bodyEncoding, bodyError, sysFlags }) => [body, bodyEncoding, typeof bodyError, sysFlags]);
  const compressed = ['COMPRESSED', 'COMPRESSION_ZLIB'];
  assert.deepEqual(bodies(await dump()), [
    ['first „order“', undefined, 'undefined', []],
    ['/wA=', 'base64', 'undefined', []],
    ['x'.repeat(100), undefined, 'undefined', compressed],
    ['half', undefined, 'undefined', ['TRANSACTION_PREPARED']],
    [Buffer.from('no zlib').toString('base64'), 'base64', 'string', compressed],
  ]);
  assert.deepEqual(
    (await dump('--body', 'hex', '--queue', '3')).map(({ body }) => body),
    ['ff00'],
  );
  assert.deepEqual(
    (await dump('--body', 'none', '--limit', '1')).map((line) => 'body' in line),
    [false],
  );
});

test('dump chooses by topic, queue, offset, key and time, all together', async () => {
  const chosen = async (...argv: readonly string[]): Promise<unknown[]> =>
    (await dump(...argv)).map(({ topic, queueId, queueOffset }) => `${topic}/${queueId}/${queueOffset}`);
  const [first, second] = await dump();
  assert.deepEqual(await chosen('--topic', 'Orders'), ['Orders/0/0', 'Orders/3/0', 'Orders/0/1', 'Orders/0/2']);
  assert.deepEqual(await chosen('--topic', 'Orders', '--queue', '0', '--from', '1', '--to', '1'), ['Orders/0/1']);
  assert.deepEqual(await chosen('--topic', 'Orders', '--queue', '0', '--from', '9'), []);
  assert.deepEqual(await chosen('--key', 'order-1'), ['Orders/0/0', 'Half/0/0']);
  assert.deepEqual(await chosen('--key', 'order-1', '--topic', 'Half'), ['Half/0/0']);
  assert.deepEqual(await chosen('--key', 'AC1100010001'), ['Orders/0/0']);
  assert.deepEqual(await chosen('--key', 'order'), []);
  assert.deepEqual(await chosen('--before', String(first!.storeTimestamp)), ['Orders/0/0']);
  assert.equal((await chosen('--after', String(second!.storeTime))).length, 4);
  assert.deepEqual(await chosen('--after', String(second!.storeTimestamp), '--limit', '1'), ['Orders/3/0']);
});

test('dump passes over damage, reports it on standard error and ends with 1', async () => {
  writeFile(platform, 'commitlog/00000000000000000000', 'X', 92);
  const { code, stdout, stderr } = await run(['dump', ROOT]);
  assert.deepEqual([code, stdout.split('\n').length - 1], [1, 4]);
  assert.match(
    stderr,
    /^mqstore: \d+ bytes are damaged and passed over: \S+00 at byte 0: the CRC of the body is another\n$/,
  );
});

test('dump ends without a message when its reader has ended', async () => {
  const ended = await run(['dump', ROOT], { stdout: async () => false });
  assert.deepEqual(ended, { code: 0, stdout: '', stderr: '' });
});

test('a terminal gets a bar that is taken away in the end; nothing else does', async () => {
  const bar = await run(['verify', ROOT], { terminal: true });
  const pieces = bar.stderr.split('\r\x1b[K');
  assert.equal(pieces[0], '');
  assert.match(pieces[1]!, /^\[#*-*\] +\d+% of 511 B/);
  assert.deepEqual(pieces.slice(2), ['']);
  assert.equal(bar.stdout, GOLDEN.fine);
});

test('wrong use ends with 2 and one line that says what is wrong', async () => {
  const cases: readonly [string[], RegExp][] = [
    [['mend', ROOT], /there is no command mend; see 'mqstore help'/],
    [['help', 'mend'], /there is no command mend/],
    [['verify'], /the store folder is missing; see 'mqstore help verify'/],
    [['verify', ROOT, '/other'], /one folder is expected, and \/other is too much/],
    [['verify', ROOT, '--fix'], /there is no option --fix/],
    [['dump', ROOT, '--limit', 'x'], /--limit "x": a whole number is expected/],
    [['inspect', '/nowhere'], /there is no folder \/nowhere$/m],
  ];
  for (const [argv, expected] of cases) {
    const { code, stdout, stderr } = await run(argv);
    assert.deepEqual([code, stdout, stderr.split('\n').length], [2, '', 2]);
    assert.match(stderr, expected);
  }
});

test('a file that may not be read is named', async () => {
  platform.disk.faults.add({ operation: 'open', code: 'EACCES', times: 100 });
  const { code, stderr } = await run(['verify', ROOT]);
  assert.equal(code, 2);
  assert.match(stderr, /^mqstore: \S.* can't be read: this user has no permission\n$/);
});

test('help is printed for all and for one command, from its table', async () => {
  const all = await run([]);
  assert.equal(all.code, 0);
  for (const name of ['inspect', 'verify', 'dump']) {
    assert.match(all.stdout, new RegExp(`^  ${name} `, 'm'));
    const help = await run(['help', name]);
    assert.deepEqual(await run([name, '--help']), help);
    assert.match(help.stdout, /--commitlog-file-size BYTES/);
  }
  assert.match((await run(['help', 'dump'])).stdout, /--body text\|base64\|hex\|none /);
});
