import {
  createReplyMessage,
  type MessageExt,
  type MessageListener,
  type Producer,
  type PullConsumer,
  type PushConsumer,
  sql,
} from '@rocketmq-ts/client';
import { sleep } from '@rocketmq-ts/kernel';
import type { Cluster } from '../cluster/index.ts';
import type { ClusterEvent } from './history.ts';
import {
  ATTEMPT_TIMEOUT_MS,
  BROADCAST_GROUP,
  type ClusterSettings,
  type ConsumerGroup,
  consumerGroups,
  EXPRESSION,
  GROUP,
  ORDERLY_GROUP,
  PLAIN_TOPIC,
  PULL_GROUP,
  REPLY_GROUP,
  replyTo,
  SQL_GROUP,
} from './plan.ts';
import type { Transactions } from './transactions.ts';

/** A pause of producers and consumers that suits a short history, where their defaults are half a minute. */
const PERIODS = { pollNameServerIntervalMs: 5000, heartbeatIntervalMs: 5000, persistOffsetIntervalMs: 500 };

/** Producers and consumers of a run; what listeners get becomes events. */
export class Clients {
  readonly #cluster: Cluster;
  readonly #record: (event: ClusterEvent) => void;
  readonly #settings: ClusterSettings;
  readonly #transactions: Transactions;
  readonly #producers = new Map<string, Producer>();
  readonly #consumers = new Map<string, PushConsumer | PullConsumer>();

  constructor(
    cluster: Cluster,
    settings: ClusterSettings,
    transactions: Transactions,
    record: (event: ClusterEvent) => void,
  ) {
    this.#transactions = transactions;
    this.#cluster = cluster;
    this.#settings = settings;
    this.#record = record;
  }

  /** Undefined while it does not run. */
  producer(name: string): Producer | undefined {
    return this.#producers.get(name);
  }

  isRunning(name: string): boolean {
    return this.#producers.has(name) || this.#consumers.has(name);
  }

  async join(name: string): Promise<void> {
    if (this.isRunning(name)) return;
    this.#record({ do: 'started', atMs: this.#nowMs, machine: name });
    const group = consumerGroups.find(({ prefix }) => name.startsWith(prefix));
    if (group === undefined) this.#producers.set(name, await this.#newProducer(name));
    else if (group.group === PULL_GROUP) await this.#joinPuller(name, group);
    else await this.#joinConsumer(name, group);
  }

  async leave(name: string, how: 'kill' | 'stop'): Promise<void> {
    const client = this.#producers.get(name) ?? this.#consumers.get(name);
    if (client === undefined) return;
    if (how === 'kill') this.#cluster.killClient(client);
    else await this.#cluster.stopClient(client);
    this.#producers.delete(name);
    this.#consumers.delete(name);
    this.#record({ do: 'ended', atMs: this.#nowMs, machine: name, how });
  }

