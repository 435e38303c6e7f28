import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connection } from '@rocketmq-ts/kernel';
import { HA_PORT, masterAndSlave, type Pair } from './replica-pair.ts';

interface Peer {
  readonly connection: Connection;
  received: number;
  isClosed: boolean;
}

async function connect({ environment }: Pair, isReading = true): Promise<Peer> {
  const network = environment.machine('peer').network;
  const connection = await environment.clock.run(network.connect({ host: 'master', port: HA_PORT, timeoutMs: 1000 }));
  const peer: Peer = { connection, received: 0, isClosed: false };
  connection.setHandlers({
    onData: (chunk) => {
      peer.received += chunk.length;
    },
    onDrain: () => {},
    onClose: () => {
      peer.isClosed = true;
    },
  });
  if (!isReading) connection.pauseReading();
  return peer;
}

function report(offset: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(offset));
  return bytes;
}

const rubbish: Readonly<Record<string, Buffer>> = {
  'eight bytes of 0x7f': Buffer.alloc(8, 0x7f),
  'an HTTP request': Buffer.from('GET / HTTP/1.1\r\nHost: master\r\n\r\n'),
  'a TLS handshake': Buffer.from('16030100c8010000c403034b', 'hex'),
  'a RocketMQ frame': Buffer.from('000000e8000000e07b22636f6465223a', 'hex'),
  'a negative report': report(-1),
  'the largest number': Buffer.from('7fffffffffffffff', 'hex'),
};

for (const [name, bytes] of Object.entries(rubbish)) {
  test(`${name} at the replication port is no acknowledgement: the connection is closed, with one line in the log`, async () => {
    const pair = await masterAndSlave(1);
    pair.master.put(100);
    await pair.advance(100);
    for (let i = 0; i < 5; i++) {
      const peer = await connect(pair);
      peer.connection.write(bytes);
      await pair.advance(50);
      assert.equal(peer.isClosed, true);
    }
    assert.equal(pair.master.service.acks.heldBy(1), -1);
    assert.equal(pair.master.log.lines.filter(({ level }) => level !== 'info').length, 1);
  });
}

test('a first report that is within the log is no acknowledgement either', async () => {
  const pair = await masterAndSlave(2);
  pair.master.put(100);
  await pair.advance(100);
  const end = pair.master.store.facts.writtenOffset;
  const peer = await connect(pair);
  peer.connection.write(report(end));
  await pair.advance(50);
  assert.equal(pair.master.service.acks.heldBy(1), -1);
  peer.connection.write(report(end));
  await pair.advance(50);
  assert.equal(pair.master.service.acks.heldBy(1), end, 'a slave says it again');
});

test('a report beyond what was sent, or one that goes back, ends the connection and counts for nothing', async () => {
  for (const second of [-300, 100]) {
    const pair = await masterAndSlave(3);
    pair.master.put(100);
    await pair.advance(100);
    const { writtenOffset } = pair.master.store.facts;
    const peer = await connect(pair);
    peer.connection.write(report(writtenOffset));
    await pair.advance(50);
    peer.connection.write(report(writtenOffset + second));
    await pair.advance(50);
    assert.equal(peer.isClosed, true);
    assert.equal(pair.master.service.acks.heldBy(1), -1);
  }
});

test('probes that connect and say nothing are closed, cost nothing, and are bounded', async () => {
  const pair = await masterAndSlave(4);
  const peers: Peer[] = [];
  for (let i = 0; i < 40; i++) peers.push(await connect(pair));
  await pair.advance(100);
  assert.equal(peers.filter(({ isClosed }) => isClosed).length, 24, 'only sixteen may be undecided');
  await pair.slave.start(pair.master);
  await pair.advance(30_000);
  assert.ok(peers.every(({ isClosed, received }) => isClosed && received === 0));
  pair.master.put(5);
  await pair.advance(2000);
  assert.equal(pair.master.service.acks.heldBy(1), pair.master.store.facts.writtenOffset);
});

test('a slave that reads nothing gets a bounded number of bytes, and is closed', async () => {
  const pair = await masterAndSlave(5, { network: { windowBytes: 0 } });
  pair.master.put(20);
  await pair.advance(100);
  const peer = await connect(pair, false);
  peer.connection.write(report(0));
  await pair.advance(100);
  for (let i = 0; i < 200; i++) {
    pair.master.put(30, 1000);
    await pair.advance(20);
  }
  const [slave] = pair.master.service.slaves;
  assert.ok(slave!.nextOffset < 2 * 1024 * 1024);
  assert.ok(pair.master.store.facts.writtenOffset > 5 * 1024 * 1024);
  await pair.advance(30_000);
  assert.equal(pair.master.service.slaves.length, 0);
});
