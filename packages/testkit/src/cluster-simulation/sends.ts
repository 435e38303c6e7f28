import { type Message, type SendResult, selectByHash, type TransactionProducer } from '@rocketmq-ts/client';
import { sleep } from '@rocketmq-ts/kernel';
import type { Cluster } from '../cluster/index.ts';
import type { Clients } from './clients.ts';
import type { ClusterEvent } from './history.ts';
import {
  type ClusterAction,
  type ClusterSettings,
  ORDERED_TOPIC,
  PLAIN_TOPIC,
  propertiesOf,
  REQUEST_TOPIC,
} from './plan.ts';
import type { Transactions } from './transactions.ts';

type Of<Name extends ClusterAction['do']> = Extract<ClusterAction, { do: Name }>;

const REQUEST_TIMEOUT_MS = 8000;

/** What the steps of a plan send; questions and answers become events. */
export class Sends {
  readonly #cluster: Cluster;
  readonly #clients: Clients;
  readonly #transactions: Transactions;
  readonly #settings: ClusterSettings;
  readonly #delayLevelsMs: readonly number[];
  readonly #record: (event: ClusterEvent) => void;
  /** Of timer messages, by the number of their step. */
  readonly #handles = new Map<string, { readonly id: string; readonly topic: string; readonly handle: string }[]>();

  constructor(parts: {
    readonly cluster: Cluster;
    readonly clients: Clients;
    readonly transactions: Transactions;
    readonly settings: ClusterSettings;
    readonly delayLevelsMs: readonly number[];
    readonly record: (event: ClusterEvent) => void;
  }) {
    this.#cluster = parts.cluster;
    this.#clients = parts.clients;
    this.#transactions = parts.transactions;
    this.#settings = parts.settings;
    this.#delayLevelsMs = parts.delayLevelsMs;
    this.#record = parts.record;
  }

  /** Resolves when nothing more is sent; most answers come later. */
  async perform(number: string, action: Of<'send' | 'order' | 'transaction' | 'recall' | 'request'>): Promise<void> {
    const ids = 'count' in action ? Array.from({ length: action.count }, (_, index) => `${number}.${index}`) : [];
    switch (action.do) {
      case 'send':
        if (action.list === true) return void this.#sendList(ids, action);
        for (const id of ids) void this.#sendOne(id, action);
        return;
      case 'order':
        return void this.#sendInOrder(ids, action);
      case 'transaction':
        for (const id of ids) void this.#transact(id, action);
        return;
      case 'recall':
        for (const each of this.#handles.get(`${action.of}`) ?? []) void this.#recall(action.producer, each);
        return;
      case 'request':
        for (const id of ids) void this.#request(id, action);
    }
  }

  get #nowMs(): number {
    return this.#cluster.clock.monotonicMs();
  }

