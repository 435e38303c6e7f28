import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '@rocketmq-ts/remoting';
import { RemotingError } from '@rocketmq-ts/remoting';
import { ECHO, SHORT, Stage } from './stage.ts';

const echo = (call: Call<typeof ECHO>): void => call.answer({ text: call.header.text }, { body: call.body });
const TIMEOUT = { timeoutMs: 1000 };

function failsWith(code: string, pattern: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof RemotingError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, pattern);
    return true;
  };
}

test('a request goes there and back with header, body and remark', async () => {
  const stage = new Stage();
  const server = stage.server();
  server.handle(ECHO, (call) => {
    assert.deepEqual([call.remark, call.version, call.language, call.extFields.x], ['note', 493, 'JAVA', 'y']);
    echo(call);
  });
  await server.start();
  for (const serializeType of ['JSON', 'ROCKETMQ'] as const) {
    const client = stage.client({ serializeType });
    client.start();
    const options = { ...TIMEOUT, body: [Buffer.from('bo'), Buffer.from('dy')], remark: 'note', extFields: { x: 'y' } };
    const response = await client.request(`127.0.0.1:${server.port}`, ECHO, { text: '消息' }, options);
    assert.deepEqual([response.code, response.header.text, response.body.toString()], [0, '消息', 'body']);
    await client.stop();
  }
  await server.stop();
});

test('requests to one address share one connection, also while it is being made', async () => {
  const stage = new Stage();
  const server = stage.server();
  server.handle(ECHO, echo);
  await server.start();
  const client = stage.client();
  const events: string[] = [];
  client.onConnect((address) => void events.push(`+${address}`));
  client.onDisconnect((address) => void events.push(`-${address}`));
  client.start();
  const address = `127.0.0.1:${server.port}`;
  const texts = ['a', 'b', 'c', 'd'];
  const responses = await Promise.all(texts.map((text) => client.request(address, ECHO, { text }, TIMEOUT)));
  assert.deepEqual(
    responses.map((response) => response.header.text),
    texts,
  );
  assert.equal(stage.network.connectCount, 1);
  client.closeConnection(address);
  await client.request(address, ECHO, { text: 'again' }, TIMEOUT);
  assert.equal(stage.network.connectCount, 2);
  assert.deepEqual(events, [`+${address}`, `-${address}`, `+${address}`]);
  await client.stop();
  await server.stop();
  assert.equal(stage.clock.pendingTimers, 0);
});

test('a failed connection is an error that names the address, and the next request tries again', async () => {
  const stage = new Stage();
  const client = stage.client();
  client.start();
  const ask = (): Promise<unknown> => client.request('127.0.0.1:4711', ECHO, { text: 'x' }, TIMEOUT);
  await assert.rejects(ask(), failsWith('CONNECT_FAILED', /127\.0\.0\.1:4711.*REFUSED/));
  await assert.rejects(client.notify('127.0.0.1:4711', ECHO, { text: 'x' }), failsWith('CONNECT_FAILED', /4711/));
  await assert.rejects(ask(), failsWith('CONNECT_FAILED', /4711/));
  assert.equal(stage.network.connectCount, 3);
  await assert.rejects(
    client.request('no address', ECHO, { text: 'x' }, TIMEOUT),
    failsWith('CONNECT_FAILED', /"no address"/),
  );
  await client.stop();
});

test('a request of a client that is not started, or is stopped, fails with an error that names the state', async () => {
  const stage = new Stage();
  const client = stage.client();
  const ask = (): Promise<unknown> => client.request('127.0.0.1:1', ECHO, { text: 'x' }, TIMEOUT);
  await assert.rejects(ask(), failsWith('NOT_STARTED', /127\.0\.0\.1:1/));
  client.start();
  await client.stop();
  await assert.rejects(ask(), failsWith('NOT_STARTED', /stopped/));
});

