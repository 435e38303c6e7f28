import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { ClientError, type ClientErrorCode, type MessageListener, Producer, PushConsumer } from '@rocketmq-ts/client';
import { silentLogger } from '@rocketmq-ts/kernel';
import { SimulatedWorld } from '@rocketmq-ts/testkit';
import { ServiceLife, type ServiceWork } from '../src/state.ts';
import { ScriptedCluster } from './scripted-cluster.ts';

let world: SimulatedWorld;
let cluster: ScriptedCluster;
let serverTimers: number;

beforeEach(async () => {
  world = new SimulatedWorld(41);
  cluster = await ScriptedCluster.start(world, { TopicTest: 4, TBW102: 8 });
  serverTimers = world.clock.pendingTimers;
});

afterEach(async () => {
  world.network.heal();
  await world.clock.run(cluster.stop());
  assert.equal(world.clock.pendingTimers, 0, 'a stopped client leaves no timer');
  assert.equal(world.network.connectionCount, 0, 'a stopped client leaves no connection');
});

const withCode = (code: ClientErrorCode) => (error: unknown) => error instanceof ClientError && error.code === code;

interface Client {
  start(): Promise<void>;
  stop(): Promise<void>;
}

const kinds: Record<string, (changes?: object) => Client> = {
  producer: (changes = {}) =>
    new Producer({
      namesrvAddr: cluster.namesrvAddr,
      producerGroup: 'orders',
      platform: world.machine('client'),
      logger: silentLogger,
      topics: ['TopicTest'],
      ...changes,
    }),
  consumer: (changes = {}) => consumer(() => {}, changes),
  'ordered consumer': (changes = {}) => consumer({ orderly: () => {} }, changes),
  'broadcasting consumer': (changes = {}) => consumer(() => {}, { model: 'BROADCASTING', ...changes }),
};

function consumer(listener: MessageListener, changes: object): Client {
  const made = new PushConsumer({
    namesrvAddr: cluster.namesrvAddr,
    consumerGroup: 'billing',
    consumeFrom: 'FIRST_OFFSET',
    platform: world.machine('client'),
    logger: silentLogger,
    ...changes,
  });
  made.subscribe('TopicTest');
  return { start: () => made.start(listener), stop: () => made.stop() };
}