  async #sendInOrder(ids: readonly string[], { producer, key, fails = 0 }: Of<'order'>): Promise<void> {
    const sequence = `${ids[0]?.split('.')[0]} by ${producer}`;
    for (const id of ids) {
      const body = `${id}|${fails}|`;
      await this.#ask([id], producer, [{ topic: ORDERED_TOPIC, body, keys: id }], { fails, sequence }, key);
    }
  }

  async #sendOne(id: string, action: Of<'send'>): Promise<void> {
    const { level, delayMs, fails = 0 } = action;
    const message = { ...this.#messageOf(id, action), delayLevel: level, delayMs };
    const levelMs = level === undefined ? 0 : this.#delayLevelsMs[level - 1]!;
    const facts = { fails, delayMs: delayMs ?? levelMs, ...(delayMs === undefined ? {} : { timer: true }) };
    const result = await this.#ask([id], action.producer, [message], facts);
    if (result?.recallHandle === undefined) return;
    const number = id.split('.')[0]!;
    const known = this.#handles.get(number) ?? [];
    this.#handles.set(number, [...known, { id, topic: action.topic, handle: result.recallHandle }]);
  }

  async #sendList(ids: readonly string[], action: Of<'send'>): Promise<void> {
    const messages = ids.map((id) => this.#messageOf(id, action));
    await this.#ask(ids, action.producer, messages, { fails: action.fails ?? 0 });
  }

  #messageOf(id: string, { topic, bytes, fails = 0 }: Of<'send'>): Message & { readonly body: string } {
    return { topic, body: `${id}|${fails}|`.padEnd(bytes, '.'), keys: id, properties: propertiesOf(id) };
  }

  /** Sends one message, or a list; resolves when the producer has an answer, or has given up. */
  async #ask(
    ids: readonly string[],
    producerName: string,
    messages: readonly (Message & { readonly body: string })[],
    facts: { readonly fails: number; readonly delayMs?: number; readonly timer?: boolean; readonly sequence?: string },
    key?: number,
  ): Promise<SendResult | undefined> {
    const producer = this.#clients.producer(producerName);
    if (producer === undefined) return undefined;
    for (const [index, { topic, body }] of messages.entries())
      this.#record({ do: 'asked', atMs: this.#nowMs, id: ids[index]!, topic, body, delayMs: 0, ...facts });
    try {
      const call = key === undefined ? {} : { select: selectByHash(key) };
      const result = await producer.send(messages.length === 1 ? messages[0]! : messages, call);
      const { messageQueue, queueOffset, sendStatus } = result;
      const { brokerName: broker, queueId } = messageQueue;
      const flushed = this.#settings.flush === 'SYNC_FLUSH' && sendStatus === 'SEND_OK';
      const replicated = this.#settings.waitsForSlave === true && sendStatus === 'SEND_OK';
      for (const [index, id] of ids.entries()) {
        const place = { broker, queueId, queueOffset: queueOffset + index };
        this.#record({
          do: 'acknowledged',
          atMs: this.#nowMs,
          id,
          ...place,
          flushed,
          ...(replicated && { replicated }),
        });
      }
      return result;
    } catch (error) {
      for (const id of ids) this.#unanswered(id, error);
      return undefined;
    }
  }

  #unanswered(id: string, error: unknown): void {
    this.#record({ do: 'unanswered', atMs: this.#nowMs, id, why: error instanceof Error ? error.message : '' });
  }

  async #transact(id: string, { producer: name, ends, later, fails = 0 }: Of<'transaction'>): Promise<void> {
    const producer = this.#clients.producer(name) as TransactionProducer | undefined;
    if (producer === undefined) return;
    const isAlive = (): boolean => this.#clients.producer(name) === producer;
    const body = `${id}|${fails}|`;
    const asked = { id, topic: PLAIN_TOPIC, body, delayMs: 0, fails, transaction: true };
    this.#record({ do: 'asked', atMs: this.#nowMs, ...asked });
    const transaction = this.#transactions.begin(id, later, isAlive);
    try {
      const result = await producer.sendInTransaction(
        { topic: PLAIN_TOPIC, body, keys: id, properties: propertiesOf(id) },
        async () => {
          if (isAlive()) this.#record({ do: 'prepared', atMs: this.#nowMs, id });
          await sleep(this.#cluster.clock, this.#settings.listenerMs / 2);
          if (ends === 'UNKNOWN') transaction.leaveOpen();
          return ends === 'UNKNOWN' ? ends : transaction.decide(ends);
        },
      );
      if (result.localTransactionState === 'ROLLBACK') transaction.decide('ROLLBACK');
    } catch (error) {
      this.#unanswered(id, error);
      transaction.decide('ROLLBACK');
    }
  }

  async #recall(
    name: string,
    { id, topic, handle }: { readonly id: string; readonly topic: string; readonly handle: string },
  ): Promise<void> {
    const producer = this.#clients.producer(name);
    if (producer === undefined) return;
    const ok = await producer.recall(topic, handle).then(
      () => true,
      () => false,
    );
    this.#record({ do: 'recalled', atMs: this.#nowMs, id, ok });
  }

  async #request(id: string, { producer: name }: Of<'request'>): Promise<void> {
    const producer = this.#clients.producer(name);
    if (producer === undefined) return;
    const body = `${id}|0|`;
    const asked = { do: 'asked', atMs: this.#nowMs, id, topic: REQUEST_TOPIC, body, delayMs: 0, fails: 0 } as const;
    this.#record(asked);
    try {
      const reply = await producer.request({ topic: REQUEST_TOPIC, body, keys: id }, { timeoutMs: REQUEST_TIMEOUT_MS });
      this.#record({ do: 'replied', atMs: this.#nowMs, id, reply: reply.text() });
    } catch (error) {
      this.#unanswered(id, error);
    }
  }
}
