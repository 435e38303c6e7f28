import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  ClientError,
  type ClientErrorCode,
  createReplyMessage,
  json,
  type MessageExt,
  Producer,
  PullConsumer,
  PushConsumer,
  type SchemaLike,
  type Serializer,
  selectByHash,
  TransactionProducer,
} from '@rocketmq-ts/client';
import { silentLogger } from '@rocketmq-ts/kernel';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';

/** Values in place of bytes, between our clients and our own broker. */
interface Order {
  readonly id: number;
  readonly items: readonly string[];
}

let cluster: Cluster;
let own: { stop(): Promise<void> }[];
const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);

beforeEach(async () => {
  process.on('unhandledRejection', onUnhandled);
  own = [];
  cluster = await startCluster({ seed: 43, topics: { Orders: 1 } });
});

afterEach(async () => {
  for (const client of own) await cluster.run(client.stop());
  await cluster.stop();
  process.off('unhandledRejection', onUnhandled);
  assert.deepEqual(unhandled.splice(0), []);
  assert.equal(cluster.clock.pendingTimers, 0);
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

async function orders(serializer: Serializer<Order> = json<Order>()): Promise<Producer<Order>> {
  const producer = owned(new Producer({ ...filled('sending'), producerGroup: 'orders', serializer }));
  await cluster.run(producer.start());
  return producer;
}

async function plain(): Promise<Producer> {
  const producer = owned(new Producer({ ...filled('plain'), producerGroup: 'plain' }));
  await cluster.run(producer.start());
  return producer;
}

const withCode = (code: ClientErrorCode, text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ClientError && error.code === code, String(error));
  assert.match(error.message, text);
  return true;
};

const consumerOf = (serializer: Serializer<Order>, changes = {}) =>
  owned(
    new PushConsumer({
      ...filled('client'),
      consumerGroup: 'billing',
      consumeFrom: 'FIRST_OFFSET',
      serializer,
      ...changes,
    }),
  );

test('values travel as JSON, one by one and in batches, and the listener finds them typed', async () => {
  const producer = await orders();
  await cluster.run(producer.send({ topic: 'Orders', body: { id: 1, items: ['é'] } }));
  const batch = [2, 3].map((id) => ({ topic: 'Orders', body: { id, items: [] } }));
  await cluster.run(producer.send(batch));
  await cluster.run(producer.sendOneway({ topic: 'Orders', body: { id: 4, items: [] } }));
  const got: Order[] = [];
  const consumer: PushConsumer<Order> = consumerOf(json<Order>());
  consumer.subscribe('Orders');
  await cluster.run(
    consumer.start((message) => {
      got.push(message.value);
      assert.equal(message.value, message.value, 'it is decoded once');
      assert.deepEqual(JSON.parse(message.text()), message.value);
    }),
  );
  await cluster.advance(1000);
  assert.deepEqual(
    got.sort((left, right) => left.id - right.id),
    [{ id: 1, items: ['é'] }, ...[2, 3, 4].map((id) => ({ id, items: [] }))],
  );
});

test('a body is not decoded unless its value is asked for, and the value is the body without a serializer', async () => {
  const producer = await plain();
  await cluster.run(producer.send({ topic: 'Orders', body: 'no JSON' }));
  let tried = 0;
  const serializer: Serializer<Order> = {
    serialize: () => '',
    deserialize: () => {
      tried++;
      throw new Error('no');
    },
  };
  const texts: string[] = [];
  const consumer = consumerOf(serializer);
  consumer.subscribe('Orders');
  await cluster.run(consumer.start((message) => void texts.push(message.text())));
  const other = owned(new PullConsumer({ ...filled('pull'), consumerGroup: 'raw', consumeFrom: 'FIRST_OFFSET' }));
  other.subscribe('Orders');
  await cluster.run(other.start());
  const [message] = await cluster.run(other.poll());
  assert.equal(message!.value, message!.body);
  assert.deepEqual([texts, tried], [['no JSON'], 0]);
});

test('a body that cannot be decoded is tried again and becomes a dead letter, as when the listener throws', async () => {
  const producer = await plain();
  await cluster.run(producer.send({ topic: 'Orders', body: '{"id":' }));
  const consumer = consumerOf(json<Order>(), { maxReconsumeTimes: 1 });
  consumer.subscribe('Orders');
  const dead: string[] = [];
  void (async () => {
    for await (const event of consumer.status()) if (event.type === 'deadLettered') dead.push(event.msgId);
  })();
  const errors: unknown[] = [];
  const ids: string[] = [];
  await cluster.run(
    consumer.start((message) => {
      ids.push(message.msgId);
      try {
        return void message.value.items;
      } catch (error) {
        errors.push(error);
        throw error;
      }
    }),
  );
  await cluster.advance(60_000);
  assert.equal(errors.length, 2);
  assert.deepEqual(dead, [ids[0]]);
  const [error] = errors as ClientError[];
  assert.equal(error!.code, 'BODY_UNDECODABLE');
  assert.ok(error!.cause instanceof SyntaxError);
  assert.match(error!.message, /^The body of message \w+ of topic Orders cannot be decoded: .*\. Correct the sender/);
  assert.deepEqual(error!.facts, {
    topic: 'Orders',
    brokerName: 'broker-a',
    queueId: 0,
    queueOffset: 0,
    msgId: ids[0],
  });
});

test('in a batch the listener may give up the one that cannot be decoded', async () => {
  const producer = await plain();
  const bodies = ['{"id":1}', '{', '{"id":3}'];
  await cluster.run(producer.send(bodies.map((body) => ({ topic: 'Orders', body }))));
  const got: number[] = [];
  const consumer = consumerOf(json<Order>(), { consumeMessageBatchMaxSize: 8 });
  consumer.subscribe('Orders');
  let calls = 0;
  await cluster.run(
    consumer.start({
      concurrently: (messages, context) => {
        calls++;
        for (const message of messages) {
          try {
            got.push(message.value.id);
          } catch {
            context.retry(message, -1);
          }
        }
      },
    }),
  );
  await cluster.advance(120_000);
  assert.deepEqual([got, calls], [[1, 3], 1]);
});

const evenIds = (validate: (value: unknown) => unknown = checkEven): SchemaLike<Order> => ({
  '~standard': { version: 1, vendor: 'test', validate: validate as SchemaLike<Order>['~standard']['validate'] },
});

function checkEven(value: unknown): unknown {
  const { id } = value as Order;
  if (id % 2 === 0) return { value: { id, items: ['by the schema'] } };
  const path = ['order', { key: 'id' }];
  return { issues: [{ message: 'is odd', path }, { message: 'second' }, { message: 'third' }, { message: 'fourth' }] };
}

async function received(body: string | Uint8Array, serializer: Serializer<Order>): Promise<MessageExt<Order>> {
  const producer = await plain();
  await cluster.run(producer.send({ topic: 'Orders', body }));
  const consumer = owned(
    new PullConsumer({ ...filled('pull'), consumerGroup: 'raw', consumeFrom: 'FIRST_OFFSET', serializer }),
  );
  consumer.subscribe('Orders');
  await cluster.run(consumer.start());
  const [message] = await cluster.run(consumer.poll());
  return message!;
}

test('a received value is what the schema makes of it', async () => {
  const message = await received('{"id":2}', json(evenIds()));
  assert.deepEqual(message.value, { id: 2, items: ['by the schema'] });
});

test('what the schema refuses cannot be decoded, and the error names the first three places', async () => {
  const message = await received('{"id":1}', json(evenIds()));
  assert.throws(
    () => message.value,
    withCode('BODY_UNDECODABLE', /the schema refuses it: order\.id: is odd; second; third\. Correct/),
  );
});

const badDeserializers: Record<string, readonly [Serializer<Order>, RegExp, (string | Uint8Array)?]> = {
  'a schema that answers later': [json(evenIds(async () => Promise.reject(new Error('late')))), /must answer at once/],
  'a schema that throws': [
    json(
      evenIds(() => {
        throw new Error('broken schema');
      }),
    ),
    /broken schema/,
  ],
  'a serializer that gives a promise': [
    { serialize: () => '', deserialize: (async () => Promise.reject(new Error('late'))) as never },
    /gave a promise/,
  ],
  'a serializer that asks for the value itself': [
    { serialize: () => '', deserialize: (_body, message) => message.value as Order },
    /call stack/i,
  ],
  'bytes that are no UTF-8': [json<Order>(), /encoded data was not valid/, Buffer.from([0x22, 0xff, 0x22])],
};

for (const [name, [serializer, text, body = '{"id":1}']] of Object.entries(badDeserializers)) {
  test(`${name}: the value throws, with the reason`, async () => {
    const message = await received(body, serializer);
    assert.throws(() => message.value, withCode('BODY_UNDECODABLE', text));
  });
}

const badSerializers: Record<string, readonly [(value: Order) => unknown, RegExp]> = {
  'one that throws': [() => assert.fail('not this one'), /The serializer threw .* topic Orders: not this one\. Send/],
  'one that throws no error': [
    () => {
      throw null;
    },
    /threw at the body of a message to topic Orders: null\./,
  ],
  'one that gives nothing': [() => undefined, /gave nothing for the body/],
  'one that gives a number': [() => 7, /gave number for the body/],
  'one that gives a promise': [() => Promise.reject(new Error('late')), /gave a promise/],
};

for (const [name, [serialize, text]] of Object.entries(badSerializers)) {
  test(`a serializer, ${name}: sends reject, and nothing is sent`, async () => {
    const serializer = { serialize, deserialize: json<Order>().deserialize } as unknown as Serializer<Order>;
    const producer = await orders(serializer);
    const message = { topic: 'Orders', body: { id: 1, items: [] } };
    for (const send of [
      (): Promise<unknown> => producer.send(message),
      () => producer.send([message]),
      () => producer.sendOneway(message),
      () => producer.request(message),
    ]) {
      await assert.rejects(cluster.run(send()), withCode('BODY_UNENCODABLE', text));
    }
    assert.throws(() => producer.requireSendable(message), withCode('BODY_UNENCODABLE', text));
  });
}

test('a value that JSON knows nothing of is refused, and no message at all as without a serializer', async () => {
  const producer = owned(
    new Producer({ ...filled('sending'), producerGroup: 'orders', serializer: json<bigint | undefined>() }),
  );
  await cluster.run(producer.start());
  await assert.rejects(producer.send({ topic: 'Orders', body: 1n }), withCode('BODY_UNENCODABLE', /BigInt/));
  await assert.rejects(producer.send({ topic: 'Orders', body: undefined }), withCode('BODY_UNENCODABLE', /nothing/));
  await assert.rejects(producer.send(null as never), withCode('MESSAGE_ILLEGAL', /not null/));
});

test('a selector sees the value, not the bytes', async () => {
  await cluster.createTopic('Wide', 4);
  const producer = await orders();
  const result = await cluster.run(
    producer.send({ topic: 'Wide', body: { id: 3, items: [] } }, { select: (queues, { body }) => queues[body.id] }),
  );
  assert.equal(result.messageQueue.queueId, 3);
  await cluster.run(producer.send({ topic: 'Wide', body: { id: 3, items: [] } }, { select: selectByHash('key') }));
});

test('requests and replies have values too; what the requester gets is bytes', async () => {
  await cluster.advance(1000);
  const producer = await orders();
  const replies = owned(
    new Producer({ ...filled('answering'), producerGroup: 'r', serializer: json<{ sum: number }>() }),
  );
  await cluster.run(replies.start());
  const consumer = consumerOf(json<Order>());
  consumer.subscribe('Orders');
  await cluster.run(
    consumer.start(async (message) => {
      await replies.send(createReplyMessage(message, { sum: message.value.id + 1 }));
    }),
  );
  const reply = await cluster.run(
    producer.request({ topic: 'Orders', body: { id: 1, items: [] } }, { timeoutMs: 5000 }),
  );
  assert.equal(reply.text(), '{"sum":2}');
});

test('a transaction and its check have values', async () => {
  const checked: number[] = [];
  const producer = owned(
    new TransactionProducer({
      ...filled('sending'),
      producerGroup: 'orders',
      serializer: json<Order>(),
      topics: ['Orders'],
      check: async (message) => {
        checked.push(message.value.id);
        return 'COMMIT';
      },
    }),
  );
  await cluster.run(producer.start());
  let seen: Order | undefined;
  const message = { topic: 'Orders', body: { id: 5, items: [] } };
  await cluster.run(
    producer.sendInTransaction(message, async ({ body }) => {
      seen = body;
      return 'UNKNOWN';
    }),
  );
  assert.equal(seen, message.body);
  await cluster.advance(120_000);
  assert.deepEqual(checked, [5]);
});

test('a serializer without the method that is needed is refused', () => {
  const bad = { serialize: 7 } as never;
  const namesrvAddr = 'localhost:9876';
  const refused = withCode('OPTION_ILLEGAL', /The option serializer has no method/);
  assert.throws(() => new Producer({ namesrvAddr, producerGroup: 'g', serializer: bad }), refused);
  assert.throws(() => new PushConsumer({ namesrvAddr, consumerGroup: 'g', serializer: bad }), refused);
  assert.throws(() => new PullConsumer({ namesrvAddr, consumerGroup: 'g', serializer: bad }), refused);
  // @ts-expect-error a consumer of orders needs a serializer
  assert.ok(new PushConsumer<Order>({ namesrvAddr, consumerGroup: 'g' }));
  // @ts-expect-error so does a producer
  assert.ok(new Producer<Order>({ namesrvAddr, producerGroup: 'g' }));
});

test('fields of a message cannot be assigned, by its type', async () => {
  const message = await received('{"id":1}', json<Order>());
  const unused = (): void => {
    // @ts-expect-error
    message.topic = 'x';
    // @ts-expect-error
    message.reconsumeTimes = 1;
    // @ts-expect-error
    message.consumeStartMs = 1;
    // @ts-expect-error
    message.body = Buffer.alloc(0);
    // @ts-expect-error
    message.value = { id: 1, items: [] };
    // @ts-expect-error
    message.properties.set('a', 'b');
    // @ts-expect-error
    message.keys.push('a');
  };
  assert.equal(typeof unused, 'function');
});
