import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { encodeFrame } from '@rocketmq-ts/protocol';
import { BrokerProcess, RawClient } from './broker-process.ts';
import { Shell } from './command.ts';

const CONNECTIONS = 100;
/** As many requests as one read of a socket may bring. */
const REQUEST_BYTES = 65_000;
const BODY = 'x'.repeat(16_000);
const MESSAGES = 4000;

let shell: Shell;
let broker: BrokerProcess;
let client: RawClient;
before(async () => {
  shell = new Shell();
  broker = await BrokerProcess.start(shell);
  client = new RawClient(broker.address);
  for (let i = 0; i < MESSAGES; i += 100)
    await Promise.all(Array.from({ length: 100 }, () => client.send('big', BODY)));
});
after(async () => {
  await client.stop();
  await shell.dispose();
});

const pull = (opaque: number): Record<string, string> => ({
  consumerGroup: 'G',
  topic: 'big',
  queueId: '0',
  queueOffset: String((opaque * 37) % (MESSAGES / 2)),
  maxMsgNums: '32',
  sysFlag: '4',
  commitOffset: '0',
  suspendTimeoutMillis: '0',
  subscription: '*',
  subVersion: '0',
  expressionType: 'TAG',
});

/** Requests of these kinds in turn. */
function requests(...kinds: readonly ((opaque: number) => Buffer)[]): Buffer {
  const frames: Buffer[] = [];
  for (let opaque = 1, bytes = 0; bytes < REQUEST_BYTES; opaque++) {
    const frame = kinds[opaque % kinds.length]!(opaque);
    frames.push(frame);
    bytes += frame.length;
  }
  return Buffer.concat(frames);
}

const pulls = (opaque: number): Buffer => encodeFrame({ code: 11, opaque, extFields: pull(opaque) });
const onewayPulls = (opaque: number): Buffer => encodeFrame({ code: 11, flag: 2, opaque, extFields: pull(opaque) });
const views = (opaque: number): Buffer => encodeFrame({ code: 33, opaque, extFields: { offset: '0' } });
const topics = (opaque: number): Buffer => encodeFrame({ code: 21, opaque, extFields: {} });
const config = (opaque: number): Buffer => encodeFrame({ code: 26, opaque, extFields: {} });
const byKey = (opaque: number): Buffer =>
  encodeFrame({
    code: 12,
    opaque,
    extFields: { topic: 'big', key: 'k', maxNum: '64', beginTimestamp: '0', endTimestamp: '9999999999999' },
  });

async function open(bytes: Buffer, ends: boolean): Promise<Socket> {
  const socket = connect(broker.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.pause();
  await once(socket, 'connect');
  if (ends) socket.end(bytes);
  else socket.write(bytes);
  return socket;
}

const bytesRead = (): number =>
  Number(/^rchar: (\d+)/m.exec(readFileSync(`/proc/${broker.command.pid}/io`, 'utf8'))?.[1]);

const ATTACKS: readonly (readonly [string, Buffer, boolean])[] = [
  ['pulls', requests(pulls), false],
  ['pulls, and its own end of the connection closed', requests(pulls), true],
  ['one-way pulls', requests(onewayPulls), false],
  ['requests of five kinds', requests(pulls, views, topics, config, byKey), false],
];
for (const [what, bytes, ends] of ATTACKS) {
  test(`${CONNECTIONS} connections with 65 KB of ${what}, of which none reads: memory is bounded and others are served`, async () => {
    const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(bytes, ends)));
    let peakMib = 0;
    for (let i = 0; i < 100; i++) {
      assert.equal((await client.send('others', 'x')).code, 0);
      peakMib = Math.max(peakMib, broker.anonymousMib);
    }
    // Without bounds: above 700 MiB.
    assert.ok(peakMib < 420, `${peakMib} MiB`);
    for (const socket of sockets) socket.destroy();
    assert.equal((await client.bodies('others')).length % 100, 0);
    // What was under way when they left comes to its end.
    for (let i = 0; i < 50; i++) await client.send('behind', 'x');
    const before = bytesRead();
    for (let i = 0; i < 20; i++) await client.send('behind', 'x');
    assert.ok(bytesRead() - before < 1_000_000, 'nothing is read for those who have left');
  });
}
