import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  type ClientInstrumentation,
  type MessageListener,
  Producer,
  PullConsumer,
  PushConsumer,
  TransactionProducer,
} from '@rocketmq-ts/client';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';

let cluster: Cluster;
let seen: string[];
beforeEach(async () => {
  seen = [];
  cluster = await startCluster({ topics: { Watched: 1 } });
});
afterEach(async () => {
  await cluster.stop();
  assert.equal(cluster.clock.pendingTimers, 0);
});

const common = (machine: string, instrumentation: ClientInstrumentation = watching) => ({
  namesrvAddr: cluster.namesrvAddr,
  platform: cluster.environment.machine(machine),
  instanceName: machine,
  logger: { warn: (sentence: string) => void seen.push(`warning: ${sentence}`), error: () => {} },
  instrumentation,
});

/** Writes down what it is called with. */
const watching: ClientInstrumentation = {
  sending: ({ operation, topic, messages, producerGroup, clientId }) => {
    assert.match(clientId!, /@producer$/);
    seen.push(`${producerGroup}: ${operation} ${messages.length} to ${topic}`);
    return {
      properties: { added: 'yes' },
      ended: ({ result, error }) => {
        const what = result === undefined ? 'nothing' : 'sendStatus' in result ? result.sendStatus : result.text();
        seen.push(`ended: ${error instanceof Error ? error.constructor.name : what}`);
      },
    };
  },
  processing: ({ messages, messageQueue, consumerGroup, model }) => {
    const added = messages[0]!.properties.get('added');
    seen.push(`${consumerGroup}: ${messages.length} of ${messageQueue.topic}, ${model}, added ${added}`);
    return {
      run: (listener) => {
        seen.push('before');
        const answer = listener();
        seen.push('after');
        return answer;
      },
      ended: ({ failed, error }) => seen.push(`${failed} failed: ${error instanceof Error ? error.message : error}`),
    };
  },
  received: ({ messages, consumerGroup }, tookMs) => {
    assert.ok(tookMs >= 0);
    seen.push(`${consumerGroup}: received ${messages.map((each) => each.text())}`);
  },
  settling: ({ message, delayLevel, messageQueue }) => {
    const added = message.property('added');
    seen.push(
      `giving back a message of ${message.topic} and ${messageQueue.brokerName}, level ${delayLevel}, added ${added}`,
    );
    return (error) => seen.push(`given back: ${error}`);
  },
};

async function producer(instrumentation?: ClientInstrumentation): Promise<Producer> {
  const made = new Producer({ ...common('producer', instrumentation), producerGroup: 'sending' });
  await cluster.run(made.start());
  return made;
}

async function consumer(listener: MessageListener, instrumentation?: ClientInstrumentation): Promise<PushConsumer> {
  const made = new PushConsumer({
    ...common('consumer', instrumentation),
    consumerGroup: 'getting',
    consumeFrom: 'FIRST_OFFSET',
  });
  made.subscribe('Watched');
  await cluster.run(made.start(listener));
  return made;
}

/** All but what is about sends. */
const consumed = (): string[] => seen.filter((line) => !/^(sending|ended)/.test(line));

const message = { topic: 'Watched', body: 'b' };

test('each kind of send is followed from its call to its end', async () => {
  const sending = await producer();
  await cluster.run(sending.send(message));
  await cluster.run(sending.send([message, message]));
  await cluster.run(sending.sendOneway(message));
  await assert.rejects(cluster.run(sending.request(message, { timeoutMs: 100 })), { code: 'REPLY_TIMEOUT' });
  await assert.rejects(cluster.run(sending.send({ topic: 'Watched', body: '' })), { code: 'MESSAGE_ILLEGAL' });
  await cluster.run(sending.stop());
  assert.deepEqual(seen, [
    ...['sending: send 1 to Watched', 'ended: SEND_OK', 'sending: send 2 to Watched', 'ended: SEND_OK'],
    ...['sending: sendOneway 1 to Watched', 'ended: nothing', 'sending: request 1 to Watched', 'ended: ClientError'],
    ...['sending: send 1 to Watched', 'ended: ClientError'],
  ]);
});

