import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { PULL_MESSAGE, PullSysFlag } from '@rocketmq-ts/protocol';
import { BrokerProcess, logged, RawClient } from './broker-process.ts';
import { Shell } from './command.ts';

let shell: Shell;
let broker: BrokerProcess;
let client: RawClient;
before(async () => {
  shell = new Shell();
  broker = await BrokerProcess.start(shell);
  client = new RawClient(broker.address);
});
after(async () => {
  await client.stop();
  await shell.dispose();
});

async function open(): Promise<Socket> {
  const socket = connect(broker.port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Resolves when the broker has closed the connection. */
function closed(socket: Socket): Promise<unknown> {
  socket.resume();
  return socket.closed ? Promise.resolve() : once(socket, 'close');
}

async function othersWork(): Promise<void> {
  assert.equal((await client.send('others', 'x')).code, 0);
}

/** `length · type and header length · header · body`, each word as given. */
function frame(length: number, word: number, header: string): Buffer {
  const text = Buffer.from(header);
  const bytes = Buffer.alloc(8 + text.length);
  bytes.writeInt32BE(length, 0);
  bytes.writeInt32BE(word, 4);
  text.copy(bytes, 8);
  return bytes;
}

const json = (header: object): Buffer => {
  const text = JSON.stringify(header);
  return frame(4 + Buffer.byteLength(text), Buffer.byteLength(text), text);
};

const HTTP = 'a request of another protocol';
const BAD_FRAMES: readonly (readonly [string, Buffer])[] = [
  ['a negative length', frame(-5, 0, '')],
  ['a length that leaves no room for a header', frame(2, 0, '')],
  ['a header longer than its frame', frame(20, 500, 'x'.repeat(16))],
  ['more than 16 MiB', frame(17 * 1024 * 1024, 20, 'x'.repeat(100))],
  ['an unknown serialize type', frame(24, 0x09_00_00_14, 'x'.repeat(20))],
  ['a header that is not JSON', frame(24, 20, 'this is no JSON text')],
  [HTTP, Buffer.from('GET / HTTP/1.1\r\nHost: broker\r\n\r\n')],
];

/** Peers whose frames were bad. The log is looked at when the broker has ended: lines are written in pieces. */
const badPeers = new Map<string, string>();

for (const [what, bytes] of BAD_FRAMES) {
  test(`${what}: the connection is closed, and others work on`, async () => {
    const socket = await open();
    badPeers.set(what, `127.0.0.1:${socket.localPort}`);
    socket.write(bytes);
    await closed(socket);
    await othersWork();
  });
}

test('an unknown request code is answered with code 3, and the connection lives on', async () => {
  const socket = await open();
  for (const opaque of [7, 8]) {
    socket.write(json({ code: 9999, language: 'JAVA', version: 493, opaque, flag: 0, extFields: {} }));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    const header = JSON.parse(answer.toString('utf8', 8));
    assert.deepEqual([header.code, header.opaque], [3, opaque]);
    assert.equal(header.remark, ' request type 9999 not supported: RocketMQ 5.4.0 has no request of this code');
  }
  socket.destroy();
});

test('requests without the fields they need, or with nonsense in them, are answered and harm no other client', async () => {
  const socket = await open();
  let opaque = 100;
  for (const code of [
    10, 11, 14, 15, 17, 34, 35, 36, 38, 41, 42, 46, 200, 202, 208, 222, 307, 309, 310, 320, 321, 353,
  ]) {
    for (const extFields of [
      {},
      { a: '-1', b: '\u0000', e: 'NaN', topic: '../../x', queueId: '1e9', offset: '-7', msgId: 'zz' },
    ]) {
      socket.write(json({ code, language: 'JAVA', version: 493, opaque: ++opaque, flag: 0, extFields }));
      const [answer] = (await once(socket, 'data')) as [Buffer];
      assert.match(answer.toString('utf8', 8), new RegExp(`"opaque":${opaque}\\b`), `code ${code}`);
    }
  }
  socket.destroy();
  await othersWork();
});

test('half frames that never end cost what has come of them, not what they announce', async () => {
  const sockets = await Promise.all(Array.from({ length: 50 }, open));
  const beforeMib = broker.anonymousMib;
  for (const socket of sockets) socket.write(frame(16_000_000, 100, 'x'.repeat(1000)));
  await othersWork();
  assert.ok(broker.anonymousMib - beforeMib < 40, `${beforeMib} -> ${broker.anonymousMib} MiB`);
  for (const socket of sockets) socket.destroy();
});

test('2,000 connections without a request leave the others alone and the memory small', async () => {
  const sockets: Socket[] = [];
  for (let i = 0; i < 20; i++) sockets.push(...(await Promise.all(Array.from({ length: 100 }, open))));
  assert.equal(sockets.length, 2000);
  await othersWork();
  assert.ok(broker.anonymousMib < 150, `${broker.anonymousMib} MiB`);
  for (const socket of sockets) socket.destroy();
  await othersWork();
});

test('a client that never reads its answers is not answered without end, and does not hold the others up', async () => {
  const body = 'x'.repeat(200_000);
  for (let i = 0; i < 10; i++) assert.equal((await client.send('large', body)).code, 0);
  const deaf = await open();
  deaf.pause();
  const pull = {
    code: PULL_MESSAGE.code,
    language: 'JAVA',
    version: 493,
    flag: 0,
    extFields: {
      consumerGroup: 'G',
      topic: 'large',
      queueId: '0',
      queueOffset: '0',
      maxMsgNums: '32',
      sysFlag: String(PullSysFlag.SUBSCRIPTION),
      commitOffset: '0',
      suspendTimeoutMillis: '0',
      subscription: '*',
      subVersion: '0',
    },
  };
  for (let opaque = 0; opaque < 3000; opaque++) deaf.write(json({ ...pull, opaque }));
  for (let i = 0; i < 20; i++) await othersWork();
  assert.ok(broker.anonymousMib < 200, `${broker.anonymousMib} MiB`);
  deaf.destroy();
  await othersWork();
});

test('after all this the broker ends with 0; its log names or counts every bad frame, and no failed handler', async () => {
  broker.command.kill('SIGTERM');
  assert.equal((await broker.command.ended).code, 0);
  const lines = logged(shell).split('\n');
  const refused = lines.filter((line) => line.includes('A connection was closed that speaks'));
  const counts = refused.map((line) => Number(/\((\d+) times/.exec(line)?.[1] ?? 1));
  assert.equal(
    counts.reduce((sum, count) => sum + count),
    BAD_FRAMES.length,
    refused.join('\n'),
  );
  assert.ok(refused.some((line) => line.includes('speaks HTTP') && line.includes(badPeers.get(HTTP)!)));
  assert.deepEqual(
    lines.filter((line) => /handler failed|answered twice|TypeError|RangeError/i.test(line)),
    [],
  );
});
