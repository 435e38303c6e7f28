import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call, RemotingConnection } from '@rocketmq-ts/remoting';
import { BARE, ECHO, Stage } from './stage.ts';

const echo = (call: Call<typeof ECHO>): void => call.answer({ text: call.header.text }, { body: call.body });

test('answers of one turn are sent in one write, in the order of the requests', async () => {
  const stage = new Stage();
  const server = stage.server();
  const order: string[] = [];
  server.handle(ECHO, (call) => {
    order.push(call.header.text);
    echo(call);
  });
  await server.start();
  const peer = await stage.peer(server.port);
  const names = Array.from({ length: 50 }, (_, index) => `n${index}`);
  peer.send(...names.map((text, opaque) => ({ code: ECHO.code, opaque, extFields: { text } })));
  await stage.settled();
  assert.deepEqual(order, names);
  assert.deepEqual(
    peer.frames.map((frame) => frame.opaque),
    names.map((_, index) => index),
  );
  assert.equal(peer.chunkCount, 1);
  await server.stop();
});

test('an answer carries the version, language, flag and opaque that clients check', async () => {
  const stage = new Stage();
  const server = stage.server();
  server.handle(ECHO, echo);
  server.handle(BARE, (call) => call.answer({}, { remark: 'note', extFields: { MSG_REGION: 'R' } }));
  await server.start();
  const peer = await stage.peer(server.port);
  peer.send({ code: ECHO.code, opaque: -5, extFields: { text: 'x' }, body: Buffer.from('body') });
  peer.send({ code: BARE.code, opaque: 6 });
  await stage.settled();
  const [first, second] = peer.frames;
  assert.deepEqual(
    [first?.code, first?.flag, first?.opaque, first?.version, first?.language, first?.serializeType, first?.remark],
    [0, 1, -5, 493, 'JAVA', 'JSON', undefined],
  );
  assert.equal(first?.body.toString(), 'body');
  assert.deepEqual([second?.remark, second?.extFields], ['note', { MSG_REGION: 'R' }]);
  await server.stop();
});

// The form of the request does not matter. Source: RemotingCommand, rocketmq.serialize.type.
test('a binary request gets a JSON answer unless the server is configured to write binary', async () => {
  const stage = new Stage();
  for (const serializeType of ['JSON', 'ROCKETMQ'] as const) {
    const server = stage.server({ serializeType });
    server.handle(ECHO, echo);
    await server.start();
    const peer = await stage.peer(server.port);
    // The code of ECHO does not fit into 16 bits, so another one is sent.
    peer.send({ code: 7, opaque: 1, serializeType: 'ROCKETMQ' });
    await stage.settled();
    assert.equal(peer.frames[0]?.serializeType, serializeType);
    assert.equal(peer.frames[0]?.remark, ' request type 7 not supported');
    await server.stop();
  }
});

// Source: NettyRemotingAbstract#processRequestCommand.
test('an unknown code is answered with code 3, and later requests are served', async () => {
  const stage = new Stage();
  const server = stage.server();
  server.handle(ECHO, echo);
  await server.start();
  const peer = await stage.peer(server.port);
  peer.send({ code: 4711, opaque: 1 }, { code: 4711, opaque: 2, flag: 2 });
  peer.send({ code: ECHO.code, opaque: 3, extFields: { text: 'x' } });
  await stage.settled();
  assert.deepEqual(
    peer.frames.map(({ code, opaque, remark }) => [code, opaque, remark]),
    [
      [3, 1, ' request type 4711 not supported'],
      [0, 3, undefined],
    ],
  );
  await server.stop();
});

test('a missing field, a throw and a rejection each become an error answer that names the fault', async () => {
  const stage = new Stage();
  const server = stage.server();
  server.handle(ECHO, () => {
    throw new RangeError('out of range');
  });
  server.handle(BARE, () => Promise.reject(new TypeError('no such thing')));
  await server.start();
  const peer = await stage.peer(server.port);
  peer.send({ code: ECHO.code, opaque: 1 });
  peer.send({ code: ECHO.code, opaque: 2, extFields: { text: 'x' } }, { code: BARE.code, opaque: 3 });
  peer.send({ code: ECHO.code, opaque: 4, extFields: { text: 'x', delay: 'soon' } });
  await stage.settled();
  const remarks = new Map(peer.frames.map((frame) => [frame.opaque, [frame.code, frame.remark]]));
  assert.deepEqual(remarks.get(1), [1, 'ECHO: the header field text is missing']);
  assert.deepEqual(remarks.get(2), [1, 'ECHO failed in the server: RangeError: out of range; its log has the place']);
  assert.deepEqual(remarks.get(3), [1, 'BARE failed in the server: TypeError: no such thing; its log has the place']);
  assert.deepEqual(remarks.get(4), [1, 'ECHO: the header field delay is not an int: "soon"']);
  assert.equal(stage.lines.filter((line) => line.sentence === 'A handler failed').length, 2);
  await server.stop();
});