test('a transaction is followed as one send', async () => {
  const sending = new TransactionProducer({
    ...common('producer'),
    producerGroup: 'sending',
    check: async () => 'UNKNOWN',
  });
  await cluster.run(sending.start());
  await cluster.run(sending.sendInTransaction(message, async () => 'COMMIT'));
  await cluster.run(sending.stop());
  assert.deepEqual(seen, ['sending: sendInTransaction 1 to Watched', 'ended: SEND_OK']);
});

test('a message of a class with getters arrives with what the instrumentation adds', async () => {
  class OrderMessage {
    readonly #id = 7;
    get topic(): string {
      return 'Watched';
    }
    get body(): string {
      return `order ${this.#id}`;
    }
    get properties(): Record<string, string> {
      return Object.freeze({ own: 'kept' });
    }
  }
  const received: (string | undefined)[] = [];
  const getting = await consumer(({ properties, body }) => {
    received.push(`${body}`, properties.get('own'), properties.get('added'));
  });
  const sending = await producer();
  await cluster.run(sending.send(Object.freeze(new OrderMessage())));
  await cluster.advance(1000);
  assert.deepEqual(received, ['order 7', 'kept', 'yes']);
  await cluster.run(getting.stop());
  await cluster.run(sending.stop());
});

test('what is no message is refused as ever, and is not followed', async () => {
  const sending = await producer();
  await assert.rejects(sending.send(undefined as never), { code: 'MESSAGE_ILLEGAL' });
  await assert.rejects(sending.send([null] as never), { code: 'MESSAGE_ILLEGAL' });
  await cluster.run(sending.stop());
  assert.deepEqual(seen, []);
});

test('listener calls and messages that are given back are followed, with the properties that a send added', async () => {
  let fails = 1;
  const getting = await consumer(() => {
    if (fails-- > 0) throw new Error('not now');
  });
  const sending = await producer();
  await cluster.run(sending.send(message));
  await cluster.advance(1000);
  assert.deepEqual(consumed(), [
    ...['getting: 1 of Watched, CLUSTERING, added yes', 'before', 'after'],
    'warning: [rocketmq] the listener threw; its messages come again later',
    '1 failed: not now',
    'giving back a message of Watched and broker-a, level 0, added yes',
    'given back: undefined',
  ]);
  await cluster.run(getting.stop());
  await cluster.run(sending.stop());
});

test('calls of an ordered listener are followed', async () => {
  const getting = await consumer({ orderly: () => 'SUSPEND_CURRENT_QUEUE_A_MOMENT' });
  const sending = await producer();
  await cluster.run(sending.send(message));
  await cluster.advance(500);
  await cluster.run(getting.stop());
  await cluster.run(sending.stop());
  assert.deepEqual(consumed().slice(0, 4), [
    ...['getting: 1 of Watched, CLUSTERING, added yes', 'before', 'after', '1 failed: undefined'],
  ]);
});

test('what a pull consumer polls is followed', async () => {
  const sending = await producer();
  await cluster.run(sending.send(message));
  const polling = new PullConsumer({ ...common('polling'), consumerGroup: 'polling', consumeFrom: 'FIRST_OFFSET' });
  polling.subscribe('Watched');
  await cluster.run(polling.start());
  seen.length = 0;
  assert.equal((await cluster.run(polling.poll())).length, 1);
  assert.deepEqual(seen, ['polling: received b']);
  await cluster.run(polling.stop());
  await cluster.run(sending.stop());
});

test('an instrumentation that throws, or calls no listener, changes nothing but the log', async () => {
  const broken = (): never => {
    throw new Error('broken');
  };
  const handled: string[] = [];
  const throwing = { sending: broken, processing: broken, received: broken, settling: broken };
  const getting = await consumer((one) => void handled.push(one.text()), throwing);
  const sending = await producer({ sending: () => ({ ended: broken }) });
  await cluster.run(sending.send(message));
  await cluster.advance(1000);
  await cluster.run(getting.stop());
  const idle = await consumer((one) => void handled.push(one.text()), {
    processing: () => ({ run: () => undefined as never, ended: () => {} }),
  });
  await cluster.run(sending.send(message));
  await cluster.advance(1000);
  await cluster.run(idle.stop());
  await cluster.run(sending.stop());
  assert.deepEqual(handled, ['b', 'b']);
  assert.equal(new Set(seen).size, 1);
  assert.match(seen[0]!, /the instrumentation threw/);
});
