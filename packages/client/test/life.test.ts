import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { ClientError, type ClientErrorCode, type MessageListener, Producer, PushConsumer } from '@rocketmq-ts/client';
import { silentLogger } from '@rocketmq-ts/kernel';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { ServiceLife, type ServiceWork } from '../src/state.ts';
import { ScriptedCluster } from './scripted-cluster.ts';

let environment: SimulatedEnvironment;
let cluster: ScriptedCluster;
let serverTimers: number;

beforeEach(async () => {
  environment = new SimulatedEnvironment(41);
  cluster = await ScriptedCluster.start(environment, { TopicTest: 4, TBW102: 8 });
  serverTimers = environment.clock.pendingTimers;
});

afterEach(async () => {
  environment.network.heal();
  await environment.clock.run(cluster.stop());
  assert.equal(environment.clock.pendingTimers, 0, 'a stopped client leaves no timer');
  assert.equal(environment.network.connectionCount, 0, 'a stopped client leaves no connection');
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
      platform: environment.machine('client'),
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
    platform: environment.machine('client'),
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
      if (afterMs > 0) await environment.clock.advance(afterMs);
      await environment.clock.run(client.stop());
      assert.match(await outcome, afterMs === 0 ? /^WRONG_STATE$/ : /^(started|WRONG_STATE)$/);
      await environment.clock.run(client.stop());
      await assert.rejects(client.start(), withCode('WRONG_STATE'));
      // Longer than the scripted broker holds a pull.
      await environment.clock.advance(6000);
      assert.equal(environment.clock.pendingTimers, serverTimers, `stopped after ${afterMs} ms`);
      assert.deepEqual([...(cluster.members.get('billing') ?? [])], []);
    }
    assert.deepEqual(complaints, [], 'a stop that was asked for is nothing to warn of');
  });

  test(`a ${kind} whose name server is dead or silent stops at once`, async () => {
    for (const silent of [false, true]) {
      if (silent) environment.network.partition('client', 'cluster');
      const dead = `${environment.network.addressOf('absent')}:9876`;
      const client = make(silent ? {} : { namesrvAddr: dead });
      const outcome = client.start().catch((error: ClientError) => error.code);
      await environment.clock.advance(20);
      const beganMs = environment.clock.monotonicMs();
      await environment.clock.run(client.stop());
      assert.ok(environment.clock.monotonicMs() - beganMs < 3100, `${environment.clock.monotonicMs() - beganMs} ms`);
      await outcome;
      environment.network.heal();
    }
  });

  test(`a ${kind} refuses a second start and continues with the first`, async () => {
    const client = make();
    const first = client.start();
    await assert.rejects(client.start(), withCode('WRONG_STATE'));
    await environment.clock.run(first);
    await assert.rejects(client.start(), withCode('WRONG_STATE'));
    const stops = [client.stop(), client.stop()];
    assert.equal(stops[0], stops[1]);
    await environment.clock.run(Promise.all(stops));
  });

  test(`a ${kind} that never started can be stopped, and then does not start`, async () => {
    const client = make();
    await environment.clock.run(client.stop());
    await environment.clock.run(client.stop());
    await assert.rejects(client.start(), withCode('WRONG_STATE'));
  });

  test(`a ${kind} whose start failed can be started again`, async () => {
    const shared = { instanceName: 'one' };
    const [first, second] = [make(shared), make(shared)];
    await environment.clock.run(first.start());
    await assert.rejects(environment.clock.run(second.start()), withCode('GROUP_TAKEN'));
    await assert.rejects(environment.clock.run(second.start()), withCode('GROUP_TAKEN'));
    await environment.clock.run(first.stop());
    await environment.clock.run(second.start());
    await environment.clock.run(second.stop());
  });

  test(`a ${kind} that failed to start can be stopped`, async () => {
    const shared = { instanceName: 'one' };
    const [first, second] = [make(shared), make(shared)];
    await environment.clock.run(first.start());
    await assert.rejects(environment.clock.run(second.start()), withCode('GROUP_TAKEN'));
    await environment.clock.run(Promise.all([second.stop(), first.stop()]));
  });
}

test('a listener that stops its own consumer does not hold the stop for ever', async () => {
  cluster.put('TopicTest', 0, 'a');
  const made = new PushConsumer({
    namesrvAddr: cluster.namesrvAddr,
    consumerGroup: 'billing',
    consumeFrom: 'FIRST_OFFSET',
    platform: environment.machine('client'),
    logger: silentLogger,
  });
  made.subscribe('TopicTest');
  let stopping: Promise<void> | undefined;
  await environment.clock.run(
    made.start(async () => {
      stopping = made.stop();
      await stopping;
    }),
  );
  await environment.clock.advance(1000);
  await environment.clock.run(stopping!);
});

test('an ordered call that never ends holds neither a rebalance for ever nor the stop', async () => {
  for (let queueId = 0; queueId < 4; queueId++) cluster.put('TopicTest', queueId, 'a');
  const stuck = new PushConsumer({
    namesrvAddr: cluster.namesrvAddr,
    consumerGroup: 'billing',
    consumeFrom: 'FIRST_OFFSET',
    platform: environment.machine('client'),
    logger: silentLogger,
    awaitTerminationMs: 1000,
  });
  stuck.subscribe('TopicTest');
  await environment.clock.run(stuck.start({ orderly: () => new Promise(() => {}) }));
  await environment.clock.advance(100);
  stuck.unsubscribe('TopicTest');
  await environment.clock.advance(30_000);
  const beganMs = environment.clock.monotonicMs();
  await environment.clock.run(stuck.stop());
  assert.ok(environment.clock.monotonicMs() - beganMs < 2000);
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