for (const [kind, make] of Object.entries(kinds)) {
  test(`a ${kind} that is stopped while it starts stops, at whatever moment`, async () => {
    cluster.heartbeatDelayMs = 30;
    const complaints: unknown[] = [];
    const complain = (...line: unknown[]): void => void complaints.push(line);
    const logger = { debug: () => {}, info: () => {}, warn: complain, error: complain };
    for (const afterMs of [0, 1, 2, 3, 4, 5, 7, 10, 20, 50, 100, 600]) {
      const client = make({ logger });
      const starting = client.start();
      const outcome = starting.then(
        () => 'started',
        (error: ClientError) => error.code,
      );
      if (afterMs > 0) await world.clock.advance(afterMs);
      await world.clock.run(client.stop());
      assert.match(await outcome, afterMs === 0 ? /^WRONG_STATE$/ : /^(started|WRONG_STATE)$/);
      await world.clock.run(client.stop());
      await assert.rejects(client.start(), withCode('WRONG_STATE'));
      // Longer than the scripted broker holds a pull.
      await world.clock.advance(6000);
      assert.equal(world.clock.pendingTimers, serverTimers, `stopped after ${afterMs} ms`);
      assert.deepEqual([...(cluster.members.get('billing') ?? [])], []);
    }
    assert.deepEqual(complaints, [], 'a stop that was asked for is nothing to warn of');
  });

  test(`a ${kind} whose name server is dead or silent stops at once`, async () => {
    for (const silent of [false, true]) {
      if (silent) world.network.partition('client', 'cluster');
      const dead = `${world.network.addressOf('nobody')}:9876`;
      const client = make(silent ? {} : { namesrvAddr: dead });
      const outcome = client.start().catch((error: ClientError) => error.code);
      await world.clock.advance(20);
      const beganMs = world.clock.monotonicMs();
      await world.clock.run(client.stop());
      assert.ok(world.clock.monotonicMs() - beganMs < 3100, `${world.clock.monotonicMs() - beganMs} ms`);
      await outcome;
      world.network.heal();
    }
  });

  test(`a ${kind} refuses a second start and goes on with the first`, async () => {
    const client = make();
    const first = client.start();
    await assert.rejects(client.start(), withCode('WRONG_STATE'));
    await world.clock.run(first);
    await assert.rejects(client.start(), withCode('WRONG_STATE'));
    const stops = [client.stop(), client.stop()];
    assert.equal(stops[0], stops[1]);
    await world.clock.run(Promise.all(stops));
  });

  test(`a ${kind} that never started can be stopped, and then does not start`, async () => {
    const client = make();
    await world.clock.run(client.stop());
    await world.clock.run(client.stop());
    await assert.rejects(client.start(), withCode('WRONG_STATE'));
  });

  test(`a ${kind} whose start failed can be started again`, async () => {
    const shared = { instanceName: 'one' };
    const [first, second] = [make(shared), make(shared)];
    await world.clock.run(first.start());
    await assert.rejects(world.clock.run(second.start()), withCode('GROUP_TAKEN'));
    await assert.rejects(world.clock.run(second.start()), withCode('GROUP_TAKEN'));
    await world.clock.run(first.stop());
    await world.clock.run(second.start());
    await world.clock.run(second.stop());
  });

  test(`a ${kind} that failed to start can be stopped`, async () => {
    const shared = { instanceName: 'one' };
    const [first, second] = [make(shared), make(shared)];
    await world.clock.run(first.start());
    await assert.rejects(world.clock.run(second.start()), withCode('GROUP_TAKEN'));
    await world.clock.run(Promise.all([second.stop(), first.stop()]));
  });
}

test('a listener that stops its own consumer does not hold the stop for ever', async () => {
  cluster.put('TopicTest', 0, 'a');
  const made = new PushConsumer({
    namesrvAddr: cluster.namesrvAddr,
    consumerGroup: 'billing',
    consumeFrom: 'FIRST_OFFSET',
    platform: world.machine('client'),
    logger: silentLogger,
  });
  made.subscribe('TopicTest');
  let stopping: Promise<void> | undefined;
  await world.clock.run(
    made.start(async () => {
      stopping = made.stop();
      await stopping;
    }),
  );
  await world.clock.advance(1000);
  await world.clock.run(stopping!);
});

test('an ordered call that never ends holds neither a rebalance for ever nor the stop', async () => {
  for (let queueId = 0; queueId < 4; queueId++) cluster.put('TopicTest', queueId, 'a');
  const stuck = new PushConsumer({
    namesrvAddr: cluster.namesrvAddr,
    consumerGroup: 'billing',
    consumeFrom: 'FIRST_OFFSET',
    platform: world.machine('client'),
    logger: silentLogger,
    awaitTerminationMs: 1000,
  });
  stuck.subscribe('TopicTest');
  await world.clock.run(stuck.start({ orderly: () => new Promise(() => {}) }));
  await world.clock.advance(100);
  stuck.unsubscribe('TopicTest');
  await world.clock.advance(30_000);
  const beganMs = world.clock.monotonicMs();
  await world.clock.run(stuck.stop());
  assert.ok(world.clock.monotonicMs() - beganMs < 2000);
});

test('a stop whose work failed may be tried again', async () => {
  const life = new ServiceLife('It');
  let failures = 1;
  const work: ServiceWork = {
    begin: async () => {},
    undo: async () => {},
    end: async () => {
      if (failures-- > 0) throw new Error('not yet');
    },
  };
  await life.start(work);
  await assert.rejects(life.stop(work), /not yet/);
  await life.stop(work);
  await life.stop(work);
  assert.equal(failures, -1, 'what has ended is not ended again');
});
