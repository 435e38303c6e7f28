import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  type ClientOptions,
  createReplyMessage,
  json,
  type LoggerLike,
  type MessageListener,
  Producer,
  PullConsumer,
  PushConsumer,
  TransactionProducer,
} from '@rocketmq-ts/client';
import { silentLogger } from '@rocketmq-ts/kernel';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';

/**
 * Mistakes of users, in all ways and at all times: whatever they do, no promise rejects without a handler, nothing is thrown into
 * the event loop, and nothing is left of a client that was stopped. Promises whose result the user drops get no handler here: those
 * of calls that fail belong to the user, so each such test takes only what the call itself does not return.
 */
let cluster: Cluster;
let own: { stop(): Promise<void> }[];
const escaped: unknown[] = [];
const onEscaped = (reason: unknown): void => void escaped.push(reason);

beforeEach(async () => {
  process.on('unhandledRejection', onEscaped);
  process.on('uncaughtException', onEscaped);
  own = [];
  cluster = await startCluster({ seed: 71, topics: { TopicTest: 2, Other: 1 } });
});

afterEach(async () => {
  for (const client of own) await cluster.run(client.stop());
  await cluster.stop();
  // Rejections without a handler are reported after the microtasks of a turn.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', onEscaped);
  process.off('uncaughtException', onEscaped);
  assert.deepEqual(escaped.splice(0), []);
  assert.equal(cluster.clock.pendingTimers, 0, 'a stopped client leaves no timer');
  assert.equal(cluster.environment.network.connectionCount, 0, 'a stopped client leaves no connection');
});

const filled = (machine: string) => ({
  namesrvAddr: cluster.namesrvAddr,
  platform: cluster.environment.machine(machine),
  logger: silentLogger,
});

const owned = <Client extends { stop(): Promise<void> }>(client: Client): Client => {
  own.push(client);
  return client;
};

const newProducer = (changes = {}) =>
  owned(new Producer({ ...filled('sending'), producerGroup: 'orders', sendTimeoutMs: 500, ...changes }));
const newPush = (changes = {}) =>
  owned(new PushConsumer({ ...filled('push'), consumerGroup: 'billing', consumeFrom: 'FIRST_OFFSET', ...changes }));
const newPull = (changes = {}) =>
  owned(new PullConsumer({ ...filled('pull'), consumerGroup: 'pulling', consumeFrom: 'FIRST_OFFSET', ...changes }));

async function running<Client extends { start(): Promise<void> }>(client: Client): Promise<Client> {
  await cluster.run(client.start());
  return client;
}

async function put(count = 3): Promise<void> {
  const producer = await running(newProducer({ producerGroup: 'putting', instanceName: 'putting' }));
  for (let i = 0; i < count; i++) await cluster.run(producer.send({ topic: 'TopicTest', body: `m${i}` }));
}

/** What user code may do instead of its work. */
const misbehaviours: Record<string, () => unknown> = {
  'throws an error': () => {
    throw new Error('mine');
  },
  'throws nothing': () => {
    throw undefined;
  },
  'throws what cannot be printed': () => {
    throw Object.create(null);
  },
  'throws a proxy that throws': () => {
    throw new Proxy(new Error('x'), {
      get() {
        throw new Error('again');
      },
    });
  },
  rejects: () => Promise.reject(new Error('mine')),
  'rejects with null': () => Promise.reject(null),
  'returns a thenable that throws': () => ({
    // biome-ignore lint/suspicious/noThenProperty: that is what it is about
    then() {
      throw new Error('mine');
    },
  }),
  'returns something else': () => ({ odd: true }),
  'leaves a promise that rejects later': () =>
    new Promise((_resolve, reject) => setImmediate(() => reject(new Error('late')))),
};

