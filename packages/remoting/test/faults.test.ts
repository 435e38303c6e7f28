import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeFrame } from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import { ECHO, type ScriptedPeer, Stage } from './stage.ts';

const echoRequest = encodeFrame({ code: ECHO.code, opaque: 1, extFields: { text: 'x' } });

async function serving(
  options: Parameters<Stage['server']>[0] = {},
): Promise<{ stage: Stage; server: RemotingServer; bystander: ScriptedPeer }> {
  const stage = new Stage();
  const server = stage.server(options);
  server.handle(ECHO, (call) =>
    call.answer({ text: call.header.text }, { body: Buffer.alloc(call.header.delay ?? 0) }),
  );
  await server.start();
  return { stage, server, bystander: await stage.peer(server.port) };
}

/** The request of another connection is served as before. */
async function assertServed(stage: Stage, peer: ScriptedPeer): Promise<void> {
  const before = peer.frames.length;
  peer.connection.write(echoRequest);
  await stage.settled();
  assert.equal(peer.frames.length, before + 1);
  assert.equal(peer.isClosed, false);
}

function raw(length: number, word: number, header: string): Buffer {
  const bytes = Buffer.alloc(8 + header.length);
  bytes.writeInt32BE(length, 0);
  bytes.writeInt32BE(word, 4);
  bytes.write(header, 8);
  return bytes;
}

