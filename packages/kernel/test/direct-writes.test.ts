import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { type Connection, nodeNetwork } from '@rocketmq-ts/kernel';

const MIB = 1024 * 1024;
/** More than the system's buffers of a connection on this machine take. */
const PIECES = 64;

interface Pair {
  readonly connection: Connection;
  readonly peer: Socket;
  readonly closed: Promise<Error | undefined>;
  readonly drains: () => number;
}

/** A connection that has written before, so that it knows all ways to write, and a peer that does not read. */
async function pair(context: TestContext): Promise<Pair> {
  const accepted = Promise.withResolvers<Connection>();
  const closed = Promise.withResolvers<Error | undefined>();
  let drains = 0;
  const listener = await nodeNetwork.listen({ host: '127.0.0.1', port: 0 }, (connection) => {
    connection.setHandlers({ onData: () => {}, onDrain: () => drains++, onClose: closed.resolve });
    accepted.resolve(connection);
  });
  const peer = connect({ host: '127.0.0.1', port: listener.port });
  const connection = await accepted.promise;
  context.after(async () => {
    peer.destroy();
    connection.destroy();
    await listener.close();
  });
  for (const greeting of ['he', 'll', 'o!']) {
    const taken = Promise.withResolvers<void>();
    connection.write(Buffer.from(greeting), taken.resolve);
    await taken.promise;
  }
  while (peer.readableLength < 6) await once(peer, 'readable');
  assert.equal(peer.read(6).toString(), 'hello!');
  return { connection, peer, closed: closed.promise, drains: () => drains };
}

/** Writes pieces of a MiB, each of another byte; returns the numbers of those that are done. */
function writeMuch(connection: Connection): number[] {
  const done: number[] = [];
  for (let i = 0; i < PIECES; i++) connection.write(Buffer.alloc(MIB, i), () => done.push(i));
  return done;
}

const inOrder = Array.from({ length: PIECES }, (_, i) => i);

/** Resolves when the peer has got all of it, each byte where it belongs; the peer reads on. */
function readMuch(peer: Socket): Promise<void> {
  let count = 0;
  return new Promise((resolve, reject) => {
    peer.on('close', () => reject(new Error(`the peer got ${count} bytes`)));
    peer.on('data', (bytes: Buffer) => {
      for (let at = 0; at < bytes.length; at += 1021) {
        if (bytes[at] !== Math.floor((count + at) / MIB)) reject(new Error(`byte ${count + at} is another`));
      }
      count += bytes.length;
      if (count === PIECES * MIB) resolve();
    });
  });
}

test('what the system does not take at once is written in order, counted and reported piece by piece', async (context) => {
  const { connection, peer, drains } = await pair(context);
  const done = writeMuch(connection);
  assert.ok(connection.pendingBytes > 0 && connection.pendingBytes < PIECES * MIB);
  assert.deepEqual(done, []);
  const before = drains();
  await readMuch(peer);
  while (connection.pendingBytes > 0) await new Promise(setImmediate);
  await new Promise(setImmediate);
  assert.deepEqual(done, inOrder);
  assert.equal(drains(), before + 1);
});

test('end sends what waits, then closes', async (context) => {
  const { connection, peer, closed } = await pair(context);
  const done = writeMuch(connection);
  connection.end();
  connection.write(Buffer.from('too late'), () => done.push(-1));
  await readMuch(peer);
  assert.equal(await closed, undefined);
  assert.deepEqual(
    done.filter((i) => i >= 0),
    inOrder,
  );
  assert.ok(done.includes(-1));
});

test('a connection that is destroyed or reset reports every write, also those that come later', async (context) => {
  for (const way of ['destroy', 'reset'] as const) {
    const { connection, peer, closed } = await pair(context);
    const done = writeMuch(connection);
    if (way === 'destroy') connection.destroy();
    else peer.resetAndDestroy();
    const error = await closed;
    assert.equal(error === undefined, way === 'destroy');
    connection.write(Buffer.from('too late'), () => done.push(PIECES));
    await new Promise(setImmediate);
    assert.deepEqual(done, [...inOrder, PIECES]);
  }
});

test('a write to a connection that was reset closes it with the reason', async (context) => {
  const { connection, peer, closed } = await pair(context);
  peer.resetAndDestroy();
  // Without a turn in between Node has not seen the reset yet: the system refuses one of these writes.
  await once(peer, 'close');
  const done: number[] = [];
  for (let i = 0; i < 3; i++) connection.write(Buffer.from('answer'), () => done.push(i));
  const error = await closed;
  assert.match(String((error as { code?: string }).code), /^(ECONNRESET|EPIPE)$/);
  await new Promise(setImmediate);
  assert.deepEqual(done, [0, 1, 2]);
});

test('a peer that reads as fast as it is written to, in another thread, gets everything, however its room comes and goes', async (context) => {
  const { port1, port2 } = new MessageChannel();
  const listening = await nodeNetwork.listen({ host: '127.0.0.1', port: 0 }, (connection) =>
    accepted.resolve(connection),
  );
  const accepted = Promise.withResolvers<Connection>();
  const reader = `
    const { workerData } = require('node:worker_threads');
    let count = 0;
    require('node:net').connect(workerData.listenedPort, '127.0.0.1').on('data', (bytes) => {
      count += bytes.length;
      if (count === workerData.total) workerData.port.postMessage(count);
    });`;
  const piece = Buffer.alloc(300_000, 7);
  const pieces = 5_000;
  const workerData = { listenedPort: listening.port, total: pieces * piece.length, port: port2 };
  const worker = new Worker(reader, { eval: true, workerData, transferList: [port2] });
  const connection = await accepted.promise;
  connection.setHandlers({ onData: () => {}, onDrain: () => {}, onClose: () => {} });
  context.after(async () => {
    connection.destroy();
    port1.close();
    await worker.terminate();
    await listening.close();
  });
  const received = once(port1, 'message');
  let done = 0;
  for (let i = 0; i < pieces; i++) {
    connection.write(piece, () => done++);
    while (connection.pendingBytes > 0) await new Promise(setImmediate);
  }
  await received;
  while (done < pieces) await new Promise(setImmediate);
  assert.equal(connection.pendingBytes, 0);
});