for (const [what, misbehave] of Object.entries(misbehaviours)) {
  for (const [kind, listener] of Object.entries({
    'a listener': misbehave,
    'a batch listener': { concurrently: misbehave },
    'an ordered listener': { orderly: misbehave },
  })) {
    test(`${kind} that ${what}`, async () => {
      await put();
      const consumer = newPush({ maxReconsumeTimes: 2, suspendCurrentQueueTimeMs: 10 });
      consumer.subscribe('TopicTest');
      await cluster.run(consumer.start(listener as MessageListener));
      await cluster.advance(15_000);
    });
  }

  test(`a listener of a topic, a selector, a strategy and a watcher of queues that ${what}`, async () => {
    await put();
    const consumer = newPush();
    consumer.subscribe('TopicTest', '*', misbehave as never);
    await running(consumer);
    const sharing = newPush({
      consumerGroup: 'sharing',
      instanceName: 'sharing',
      allocateStrategy: { name: 'MINE', allocate: misbehave as never },
    });
    sharing.subscribe('TopicTest');
    await cluster.run(sharing.start(() => {}));
    const pull = await running(newPull({ topicMetadataCheckIntervalMs: 100 }));
    pull.onTopicQueuesChanged('Other', misbehave as never);
    await cluster.advance(300);
    await cluster.createTopic('Other', 3);
    const producer = await running(newProducer());
    const call = { select: misbehave as never };
    await cluster.run(Promise.allSettled([producer.send({ topic: 'TopicTest', body: 'x' }, call)]));
    await cluster.run(
      Promise.allSettled([producer.send({ topic: 'TopicTest', body: 'x' }, { ...call, retryChosen: true })]),
    );
    await cluster.run(Promise.allSettled([producer.request({ topic: 'TopicTest', body: 'x' }, call)]));
    void producer.sendOneway({ topic: 'TopicTest', body: 'x' }, call);
    const batching = await running(newProducer({ autoBatch: true, instanceName: 'batching' }));
    const gathered = [1, 2].map(() => batching.send({ topic: 'TopicTest', body: 'x' }, call));
    await cluster.run(Promise.allSettled(gathered));
    await cluster.advance(5000);
  });

  test(`a serializer that ${what}`, async () => {
    await put();
    const serializer = { serialize: misbehave, deserialize: misbehave } as never;
    const producer = await running(newProducer({ serializer }));
    await Promise.allSettled([producer.send({ topic: 'TopicTest', body: 'x' })]);
    void producer.sendOneway({ topic: 'TopicTest', body: 'x' });
    const consumer = newPush({ serializer, maxReconsumeTimes: 1 });
    consumer.subscribe('TopicTest');
    await cluster.run(consumer.start((message) => void message.value));
    const pull = newPull({ serializer });
    pull.subscribe('TopicTest');
    await running(pull);
    const loop = (async () => {
      for await (const message of pull) void message.value;
    })();
    loop.catch(() => {});
    await cluster.advance(10_000);
    await cluster.run(pull.stop());
  });

  test(`a local transaction and a check that ${what}`, async () => {
    const producer = await running(
      owned(
        new TransactionProducer({
          ...filled('sending'),
          producerGroup: 'orders',
          topics: ['TopicTest'],
          check: misbehave as never,
        }),
      ),
    );
    await cluster.run(producer.sendInTransaction({ topic: 'TopicTest', body: 'x' }, misbehave as never));
    await cluster.advance(70_000);
  });

  test(`a logger and a hook that ${what}`, async () => {
    const logger = { debug: misbehave, info: misbehave, warn: misbehave, error: misbehave } as unknown as LoggerLike;
    const consumer = newPush({ logger, maxReconsumeTimes: 1 });
    consumer.subscribe('TopicTest');
    await cluster.run(
      consumer.start(() => {
        throw new Error('so that it logs');
      }),
    );
    await put();
    await cluster.advance(3000);
    const hooks = { hooks: [misbehave] } as unknown as ClientOptions;
    const producer = newProducer({ ...hooks, topics: ['TopicTest'], instanceName: 'hooked' });
    await cluster.run(Promise.allSettled([producer.start()]));
    await cluster.run(Promise.allSettled([producer.send({ topic: 'TopicTest', body: 'x' })]));
    void producer.sendOneway({ topic: 'TopicTest', body: 'x' });
    const push = newPush({ ...hooks, consumerGroup: 'hooked', instanceName: 'hooked2' });
    push.subscribe('TopicTest');
    await cluster.run(Promise.allSettled([push.start(() => {})]));
    const pull = newPull({ ...hooks, instanceName: 'hooked3' });
    pull.subscribe('TopicTest');
    await cluster.run(Promise.allSettled([pull.start()]));
    await cluster.advance(35_000);
  });
}

