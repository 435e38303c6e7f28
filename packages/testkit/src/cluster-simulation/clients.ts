import type { MessageExt, MessageListener, Producer, PushConsumer } from '@rocketmq-ts/client';
import { sleep } from '@rocketmq-ts/kernel';
import type { Cluster } from '../cluster/index.ts';
import type { ClusterEvent } from './history.ts';
import { type ClusterSettings, GROUP, NEW_TOPIC, ORDERED_TOPIC, ORDERLY_GROUP, PLAIN_TOPIC } from './plan.ts';

/** A pause of producers and consumers that suits a short history, where their defaults are half a minute. */
const PERIODS = { pollNameServerIntervalMs: 5000, heartbeatIntervalMs: 5000, persistOffsetIntervalMs: 500 };

/** The topics that each group reads. */
export const SUBSCRIPTIONS: Readonly<Record<string, readonly string[]>> = {
  [GROUP]: [PLAIN_TOPIC, NEW_TOPIC, ORDERED_TOPIC],
  [ORDERLY_GROUP]: [ORDERED_TOPIC],
};

/** Producers and consumers of a run; what listeners get becomes events. */
export class Clients {
  readonly #cluster: Cluster;
  readonly #record: (event: ClusterEvent) => void;
  readonly #settings: ClusterSettings;
  readonly #producers = new Map<string, Producer>();
  readonly #consumers = new Map<string, PushConsumer>();

  constructor(cluster: Cluster, settings: ClusterSettings, record: (event: ClusterEvent) => void) {
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
    if (name.startsWith('producer')) await this.#joinProducer(name);
    else await this.#joinConsumer(name, name.startsWith('orderly') ? ORDERLY_GROUP : GROUP);
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

  async #joinProducer(name: string): Promise<void> {
    const options = { ...PERIODS, machine: name, producerGroup: 'producers', attemptTimeoutMs: 1500 };
    this.#producers.set(name, await this.#cluster.producer(options));
  }

  async #joinConsumer(name: string, group: string): Promise<void> {
    const topics = Object.fromEntries((SUBSCRIPTIONS[group] ?? []).map((topic) => [topic, '*']));
    const options = {
      ...PERIODS,
      machine: name,
      consumerGroup: group,
      topics,
      consumeFrom: 'FIRST_OFFSET',
      maxReconsumeTimes: this.#settings.maxReconsumeTimes,
    } as const;
    const { isAlive, listener } = this.#listenerOf(name, group);
    const consumer = await this.#cluster.consumer(options, listener);
    isAlive.of = (): boolean => this.#consumers.get(name) === consumer;
    this.#consumers.set(name, consumer);
  }

  /** Messages of a queue end in another order than they begin; an orderly group handles them one by one, so it is quicker. */
  #listenerMs({ queueOffset, queueId, reconsumeTimes }: MessageExt, group: string): number {
    const share = ((queueOffset * 7 + queueId * 5 + reconsumeTimes * 3) % 11) / 10;
    return Math.round((this.#settings.listenerMs * share) / (group === GROUP ? 1 : 8));
  }

  /** Fails as often as the message asks for, and takes a moment. What it does after the end of its process did not happen. */
  #listenerOf(
    member: string,
    group: string,
  ): { readonly isAlive: { of: () => boolean }; readonly listener: MessageListener } {
    const isAlive = { of: (): boolean => true };
    const handle = async (message: MessageExt): Promise<boolean> => {
      const atMs = this.#nowMs;
      const body = message.text();
      const [id = '', fails = ''] = body.split('|');
      await sleep(this.#cluster.clock, this.#listenerMs(message, group));
      const ok = message.reconsumeTimes >= Number(fails);
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
    if (group === GROUP) {
      const listener = async (message: MessageExt) => ((await handle(message)) ? 'CONSUME_SUCCESS' : 'RECONSUME_LATER');
      return { isAlive, listener };
    }
    const orderly = async ([message]: readonly MessageExt[]) =>
      (await handle(message!)) ? 'SUCCESS' : ('SUSPEND_CURRENT_QUEUE_A_MOMENT' as const);
    return { isAlive, listener: { orderly } };
  }
}