test('a one-way request is served and never answered', async () => {
  const stage = new Stage();
  const server = stage.server();
  const seen: string[] = [];
  server.handle(ECHO, (call) => {
    assert.equal(call.oneway, true);
    seen.push(call.header.text);
    if (seen.length === 1) call.answer({ text: 'unheard' });
    else if (seen.length === 2) call.fail(1, 'unheard');
    else throw new Error('unheard');
  });
  await server.start();
  const peer = await stage.peer(server.port);
  for (const text of ['a', 'b', 'c']) peer.send({ code: ECHO.code, flag: 2, extFields: { text } });
  peer.send({ code: ECHO.code, flag: 2 });
  await stage.settled();
  assert.deepEqual(seen, ['a', 'b', 'c']);
  assert.deepEqual(peer.frames, []);
  await server.stop();
});

test('a second answer is dropped with a log line', async () => {
  const stage = new Stage();
  const server = stage.server();
  server.handle(ECHO, (call) => {
    call.answer({ text: 'first' });
    call.fail(1, 'second');
  });
  await server.start();
  const peer = await stage.peer(server.port);
  peer.send({ code: ECHO.code, extFields: { text: 'x' } });
  await stage.settled();
  assert.equal(peer.frames.length, 1);
  assert.equal(stage.lines.at(-1)?.sentence, 'A handler answered twice');
  await server.stop();
});

test('an answer may come much later, and after the connection is closed it does nothing', async () => {
  const stage = new Stage();
  const server = stage.server();
  const held: Call<typeof ECHO>[] = [];
  server.handle(ECHO, (call) => void held.push(call));
  await server.start();
  const peer = await stage.peer(server.port);
  peer.send(...['a', 'b'].map((text, opaque) => ({ code: ECHO.code, opaque, extFields: { text } })));
  await stage.settled();
  assert.equal(peer.frames.length, 0);
  held[1]?.answer({ text: 'late' });
  await stage.settled();
  assert.deepEqual(peer.frames[0]?.extFields, { text: 'late' });
  peer.connection.destroy();
  await stage.settled();
  held[0]?.answer({ text: 'too late' });
  assert.equal(held[0]?.connection.closed, true);
  await server.stop();
});

test('flush sends answers without waiting for the end of the turn', async () => {
  const stage = new Stage();
  const server = stage.server();
  let writtenBefore = -1;
  let writtenAfter = -1;
  server.handle(ECHO, (call) => {
    call.answer({ text: 'x' });
    writtenBefore = stage.network.written.length;
    server.flush();
    writtenAfter = stage.network.written.length;
  });
  await server.start();
  const peer = await stage.peer(server.port);
  peer.send({ code: ECHO.code, extFields: { text: 'x' } });
  await stage.settled();
  assert.equal(writtenBefore < writtenAfter, true);
  assert.equal(peer.frames.length, 1);
  await server.stop();
});

test('an interceptor refuses requests with its own code and remark', async () => {
  const stage = new Stage();
  const server = stage.server();
  server.handle(ECHO, echo);
  server.intercept({
    before: ({ code }) => (code === ECHO.code ? { code: 1500, remark: 'please go away' } : undefined),
  });
  await server.start();
  const peer = await stage.peer(server.port);
  peer.send({ code: ECHO.code, opaque: 1 }, { code: ECHO.code, opaque: 2, flag: 2 }, { code: 5, opaque: 3 });
  await stage.settled();
  assert.deepEqual(
    peer.frames.map(({ code, opaque, remark }) => [code, opaque, remark]),
    [
      [1500, 1, 'please go away'],
      [3, 3, ' request type 5 not supported'],
    ],
  );
  await server.stop();
});

// Each direction of a connection counts its opaques for itself.
test('a wrapped handler sees the call that the function around it makes, or none; interceptors still come first', async () => {
  const stage = new Stage();
  const server = stage.server();
  assert.throws(
    () => server.wrap(ECHO, (call, next) => next(call)),
    /request code 90001, ECHO, has no handler to wrap/,
  );
  const handled: string[] = [];
  server.handle(ECHO, (call) => {
    handled.push(call.header.text);
    echo(call);
  });
  server.wrap(ECHO, (call, next) => (call.header.text === 'ended' ? call.fail(7, 'ended around it') : next(call)));
  server.wrap(ECHO, (call, next) => {
    const { header, body } = call;
    const answer: typeof call.answer = ({ text }, options) => call.answer({ text: `${text}, answered` }, options);
    const fail: typeof call.fail = (code, remark) => call.fail(code, remark);
    return next({ header, body, answer, fail } as typeof call);
  });
  server.intercept({
    before: ({ extFields }) => (extFields.text === 'refused' ? { code: 16, remark: 'no' } : undefined),
  });
  await server.start();
  const peer = await stage.peer(server.port);
  for (const [opaque, text] of ['served', 'ended', 'refused'].entries())
    peer.send({ code: ECHO.code, opaque, extFields: { text } });
  await stage.settled();
  assert.deepEqual(handled, ['served']);
  assert.deepEqual(
    peer.frames.map(({ code, remark, extFields }) => [code, remark, extFields.text]),
    [
      [0, undefined, 'served, answered'],
      [7, 'ended around it', undefined],
      [16, 'no', undefined],
    ],
  );
  await server.stop();
});