test('listeners that call stop, start, suspend, unsubscribe and subscribe, without waiting', async () => {
  for (const act of [
    (consumer: PushConsumer) => void consumer.stop(),
    (consumer: PushConsumer) => consumer.stop(),
    (consumer: PushConsumer) => consumer.start(() => {}),
    (consumer: PushConsumer) => consumer.suspend(),
    (consumer: PushConsumer) => consumer.unsubscribe('TopicTest'),
    (consumer: PushConsumer) => consumer.subscribe('TopicTest', 'TagZ'),
    (consumer: PushConsumer) => consumer.subscribe('Other', ' ') as never,
  ]) {
    await put(1);
    await cluster.run(own.at(-1)!.stop());
    const consumer = newPush({ awaitTerminationMs: 500 });
    consumer.subscribe('TopicTest');
    await cluster.run(consumer.start(() => act(consumer) as never));
    await cluster.advance(3000);
    await cluster.run(consumer.stop());
  }
});

test('sends, requests, recalls and transactions that nobody waits for when the producer stops; each is the user’s to handle', async () => {
  const producer = await running(newProducer({ maxInFlight: 2, awaitTerminationMs: 100, autoBatch: true }));
  cluster.partition('sending', 'broker-a');
  const message = { topic: 'TopicTest', body: 'x' };
  const results = Promise.allSettled([
    ...Array.from({ length: 10 }, () => producer.send(message)),
    producer.send([message, message]),
    producer.send(message, { timeoutMs: 50 }),
    producer.request(message),
    producer.queues('Unknown'),
  ]);
  for (let i = 0; i < 5; i++) void producer.sendOneway(message);
  void producer.stop();
  void producer.stop();
  await cluster.advance(10_000);
  await cluster.run(results);
  cluster.heal();
});

test('signals that are aborted before, during and after, with and without a reason', async () => {
  await put();
  const producer = await running(newProducer());
  const pull = newPull();
  pull.subscribe('Other');
  await running(pull);
  const message = { topic: 'TopicTest', body: 'x' };
  for (const reason of [undefined, null, 'text', new Error('mine')]) {
    for (const afterMs of [0, 1, 100]) {
      const abort = new AbortController();
      if (afterMs === 0) abort.abort(reason);
      const { signal } = abort;
      const calls = Promise.allSettled([
        producer.send(message, { signal }),
        producer.request(message, { signal, timeoutMs: 200 }),
        pull.poll({ signal, timeoutMs: 200 }),
        (async () => {
          for await (const _ of pull.messages({ signal })) break;
        })(),
        (async () => {
          for await (const _ of pull.status({ signal }));
        })(),
        (async () => {
          for await (const _ of producer.status({ signal }));
        })(),
      ]);
      cluster.clock.after(afterMs, () => abort.abort(reason));
      await cluster.advance(1000);
      await cluster.run(calls);
    }
  }
});

test('starts and stops in any order, many at a time, of all kinds', async () => {
  const kinds = [
    () => newProducer(),
    () => {
      const consumer = newPush();
      consumer.subscribe('TopicTest');
      return { start: () => consumer.start(() => {}), stop: () => consumer.stop() };
    },
    () => {
      const consumer = newPull();
      consumer.subscribe('TopicTest');
      return consumer;
    },
  ];
  for (const make of kinds) {
    for (const order of ['ss', 'sx', 'xs', 'sxx', 'sxs', 'ssxx', 'xx', 'xsx']) {
      const client = make();
      const calls = [...order].map((one) => (one === 's' ? client.start() : client.stop()));
      await cluster.run(Promise.allSettled(calls));
      await cluster.run(client.stop());
    }
  }
});

test('clients that cannot start, since no name server answers, and are stopped or left', async () => {
  const absent = { namesrvAddr: 'nowhere:9876' };
  const producer = newProducer({ ...absent, topics: ['TopicTest'] });
  const push = newPush(absent);
  push.subscribe('TopicTest');
  const pull = newPull(absent);
  pull.subscribe('TopicTest');
  const starts = Promise.allSettled([producer.start(), push.start(() => {}), pull.start()]);
  await cluster.advance(20_000);
  await cluster.run(starts);
  await cluster.run(Promise.allSettled([producer.send({ topic: 'TopicTest', body: 'x' })]));
  void producer.sendOneway({ topic: 'TopicTest', body: 'x' });
});

