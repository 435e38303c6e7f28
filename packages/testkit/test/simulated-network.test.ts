import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Connection, type Listener, localAddress, systemErrorCode } from '@rocketmq-ts/kernel';
import { SimulatedEnvironment, type SimulatedEnvironmentOptions } from '@rocketmq-ts/testkit';

test('machines reach each other by name and by address, and each knows its own', async () => {
  const { environment, listener } = await broker(1);
  const client = environment.machine('client').network;
  const byName = await client.connect({ host: 'broker', port: listener.port, timeoutMs: 100 });
  const byAddress = await client.connect({
    host: environment.network.addressOf('broker'),
    port: listener.port,
    timeoutMs: 100,
  });
  assert.equal(byName.remote.host, byAddress.remote.host);
  assert.equal(localAddress(environment.machine('broker').network), byName.remote.host);
  assert.notEqual(localAddress(client), byName.remote.host);
  await assert.rejects(client.connect({ host: 'unknown', port: 1, timeoutMs: 100 }), withCode('ENOTFOUND'));
});

test('bytes take their time, in order, and are split and joined by seed', async () => {
  const shapes = new Set<string>();
  for (let seed = 0; seed < 20; seed++) {
    const options = { network: { minLatencyMs: 5, maxLatencyMs: 50, splitChance: 0.5 } };
    const { environment, connect, received } = await broker(seed, options);
    const client = await connect();
    for (const text of ['one', 'two', 'three']) client.write(Buffer.from(text));
    await environment.clock.advance(4);
    assert.deepEqual(received, []);
    await environment.clock.advance(50);
    assert.equal(received.join(''), 'onetwothree', `seed ${seed}`);
    shapes.add(received.join('|'));
  }
  assert.ok(shapes.size > 5, [...shapes].join(' '));
});

test('a system without a window takes nothing while the receiver does not read', async () => {
  for (const [windowBytes, pending] of [
    [100, 0],
    [0, 10],
  ] as const) {
    const { environment, connect, received, accepted } = await broker(6, { network: { splitChance: 0, windowBytes } });
    const client = await connect();
    accepted[0]!.pauseReading();
    for (const text of ['first', 'later']) client.write(Buffer.from(text));
    await environment.clock.settle();
    assert.deepEqual([client.pendingBytes, received], [pending, []]);
    accepted[0]!.resumeReading();
    await environment.clock.settle();
    assert.deepEqual([client.pendingBytes, received.join('')], [0, 'firstlater']);
  }
});

test('a partition holds bytes back until it heals, and new connections time out', async () => {
  const { environment, connect, received, listener } = await broker(2);
  const client = await connect();
  environment.network.partition('client', 'broker');
  client.write(Buffer.from('held'));
  await environment.clock.advance(10_000);
  assert.deepEqual(received, []);
  const attempt = environment
    .machine('client')
    .network.connect({ host: 'broker', port: listener.port, timeoutMs: 3000 });
  await assert.rejects(environment.clock.run(attempt), withCode('ETIMEDOUT'));
  environment.network.heal('client', 'broker');
  await environment.clock.settle();
  assert.equal(received.join(''), 'held');
});

test('a cut resets both ends and loses what is on its way', async () => {
  const { environment, connect, received, closes } = await broker(3, { network: { minLatencyMs: 10 } });
  const client = await connect();
  const clientCloses: unknown[] = [];
  client.setHandlers({
    onData: () => {},
    onDrain: () => {},
    onClose: (error) => clientCloses.push(systemErrorCode(error)),
  });
  client.write(Buffer.from('lost'));
  await environment.clock.advance(5);
  environment.network.cut('broker', 'client');
  await environment.clock.advance(100);
  assert.deepEqual(received, []);
  assert.deepEqual(closes, ['ECONNRESET']);
  assert.deepEqual(clientCloses, ['ECONNRESET']);
  assert.equal(environment.network.connectionCount, 0);
});

test('a machine refuses connections until it accepts them again', async () => {
  const { environment, connect } = await broker(4);
  environment.network.refuse('broker');
  await assert.rejects(connect(), withCode('ECONNREFUSED'));
  environment.network.refuse('broker', false);
  (await connect()).destroy();
});

test('a killed process closes its ports and gets nothing more; its peers are reset', async () => {
  const { environment, connect, closes } = await broker(5);
  const client = await connect();
  const clientCloses: unknown[] = [];
  client.setHandlers({
    onData: () => {},
    onDrain: () => {},
    onClose: (error) => clientCloses.push(systemErrorCode(error)),
  });
  environment.network.killHost('broker');
  await environment.clock.settle();
  assert.deepEqual(clientCloses, ['ECONNRESET']);
  assert.deepEqual(closes, []);
  await assert.rejects(connect(), withCode('ECONNREFUSED'));
});

test('a port on the loopback address is not reached from another machine', async () => {
  const environment = new SimulatedEnvironment(6);
  const listener = await environment.machine('broker').network.listen({ host: '127.0.0.1', port: 0 }, () => {});
  const attempt = environment
    .machine('client')
    .network.connect({ host: 'broker', port: listener.port, timeoutMs: 100 });
  await assert.rejects(attempt, withCode('ECONNREFUSED'));
});

interface Broker {
  readonly environment: SimulatedEnvironment;
  readonly listener: Listener;
  readonly received: string[];
  readonly closes: unknown[];
  readonly accepted: Connection[];
  connect(): Promise<Connection>;
}

/** A machine `broker` that records what it receives, and a machine `client`. */
async function broker(seed: number, options: SimulatedEnvironmentOptions = {}): Promise<Broker> {
  const environment = new SimulatedEnvironment(seed, options);
  const received: string[] = [];
  const closes: unknown[] = [];
  const accepted: Connection[] = [];
  const listener = await environment
    .machine('broker')
    .network.listen({ host: '0.0.0.0', port: 10911 }, (connection) => {
      accepted.push(connection);
      connection.setHandlers({
        onData: (chunk) => received.push(chunk.toString()),
        onDrain: () => {},
        onClose: (error) => closes.push(systemErrorCode(error)),
      });
    });
  const client = environment.machine('client').network;
  const connect = (): Promise<Connection> =>
    environment.clock.run(client.connect({ host: 'broker', port: listener.port, timeoutMs: 3000 }));
  return { environment, listener, received, closes, accepted, connect };
}

function withCode(code: string): (error: unknown) => boolean {
  return (error) => systemErrorCode(error) === code;
}
