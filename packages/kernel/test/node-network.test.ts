import assert from 'node:assert/strict';
import dns from 'node:dns';
import { once } from 'node:events';
import { connect, createServer, Server } from 'node:net';
import { test } from 'node:test';
import { type Connection, type Endpoint, nodeNetwork, systemErrorCode } from '@rocketmq-ts/kernel';

type LookupAnswer = (error: Error | null, addresses: { address: string; family: number }[]) => void;

const ignore = { onData: () => {}, onDrain: () => {}, onClose: () => {} };

const hasIpv6 = nodeNetwork.interfaces().some((each) => each.address === '::1');
const needsIpv6 = hasIpv6 ? {} : { skip: 'this machine has no ::1' };

for (const host of ['0.0.0.0', '::', '[::]']) {
  test(`a listener at ${host} takes both families, and an IPv4 peer reads as plain IPv4`, needsIpv6, async () => {
    assert.equal((await remoteSeenBy(host, '127.0.0.1')).host, '127.0.0.1');
    assert.equal((await remoteSeenBy(host, '::1')).host, '::1');
  });
}

test('a listener at one address takes that one only', needsIpv6, async () => {
  const listener = await nodeNetwork.listen({ host: '127.0.0.1', port: 0 }, (connection) =>
    connection.setHandlers(ignore),
  );
  const attempt = nodeNetwork.connect({ host: '::1', port: listener.port, timeoutMs: 5000 });
  await assert.rejects(attempt, (error) => systemErrorCode(error) === 'ECONNREFUSED');
  await listener.close();
});

test('a port that is taken is reported with the address that was asked for', async () => {
  const first = await nodeNetwork.listen({ host: '0.0.0.0', port: 0 }, () => {});
  const second = nodeNetwork.listen({ host: '0.0.0.0', port: first.port }, () => {});
  await assert.rejects(second, { code: 'EADDRINUSE', address: '0.0.0.0' });
  await first.close();
});

test('a machine without IPv6 listens on IPv4', async (context) => {
  const listen = Server.prototype.listen;
  context.mock.method(Server.prototype, 'listen', function (this: Server, options: { host: string }, done: () => void) {
    if (options.host === '::') {
      process.nextTick(() => this.emit('error', Object.assign(new Error('listen'), { code: 'EAFNOSUPPORT' })));
      return this;
    }
    return listen.call(this, options, done);
  });
  assert.equal((await remoteSeenBy('0.0.0.0', '127.0.0.1')).host, '127.0.0.1');
});

test('a name is resolved anew for each connection, and each of its addresses is tried', needsIpv6, async (context) => {
  const listener = await nodeNetwork.listen({ host: '::1', port: 0 }, (connection) => connection.setHandlers(ignore));
  context.after(() => listener.close());
  let addresses = ['127.0.0.1', '::1'];
  const lookup = context.mock.method(dns, 'lookup', (_name: string, _options: object, found: LookupAnswer) => {
    process.nextTick(
      found,
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  });
  const { port } = listener;
  const connect = () => nodeNetwork.connect({ host: 'name.servers', port, timeoutMs: 5000 });
  (await connect()).destroy();
  addresses = ['127.0.0.1', '127.0.0.2'];
  await assert.rejects(connect(), (error: Error) => {
    assert.equal(systemErrorCode(error), 'ECONNREFUSED');
    assert.match(error.message, /127\.0\.0\.1:\d+; .*127\.0\.0\.2:\d+/);
    return true;
  });
  addresses = ['::1'];
  (await connect()).destroy();
  assert.equal(lookup.mock.callCount(), 3);
});

test('a server that takes the connection and never shakes hands is given up after the time-out', async (context) => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const accepted = once(server, 'connection');
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const attempt = nodeNetwork.connect({ host: '127.0.0.1', port: address.port, timeoutMs: 3000, tls: {} });
  const [socket] = await accepted;
  context.mock.timers.tick(3000);
  await assert.rejects(attempt, (error) => systemErrorCode(error) === 'ETIMEDOUT');
  socket.destroy();
  server.close();
});

test('a peer that keeps its side open after our end is dropped after the linger time', async (context) => {
  const accepted = Promise.withResolvers<Connection>();
  const closed = Promise.withResolvers<Error | undefined>();
  const listener = await nodeNetwork.listen({ host: '127.0.0.1', port: 0 }, (connection) => {
    connection.setHandlers({ ...ignore, onClose: closed.resolve });
    accepted.resolve(connection);
  });
  const peer = connect({ host: '127.0.0.1', port: listener.port, allowHalfOpen: true });
  const connection = await accepted.promise;
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const ended = once(peer, 'end');
  peer.resume();
  connection.end();
  await ended;
  context.mock.timers.tick(500);
  assert.equal(await closed.promise, undefined);
  peer.destroy();
  await listener.close();
});

test('a write that the system takes at once is not reported as congestion', async () => {
  const drains: string[] = [];
  const listener = await nodeNetwork.listen({ host: '127.0.0.1', port: 0 }, (connection) =>
    connection.setHandlers({
      ...ignore,
      onData: (chunk) => connection.write(chunk),
      onDrain: () => drains.push('server'),
    }),
  );
  const client = await nodeNetwork.connect({ host: '127.0.0.1', port: listener.port, timeoutMs: 5000 });
  await new Promise<void>((resolve) => {
    client.setHandlers({ ...ignore, onData: () => resolve(), onDrain: () => drains.push('client') });
    client.write(Buffer.from('x'));
    assert.equal(client.pendingBytes, 0);
  });
  assert.deepEqual(drains, []);
  client.destroy();
  await listener.close();
});

test('the addresses of this machine leave out bridges and have no zone', () => {
  for (const each of nodeNetwork.interfaces()) {
    assert.doesNotMatch(each.name, /^docker0$|:/);
    assert.doesNotMatch(each.address, /[%[]/);
  }
});

async function remoteSeenBy(listenOn: string, target: string): Promise<Endpoint> {
  const seen = Promise.withResolvers<Endpoint>();
  const listener = await nodeNetwork.listen({ host: listenOn, port: 0 }, (connection) => {
    connection.setHandlers(ignore);
    seen.resolve(connection.remote);
  });
  const client = await nodeNetwork.connect({ host: target, port: listener.port, timeoutMs: 5000 });
  const remote = await seen.promise;
  client.destroy();
  await listener.close();
  return remote;
}