test('a server asks a client with an opaque that the client also uses, and each gets its own answer', async () => {
  const stage = new Stage();
  const server = stage.server();
  let connection: RemotingConnection | undefined;
  const held: Call<typeof ECHO>[] = [];
  server.handle(ECHO, (call) => {
    connection = call.connection;
    held.push(call);
  });
  await server.start();
  const client = stage.client();
  client.handle(ECHO, (call) => call.answer({ text: `client says ${call.header.text}` }));
  await client.start();
  const fromServer = client.request(`127.0.0.1:${server.port}`, ECHO, { text: 'up' }, { timeoutMs: 1000 });
  await stage.settled();
  assert.ok(connection !== undefined);
  const fromClient = await connection.request(ECHO, { text: 'down' }, { timeoutMs: 1000 });
  assert.equal(held[0]?.opaque, 0);
  assert.equal(fromClient.header.text, 'client says down');
  held[0]?.answer({ text: 'server says up' });
  assert.equal((await fromServer).header.text, 'server says up');
  await client.stop();
  await server.stop();
});

test('a response without a waiting request is dropped', async () => {
  const stage = new Stage();
  const server = stage.server();
  server.handle(ECHO, echo);
  await server.start();
  const peer = await stage.peer(server.port);
  peer.send({ code: 0, flag: 1, opaque: 77 }, { code: ECHO.code, opaque: 1, extFields: { text: 'x' } });
  await stage.settled();
  assert.deepEqual(
    peer.frames.map((frame) => frame.opaque),
    [1],
  );
  await server.stop();
});

test('a large body is sent without being copied, between the frames before and after it', async () => {
  const stage = new Stage();
  const server = stage.server();
  const large = Buffer.alloc(100_000, 5);
  server.handle(ECHO, (call) => {
    call.answer({ text: 'x' }, call.header.text === 'large' ? { body: [large, Buffer.from('end')] } : {});
  });
  await server.start();
  const peer = await stage.peer(server.port);
  const texts = ['small', 'large', 'small', 'large'];
  peer.send(...texts.map((text, opaque) => ({ code: ECHO.code, opaque, extFields: { text } })));
  await stage.settled();
  assert.deepEqual(
    peer.frames.map((frame) => [frame.opaque, frame.body.length]),
    [
      [0, 0],
      [1, 100_003],
      [2, 0],
      [3, 100_003],
    ],
  );
  assert.equal(peer.frames[3]?.body.toString('latin1', 100_000), 'end');
  assert.ok(stage.network.written.includes(large));
  await server.stop();
});

test('an answer larger than a frame becomes an error answer', async () => {
  const stage = new Stage();
  const server = stage.server({ limits: { maxFrameBytes: 2000 } });
  server.handle(ECHO, (call) => call.answer({ text: 'x' }, { body: Buffer.alloc(3000) }));
  await server.start();
  const peer = await stage.peer(server.port);
  peer.send({ code: ECHO.code, opaque: 9, extFields: { text: 'x' } });
  await stage.settled();
  assert.deepEqual([peer.frames[0]?.code, peer.frames[0]?.opaque], [1, 9]);
  assert.match(peer.frames[0]?.remark ?? '', /above the limit of 2000 bytes/);
  await server.stop();
});

test('stop sends what was answered, closes every connection and leaves no timer', async () => {
  const stage = new Stage();
  const server = stage.server();
  const closed: string[] = [];
  server.onConnectionClose((connection) => void closed.push(connection.peer));
  server.handle(ECHO, (call) => {
    echo(call);
    void server.stop();
  });
  await server.start();
  const peer = await stage.peer(server.port);
  peer.send({ code: ECHO.code, extFields: { text: 'last words' } });
  await stage.settled();
  await Promise.all([server.stop(), server.stop()]);
  assert.deepEqual(peer.frames[0]?.extFields, { text: 'last words' });
  assert.equal(peer.isClosed, true);
  assert.equal(closed.length, 1);
  assert.equal(server.connectionCount, 0);
  assert.equal(stage.clock.pendingTimers, 0);
});