  get #nowMs(): number {
    return this.#cluster.clock.monotonicMs();
  }

  async #newProducer(name: string): Promise<Producer> {
    const { autoBatch } = this.#settings;
    const options = { ...PERIODS, machine: name, attemptTimeoutMs: ATTEMPT_TIMEOUT_MS, autoBatch };
    if (name.startsWith('producer')) return await this.#cluster.producer({ ...options, producerGroup: 'producers' });
    return await this.#cluster.transactionProducer({
      ...options,
      producerGroup: 'committers',
      topics: [PLAIN_TOPIC],
      check: async (message) => this.#transactions.check(message),
    });
  }

  async #joinConsumer(name: string, { group, topics }: ConsumerGroup): Promise<void> {
    const expression = group === SQL_GROUP ? sql(EXPRESSION) : '*';
    const options = {
      ...PERIODS,
      machine: name,
      consumerGroup: group,
      topics: Object.fromEntries(topics.map((topic) => [topic, expression])),
      consumeFrom: 'FIRST_OFFSET',
      maxReconsumeTimes: this.#settings.maxReconsumeTimes,
      ...(group === BROADCAST_GROUP ? { model: 'BROADCASTING' as const, localOffsetDirectory: '/offsets' } : {}),
    } as const;
    const { isAlive, listener } = this.#listenerOf(name, group);
    const consumer = await this.#cluster.consumer(options, listener);
    isAlive.of = (): boolean => this.#consumers.get(name) === consumer;
    this.#consumers.set(name, consumer);
  }

  /** A loop over the messages; it ends with the process of the consumer. */
  async #joinPuller(name: string, { group, topics }: ConsumerGroup): Promise<void> {
    const consumer = await this.#cluster.pullConsumer({
      ...PERIODS,
      machine: name,
      consumerGroup: group,
      topics: Object.fromEntries(topics.map((topic) => [topic, '*'])),
      consumeFrom: 'FIRST_OFFSET',
      autoCommitIntervalMs: 1000,
      pullBatchSize: 4,
    });
    const isAlive = { of: (): boolean => this.#consumers.get(name) === consumer };
    this.#consumers.set(name, consumer);
    const handle = this.#handlerOf(name, group, isAlive);
    // What it rejects with is a defect, and found as one.
    void (async () => {
      for await (const message of consumer) await handle(message);
    })();
  }

  /** Messages of a queue end in another order than they begin; those that handle them one by one are quicker. */
  #listenerMs({ queueOffset, queueId, reconsumeTimes }: MessageExt, group: string): number {
    const share = ((queueOffset * 7 + queueId * 5 + reconsumeTimes * 3) % 11) / 10;
    return Math.round((this.#settings.listenerMs * share) / (group === GROUP ? 1 : group === PULL_GROUP ? 2 : 8));
  }

  /** Fails as often as the message asks for, and takes a moment. What it does after the end of its process did not happen. */
  #listenerOf(
    member: string,
    group: string,
  ): { readonly isAlive: { of: () => boolean }; readonly listener: MessageListener } {
    const isAlive = { of: (): boolean => true };
    const handle = this.#handlerOf(member, group, isAlive);
    if (group !== ORDERLY_GROUP) {
      const listener = async (message: MessageExt) => {
        if (group === REPLY_GROUP) this.#reply(message);
        return (await handle(message)) ? 'CONSUME_SUCCESS' : 'RECONSUME_LATER';
      };
      return { isAlive, listener };
    }
    const orderly = async ([message]: readonly MessageExt[]) =>
      (await handle(message!)) ? 'SUCCESS' : ('SUSPEND_CURRENT_QUEUE_A_MOMENT' as const);
    return { isAlive, listener: { orderly } };
  }

  /** Resolves with whether the message was handled; nothing brings one again that a loop has passed, so those always are. */
  #handlerOf(
    member: string,
    group: string,
    isAlive: { readonly of: () => boolean },
  ): (message: MessageExt) => Promise<boolean> {
    return async (message) => {
      const atMs = this.#nowMs;
      const body = message.text();
      const [id = '', fails = ''] = body.split('|');
      await sleep(this.#cluster.clock, this.#listenerMs(message, group));
      const ok = group === PULL_GROUP || message.reconsumeTimes >= Number(fails);
      if (!isAlive.of()) return ok;
      this.#record({
        do: 'handled',
        atMs,
        endMs: this.#nowMs,
        group,
        member,
        id,
        topic: message.topic,
        body,
        broker: message.brokerName,
        queueId: message.queueId,
        queueOffset: message.queueOffset,
        times: message.reconsumeTimes,
        retried: message.properties.has('RETRY_TOPIC'),
        ok,
      });
      return ok;
    };
  }

  /** By any producer that runs: the broker knows the requester by the reply's properties. */
  #reply(request: MessageExt): void {
    const producer = [...this.#producers.values()].at(-1);
    // The requester hears nothing, and gives up.
    producer?.send(createReplyMessage(request, replyTo(request.text()))).catch(() => {});
  }
}
