import assert from 'node:assert/strict';
import {
  type LocalTransactionState,
  Producer,
  PushConsumer,
  silentLogger,
  TransactionProducer,
} from '@rocketmq-ts/client';
import {
  createSubscriptionGroupConfig,
  decodeConsumerOffsetSerializeWrapper,
  encodeSubscriptionGroupConfig,
  GET_ALL_CONSUMER_OFFSET,
  QUERY_CONSUMER_OFFSET,
  ResponseCode,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
  UPDATE_CONSUMER_OFFSET,
} from '@rocketmq-ts/protocol';
import { asked } from './broker-under-test.ts';
import { until } from './until.ts';

const TOPIC = 'Pending';
const EACH = 4;
/** Longest wait for what was pending, and for progress: Apache's slave follows it from a minute after its start on. */
const PENDING_MS = 60_000;
/** Of a group that does not run meanwhile, in a queue that has messages: ours is never ahead of its log. */
const PROGRESS = { consumerGroup: 'absent', topic: 'Replaced', queueId: 0 } as const;

/** Properties of a broker of which messages are pending: they are due long enough after their send for a change of roles. */
export const PENDING_PROPERTIES = {
  ...{ messageDelayLevel: '15s', transactionTimeOut: 15_000, transactionCheckInterval: 3000 },
} as const;

/** Delayed messages, timers and open transactions at a master, and a consumer that waits for them; a group's progress. */
export class PendingMessages {
  readonly #producer: Producer;
  readonly #transactions: TransactionProducer;
  readonly #consumer: PushConsumer;
  readonly #left: string[] = [];
  readonly #got = new Set<string>();
  #answer: LocalTransactionState = 'UNKNOWN';
  #progress = 0;

  constructor(namesrvAddr: string) {
    const common = { namesrvAddr, pollNameServerIntervalMs: 500, heartbeatIntervalMs: 1000, logger: silentLogger };
    this.#producer = new Producer({ ...common, producerGroup: 'pending' });
    this.#transactions = new TransactionProducer({
      ...{ ...common, producerGroup: 'pending_transactions' },
      check: async () => this.#answer,
    });
    this.#consumer = new PushConsumer({ ...common, consumerGroup: 'pending', consumeFrom: 'FIRST_OFFSET' });
  }

  /** Makes the topic too, by a message. */
  async start(): Promise<void> {
    await this.#producer.start();
    await this.#transactions.start();
    await this.#producer.send({ topic: TOPIC, body: 'first' });
    this.#left.push('first');
    this.#consumer.subscribe(TOPIC);
    await this.#consumer.start((message) => void this.#got.add(message.text()));
  }

  /** The slave has the progress that the master has of a group. */
  async progressFollows(master: string, slave: string): Promise<void> {
    this.#progress += 1;
    const header = { ...PROGRESS, commitOffset: this.#progress };
    const group = encodeSubscriptionGroupConfig(createSubscriptionGroupConfig(PROGRESS.consumerGroup));
    // Apache's broker takes no progress of a group that it does not know.
    const codes = await asked(master, async (broker) => [
      (await broker.ask(UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, {}, group)).code,
      (await broker.ask(UPDATE_CONSUMER_OFFSET, header)).code,
    ]);
    assert.deepEqual(codes, [ResponseCode.SUCCESS, ResponseCode.SUCCESS]);
    const follows = async (): Promise<boolean> => {
      const { code, body } = await asked(slave, (broker) => broker.ask(GET_ALL_CONSUMER_OFFSET, {}));
      if (code !== ResponseCode.SUCCESS) return false;
      const { offsetTable } = decodeConsumerOffsetSerializeWrapper(body);
      return offsetTable.get(`${PROGRESS.topic}@${PROGRESS.consumerGroup}`)?.get(PROGRESS.queueId) === this.#progress;
    };
    await until('the slave has the progress of a group', follows, PENDING_MS);
  }

  /** The broker continues where its former master was. */
  async progressIsAt(master: string): Promise<void> {
    const { header } = await asked(master, (broker) => broker.ask(QUERY_CONSUMER_OFFSET, PROGRESS));
    assert.equal(header.offset, this.#progress, 'progress of a group that did not run');
  }

  /** Messages of each kind at the master that name servers know. Their ends are unknown until `end`. */
  async leave(name: string): Promise<void> {
    this.#answer = 'UNKNOWN';
    for (let index = 0; index < EACH; index++) {
      const [delayed, timer, transaction] = ['delayed', 'timer', 'transaction'].map(
        (kind) => `${name} ${kind} ${index}`,
      );
      await this.#producer.send({ topic: TOPIC, body: delayed!, delayLevel: 1 });
      await this.#producer.send({ topic: TOPIC, body: timer!, delayMs: 15_000 });
      await this.#transactions.sendInTransaction({ topic: TOPIC, body: transaction! }, async () => 'UNKNOWN');
      this.#left.push(delayed!, timer!, transaction!);
    }
  }

  /** Transactions are committed when their producer is asked; waits until everything came that was left. */
  async end(): Promise<void> {
    this.#answer = 'COMMIT';
    const missing = (): string[] => this.#left.filter((body) => !this.#got.has(body));
    await until('what was pending comes', () => missing().length === 0, PENDING_MS).catch(() => {});
    assert.deepEqual(missing(), [], 'what was pending at the former master');
  }

  async stop(): Promise<void> {
    await Promise.all([this.#producer.stop(), this.#transactions.stop(), this.#consumer.stop()]);
  }
}