const broken: [string, string, Buffer][] = [
  ['a negative length', 'BAD_LENGTH', raw(-5, 2, '{}')],
  ['a length below its own header word', 'BAD_LENGTH', raw(2, 2, '{}')],
  ['a frame above 16 MiB', 'FRAME_TOO_LONG', raw(16_777_213, 2, '{}')],
  ['an unknown serialize type', 'UNKNOWN_SERIALIZE_TYPE', raw(6, 0x07000002, '{}')],
  ['a header longer than its frame', 'BAD_HEADER_LENGTH', raw(6, 500, '{}')],
  ['a header that is not JSON', 'BAD_HEADER', raw(8, 4, 'nope')],
  ['a header that is JSON but no object', 'BAD_HEADER', raw(6, 2, '[]')],
  ['a request of another protocol', 'FRAME_TOO_LONG', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
];
for (const [what, code, bytes] of broken) {
  test(`${what} closes that connection with a log line, and no other connection`, async () => {
    const { stage, server, bystander } = await serving();
    const peer = await stage.peer(server.port);
    peer.connection.write(Buffer.concat([echoRequest, bytes, echoRequest]));
    await stage.settled();
    assert.equal(peer.isClosed, true);
    assert.equal(server.connectionCount, 1);
    const lines = stage.lines.filter((line) => line.level === 'warn');
    assert.deepEqual(
      lines.map((line) => [line.sentence, line.fields?.code]),
      [['Connection closed for a bad frame', code]],
    );
    await assertServed(stage, bystander);
    await server.stop();
  });
}

test('a connection that has been served and then is idle is closed after two minutes', async () => {
  const { stage, server, bystander } = await serving();
  const idle = await stage.peer(server.port);
  await assertServed(stage, idle);
  await assertServed(stage, bystander);
  await stage.clock.advance(119_000);
  await assertServed(stage, bystander);
  assert.equal(server.connectionCount, 2);
  await stage.clock.advance(2000);
  assert.deepEqual([idle.isClosed, bystander.isClosed], [true, false]);
  assert.match(String(stage.lines[0]?.fields?.reason), /no byte in either direction/);
  await server.stop();
});

test('the time after which a silent connection is closed may change while the server runs', async () => {
  let idleTimeoutMs = 120_000;
  const { stage, server, bystander } = await serving({ idleTimeoutMs: () => idleTimeoutMs });
  await assertServed(stage, bystander);
  await stage.clock.advance(50_000);
  assert.equal(bystander.isClosed, false);
  idleTimeoutMs = 30_000;
  await stage.clock.advance(5000);
  assert.equal(bystander.isClosed, true);
  await server.stop();
});

test('half-received frames of all connections together have a limit', async () => {
  const { stage, server, bystander } = await serving({ limits: { maxPartialBytes: 100_000 } });
  const frame = encodeFrame({ code: ECHO.code, extFields: { text: 'x' }, body: Buffer.alloc(60_000) });
  const first = await stage.peer(server.port);
  const second = await stage.peer(server.port);
  first.connection.write(frame.subarray(0, 59_000));
  await stage.settled();
  second.connection.write(frame.subarray(0, 59_000));
  await stage.settled();
  assert.deepEqual([first.isClosed, second.isClosed], [false, true]);
  assert.match(String(stage.lines[0]?.fields?.reason), /half-received/);
  first.connection.write(frame.subarray(59_000));
  await stage.settled();
  assert.equal(first.frames.length, 1);
  const third = await stage.peer(server.port);
  third.connection.write(frame.subarray(0, 59_000));
  await stage.settled();
  assert.equal(third.isClosed, false);
  await assertServed(stage, bystander);
  await server.stop();
});

test('a client that never reads is no longer read from, and is served on when it reads again', async () => {
  const { stage, server, bystander } = await serving({ limits: { pauseReadingAtBytes: 50_000 } });
  const peer = await stage.peer(server.port);
  peer.connection.pauseReading();
  const request = { code: ECHO.code, extFields: { text: 'x', delay: '10000' } };
  peer.send(...Array.from({ length: 40 }, (_, opaque) => ({ ...request, opaque })));
  peer.send(...Array.from({ length: 40 }, (_, index) => ({ ...request, opaque: 40 + index })));
  await stage.settled();
  assert.ok(stage.network.pendingBytes < 120_000, `${stage.network.pendingBytes} bytes are waiting`);
  await assertServed(stage, bystander);
  peer.connection.resumeReading();
  for (let turn = 0; turn < 10; turn++) await stage.settled();
  assert.deepEqual(
    peer.frames.map((frame) => frame.opaque),
    Array.from({ length: 80 }, (_, opaque) => opaque),
  );
  await server.stop();
});

test('a client that never reads what it asked for is closed when its limit is reached', async () => {
  const { stage, server, bystander } = await serving({ limits: { maxUnsentBytes: 100_000 } });
  const peer = await stage.peer(server.port);
  peer.connection.pauseReading();
  for (let opaque = 0; opaque < 30; opaque++) {
    peer.send({ code: ECHO.code, opaque, extFields: { text: 'x', delay: '10000' } });
    await stage.settled();
  }
  // A peer that does not read does not see the end either.
  peer.connection.resumeReading();
  await stage.settled();
  assert.equal(peer.isClosed, true);
  assert.match(String(stage.lines.at(-1)?.fields?.reason), /does not read/);
  await assertServed(stage, bystander);
  await server.stop();
});

test('2,000 idle connections hold no timer of their own and are all closed by stop', async () => {
  const { stage, server, bystander } = await serving();
  const peers = await Promise.all(Array.from({ length: 2000 }, () => stage.peer(server.port)));
  assert.equal(server.connectionCount, 2001);
  assert.equal(stage.clock.pendingTimers, 1);
  await assertServed(stage, bystander);
  await server.stop();
  await stage.settled();
  assert.ok(peers.every((peer) => peer.isClosed));
  assert.equal(stage.clock.pendingTimers, 0);
});

test('a client closes a connection whose server sends no frames, and its waiting requests fail with the reason', async () => {
  const stage = new Stage();
  const listener = await stage.network.listen({ host: '127.0.0.1', port: 0 }, (connection) => {
    const onData = (): void => connection.write(raw(6, 0x09000002, '{}'));
    connection.setHandlers({ onData, onDrain: () => {}, onClose: () => {} });
  });
  const client = stage.client();
  client.start();
  await assert.rejects(client.request(`127.0.0.1:${listener.port}`, ECHO, { text: 'x' }, { timeoutMs: 1000 }), {
    code: 'CONNECTION_CLOSED',
    message: /127\.0\.0\.1.*serialize type 9/,
  });
  await client.stop();
});