test('a request without a response in time fails, and the connection is closed', async () => {
  const stage = new Stage();
  const server = stage.server();
  server.handle(ECHO, () => {});
  await server.start();
  const client = stage.client();
  client.start();
  const address = `127.0.0.1:${server.port}`;
  const short = client.request(address, ECHO, { text: 'x' }, { timeoutMs: 500 });
  const long = client.request(address, ECHO, { text: 'x' }, { timeoutMs: 60_000 });
  const outcomes = Promise.allSettled([short, long]);
  await stage.settled();
  await stage.clock.advance(400);
  assert.equal(server.connectionCount, 1);
  await stage.clock.advance(200);
  const [first, second] = await outcomes;
  failsWith('REQUEST_TIMEOUT', /127\.0\.0\.1:\d+ did not answer ECHO within 500 ms\.$/)(reasonOf(first));
  failsWith('CONNECTION_CLOSED', /127\.0\.0\.1/)(reasonOf(second));
  assert.equal(server.connectionCount, 0);
  await client.stop();
  await server.stop();
});

test('a connection may be kept after a time-out, and the late response is dropped', async () => {
  const stage = new Stage();
  const server = stage.server();
  const held: Call<typeof ECHO>[] = [];
  server.handle(ECHO, (call) => (call.header.text === 'hold' ? void held.push(call) : echo(call)));
  await server.start();
  const client = stage.client({ closeOnTimeout: false });
  client.start();
  const address = `127.0.0.1:${server.port}`;
  const late = assert.rejects(
    client.request(address, ECHO, { text: 'hold' }, { timeoutMs: 500 }),
    failsWith('REQUEST_TIMEOUT', /500 ms/),
  );
  await stage.settled();
  await stage.clock.advance(700);
  await late;
  held[0]?.answer({ text: 'too late' });
  assert.equal((await client.request(address, ECHO, { text: 'next' }, TIMEOUT)).header.text, 'next');
  assert.equal(stage.network.connectCount, 1);
  await client.stop();
  await server.stop();
});

test('the time of a request counts from the call, connecting included', async () => {
  const stage = new Stage();
  let give: ((error: Error) => void) | undefined;
  stage.network.connect = () => new Promise((_, reject) => (give = reject));
  const client = stage.client();
  client.start();
  const asked = assert.rejects(
    client.request('127.0.0.1:5', ECHO, { text: 'x' }, { timeoutMs: 200 }),
    failsWith('REQUEST_TIMEOUT', /127\.0\.0\.1:5/),
  );
  await stage.clock.advance(250);
  await asked;
  give?.(new Error('late'));
  await client.stop();
  assert.equal(stage.clock.pendingTimers, 0);
});

test('the loss of a connection fails everything that waits on it at once', async () => {
  const stage = new Stage();
  const server = stage.server();
  const connections: Call<typeof ECHO>[] = [];
  server.handle(ECHO, (call) => void connections.push(call));
  await server.start();
  const client = stage.client();
  client.start();
  const address = `127.0.0.1:${server.port}`;
  const outcomes = Promise.allSettled([1, 2, 3].map(() => client.request(address, ECHO, { text: 'x' }, TIMEOUT)));
  await stage.settled();
  connections[0]?.connection.close('test');
  for (const outcome of await outcomes) failsWith('CONNECTION_CLOSED', /127\.0\.0\.1/)(reasonOf(outcome));
  await client.stop();
  await server.stop();
});