/** Every method that gives a promise, called with nothing that makes sense; the call may throw, and its promise may reject. */
const methods: Record<string, readonly string[]> = {
  Producer: ['send', 'sendOneway', 'recall', 'request', 'queues'],
  PullConsumer: [
    'poll',
    'commit',
    'committed',
    'seek',
    'seekToBegin',
    'seekToEnd',
    'offsetForTimestamp',
    'minOffset',
    'maxOffset',
    'fetchMessageQueues',
  ],
  PushConsumer: ['start'],
};

const nonsense: readonly unknown[] = [
  undefined,
  null,
  7,
  'text',
  {},
  [],
  [null],
  { topic: 'TopicTest', body: 'x', brokerName: 'nowhere', queueId: 99 },
  { topic: 'TopicTest', brokerName: 'broker-a', queueId: 99 },
  Symbol('odd'),
  () => {},
  new Proxy(
    {},
    {
      get() {
        throw new Error('a getter that throws');
      },
    },
  ),
];

for (const state of ['never started', 'running', 'stopped']) {
  test(`methods that are called with nonsense reject or throw at once, and leave nothing behind: ${state}`, async () => {
    const clients: Record<string, { start(): Promise<void>; stop(): Promise<void> }> = {
      Producer: newProducer(),
      PullConsumer: newPull({ pollTimeoutMs: 10 }),
      PushConsumer: newPush() as never,
    };
    (clients.PullConsumer as PullConsumer).subscribe('TopicTest');
    (clients.PushConsumer as PushConsumer).subscribe('TopicTest');
    if (state !== 'never started') {
      await running(clients.Producer!);
      await running(clients.PullConsumer!);
    }
    if (state === 'stopped') for (const client of Object.values(clients)) await cluster.run(client.stop());
    const results: Promise<unknown>[] = [];
    for (const [kind, names] of Object.entries(methods)) {
      for (const name of names) {
        for (const first of nonsense) {
          for (const second of [undefined, null, {}, 7, { timeoutMs: -1 }, { queue: null }, { select: 7 }]) {
            try {
              const method = (clients[kind] as unknown as Record<string, (...given: unknown[]) => unknown>)[name]!;
              results.push(Promise.resolve(method.call(clients[kind], first, second)).then(() => {}));
              results.at(-1)!.catch(() => {});
            } catch {
              // Thrown at once: the user sees it.
            }
          }
        }
      }
    }
    await cluster.run(Promise.allSettled(results), 600_000);
    assert.ok(results.length > 100, `${results.length} calls`);
  });
}

test('a message that is kept, spread, printed and compared after its consumer has stopped', async () => {
  await put(1);
  const pull = newPull({ serializer: json<string>() });
  pull.subscribe('TopicTest');
  await running(pull);
  const [message] = await cluster.run(pull.poll());
  await cluster.run(pull.stop());
  assert.ok(String(message).startsWith('MessageExt ['));
  assert.ok(JSON.stringify({ ...message }).includes('TopicTest'));
  assert.throws(() => message!.value, { code: 'BODY_UNDECODABLE' });
  assert.throws(() => createReplyMessage(message!, 'x'), { code: 'NOT_A_REQUEST' });
});

test('readers of the status that throw, that wait for ever, and that are never read', async () => {
  const consumer = newPush();
  consumer.subscribe('TopicTest');
  void consumer.status();
  const waits = consumer.status();
  void waits.next();
  void waits.next();
  const throws = (async () => {
    for await (const _ of consumer.status()) throw new Error('mine');
  })();
  throws.catch(() => {});
  await cluster.run(consumer.start(() => {}));
  await assert.rejects(throws, /mine/);
  await cluster.advance(1000);
});

test('two clients of one group and id, dead brokers, and stops while nothing answers', async () => {
  const first = newPush({ instanceName: 'same' });
  const second = newPush({ instanceName: 'same' });
  for (const consumer of [first, second]) consumer.subscribe('TopicTest');
  await cluster.run(Promise.allSettled([first.start(() => {}), second.start(() => {})]));
  cluster.broker('broker-a').kill();
  const pull = newPull();
  pull.subscribe('TopicTest');
  const starting = Promise.allSettled([pull.start()]);
  await cluster.advance(3000);
  await cluster.run(Promise.allSettled([first.stop(), second.stop(), pull.stop(), starting]));
});
