import { Histogram } from '@rocketmq-ts/kernel';
import { isDeadLetterTopic, isRetryTopic } from '@rocketmq-ts/protocol';

/** Kinds of messages as metrics name them, by their numbers. Source: BrokerMetricsManager#getMessageType, TopicMessageType#getMetricsValue. */
export const MESSAGE_TYPES = ['normal', 'fifo', 'delay', 'transaction'] as const;
/** Places in `MESSAGE_TYPES`. */
export const MessageType = { NORMAL: 0, FIFO: 1, DELAY: 2, TRANSACTION: 3 } as const;

/** Bytes. Source: BrokerMetricsManager#registerMetricsView. */
export const MESSAGE_SIZE_BOUNDS = [1024, 4096, 524_288, 1_048_576, 2_097_152, 4_194_304] as const;
/** Seconds. Source: BrokerMetricsManager#registerMetricsView. */
export const FINISH_BOUNDS = [5, 60, 600, 3600, 43_200, 86_400] as const;
/** Seconds. Source: DefaultStoreMetricsManager#getMetricsView. */
export const DELAY_BOUNDS = [60, 600, 3600, 43_200, 86_400, 259_200] as const;

/** Messages of one type that came into a topic. */
export class IncomingMessages {
  /** Of the metrics that show them; made with the first look. */
  labels: readonly string[] | undefined;
  messages = 0;
  bytes = 0;
  /** Bytes of a message; of a batch their average. */
  readonly sizes = new Histogram(MESSAGE_SIZE_BOUNDS);

  count(messages: number, bytes: number): void {
    this.messages += messages;
    this.bytes += bytes;
    this.sizes.count(messages === 1 ? bytes : Math.floor(bytes / messages));
  }
}

/** Those of one topic by their types; none for types that did not come. */
export type IncomingByType = (IncomingMessages | undefined)[];

/** Transactions of one topic that ended. */
interface EndedTransactions {
  commits: number;
  rollbacks: number;
  /** Whole seconds from the half message to its commit. */
  readonly finishSeconds: Histogram;
}

/** Timer messages of one topic. */
interface TimerMessages {
  enqueued: number;
  dequeued: number;
  /** Whole seconds from the producer's time to the one that they are for. */
  readonly delaySeconds: Histogram;
}

interface DeadLetters {
  readonly group: string;
  readonly topic: string;
  count: number;
}

/**
 * What is counted for metrics alone, beside the counters that tools ask for. Counters of a topic live as long as the topic, and
 * names that clients may invent are bounded by `limit`. Source: BrokerMetricsManager, DefaultStoreMetricsManager.
 */
export class MessageCounters {
  readonly incoming = new Map<string, IncomingByType>();
  readonly transactions = new Map<string, EndedTransactions>();
  readonly timers = new Map<string, TimerMessages>();
  readonly deadLetters = new Map<string, DeadLetters>();
  /** Those whose group and topic are beyond the limit. */
  otherDeadLetters = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Undefined for topics whose messages come again. Source: BrokerMetricsManager#isRetryOrDlqTopic. */
  incomingOf(topic: string): IncomingByType | undefined {
    if (isRetryTopic(topic) || isDeadLetterTopic(topic)) return undefined;
    return madeAt(this.incoming, topic, (): IncomingByType => []);
  }

  /** Source: SendMessageProcessor#handleRetryAndDLQ, AbstractSendMessageProcessor#consumerSendMsgBack. */
  sentToDeadLetters(group: string, topic: string): void {
    const key = `${topic}@${group}`;
    const known = this.deadLetters.get(key);
    if (known !== undefined) known.count += 1;
    else if (this.deadLetters.size < this.#limit) this.deadLetters.set(key, { group, topic, count: 1 });
    else this.otherDeadLetters += 1;
  }

  /** `seconds` since the half message was made. Source: EndTransactionProcessor#processRequest. */
  committed(topic: string, seconds: number): void {
    const ended = this.#transactionsOf(topic);
    ended.commits += 1;
    ended.finishSeconds.count(Math.max(0, Math.floor(seconds)));
  }

  rolledBack(topic: string): void {
    this.#transactionsOf(topic).rollbacks += 1;
  }

  /** A timer message is in the wheel. `seconds` from its producer's time to its own. Source: TimerMessageStore#enqueue. */
  timerEnqueued(topic: string, seconds: number): void {
    const timers = this.#timersOf(topic);
    timers.enqueued += 1;
    timers.delaySeconds.count(Math.max(0, Math.floor(seconds)));
  }

  /** It was taken out of the wheel, to be delivered or to wait again. */
  timerDequeued(topic: string): void {
    this.#timersOf(topic).dequeued += 1;
  }

  /** A topic was deleted. */
  drop(topic: string): void {
    for (const table of [this.incoming, this.transactions, this.timers]) table.delete(topic);
    for (const [key, letters] of this.deadLetters) if (letters.topic === topic) this.deadLetters.delete(key);
  }

  #transactionsOf(topic: string): EndedTransactions {
    return madeAt(this.transactions, topic, () => ({
      commits: 0,
      rollbacks: 0,
      finishSeconds: new Histogram(FINISH_BOUNDS),
    }));
  }

  #timersOf(topic: string): TimerMessages {
    return madeAt(this.timers, topic, () => ({ enqueued: 0, dequeued: 0, delaySeconds: new Histogram(DELAY_BOUNDS) }));
  }
}

function madeAt<Value>(table: Map<string, Value>, key: string, make: () => Value): Value {
  let value = table.get(key);
  if (value === undefined) {
    value = make();
    table.set(key, value);
  }
  return value;
}