// Source: NettyRemotingClient#processGoAway.
test('a client that is answered GO_AWAY asks once more over a new connection', async () => {
  const stage = new Stage();
  const server = stage.server();
  const held: Call<typeof ECHO>[] = [];
  let calls = 0;
  let goesForEver = false;
  server.handle(SHORT, (call) => {
    calls++;
    if (calls === 1 || goesForEver) call.fail(1500, 'please go away');
    else call.answer({ text: `call ${calls}` });
  });
  server.handle(ECHO, (call) => void held.push(call));
  await server.start();
  const client = stage.client();
  client.start();
  const address = `127.0.0.1:${server.port}`;
  const due = client.request(address, ECHO, { text: 'still due' }, TIMEOUT);
  const response = await client.request(address, SHORT, { text: 'x' }, TIMEOUT);
  assert.equal(response.header.text, 'call 2');
  assert.equal(server.connectionCount, 2);
  held[0]?.answer({ text: 'over the old one' });
  assert.equal((await due).header.text, 'over the old one');
  await stage.settled();
  assert.equal(server.connectionCount, 1);
  goesForEver = true;
  assert.equal((await client.request(address, SHORT, { text: 'x' }, TIMEOUT)).code, 1500);
  await client.stop();
  await server.stop();
});

test('hooks see every field as it is sent and may add some', async () => {
  const stage = new Stage();
  const server = stage.server();
  const seen: Record<string, string>[] = [];
  server.handle(ECHO, (call) => {
    seen.push({ ...call.extFields });
    echo(call);
  });
  await server.start();
  const client = stage.client();
  client.addHook((address, code, extFields, body) => {
    extFields.Signature = `${address.split(':')[0]}/${code}/${Object.keys(extFields).join()}/${String(body)}`;
  });
  client.start();
  const address = `127.0.0.1:${server.port}`;
  const options = { ...TIMEOUT, body: Buffer.from('b'), extFields: { extra: '1' } };
  await client.request(address, ECHO, { text: 'x', delay: 3 }, options);
  await client.notify(address, ECHO, { text: 'y' });
  await stage.settled();
  assert.deepEqual(seen, [
    { text: 'x', delay: '3', extra: '1', Signature: '127.0.0.1/90001/text,delay,extra/b' },
    { text: 'y', Signature: '127.0.0.1/90001/text/undefined' },
  ]);
  await client.stop();
  await server.stop();
});

test('requests beyond the limit, and larger than a frame, are refused, and other requests are served', async () => {
  const stage = new Stage();
  const server = stage.server();
  const held: Call<typeof ECHO>[] = [];
  server.handle(ECHO, (call) => void held.push(call));
  await server.start();
  const client = stage.client({ limits: { maxPendingRequests: 1, maxFrameBytes: 1000 } });
  client.start();
  const address = `127.0.0.1:${server.port}`;
  const options = { ...TIMEOUT, body: Buffer.alloc(2000) };
  await assert.rejects(client.request(address, ECHO, { text: 'x' }, options), failsWith('BAD_FRAME', /127\.0\.0\.1/));
  await assert.rejects(
    client.notify(address, ECHO, { text: 'x' }, options),
    failsWith('BAD_FRAME', /above the limit of 1000 bytes/),
  );
  const first = client.request(address, ECHO, { text: 'x' }, TIMEOUT);
  await assert.rejects(client.request(address, ECHO, { text: 'y' }, TIMEOUT), failsWith('TOO_MANY_REQUESTS', /127/));
  await stage.settled();
  held[0]?.answer({ text: 'fine' });
  assert.equal((await first).header.text, 'fine');
  await client.stop();
  await server.stop();
});

test('stop fails the requests that wait and closes the connections', async () => {
  const stage = new Stage();
  const server = stage.server();
  server.handle(ECHO, () => {});
  await server.start();
  const client = stage.client();
  client.start();
  const waiting = assert.rejects(
    client.request(`127.0.0.1:${server.port}`, ECHO, { text: 'x' }, TIMEOUT),
    failsWith('CONNECTION_CLOSED', /the client stops/),
  );
  await stage.settled();
  await client.stop();
  await waiting;
  await stage.settled();
  assert.equal(server.connectionCount, 0);
  await server.stop();
  assert.equal(stage.clock.pendingTimers, 0);
});

function reasonOf(outcome: PromiseSettledResult<unknown> | undefined): unknown {
  return outcome?.status === 'rejected' ? outcome.reason : undefined;
}
