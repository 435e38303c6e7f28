import type { Clock, Timer } from '@rocketmq-ts/kernel';
import type { MessageQueue } from '@rocketmq-ts/protocol';
import { memberBytes, type OutgoingMessage, whyNoMember } from '../message/outgoing.ts';
import type { SendSettings } from './producer-options.ts';
import { type SendResult, sendResult } from './send-result.ts';

type AccumulatorLimits = Pick<
  SendSettings,
  'batchMaxDelayMs' | 'batchMaxBytes' | 'totalBatchMaxBytes' | 'maxMessageBytes'
>;

/** Sends what was gathered: a batch, or a single message as it is. */
type SendGathered = (
  message: OutgoingMessage | readonly OutgoingMessage[],
  bodyBytes: number,
  queue: MessageQueue | undefined,
) => Promise<SendResult>;

/** Messages that are to be sent together, and the sends that wait for them. */
interface Gathered {
  readonly key: string;
  readonly queue: MessageQueue | undefined;
  /** On the monotonic clock: when it is sent at the latest. */
  readonly dueMs: number;
  readonly parts: OutgoingMessage[];
  readonly waiting: { resolve(result: SendResult): void; reject(error: unknown): void }[];
  /** Of bodies. */
  bytes: number;
  /** Of the members of a batch. */
  wireBytes: number;
}

/**
 * Gathers single messages to batches. One timer for all of them: batches are due in the order in which they were begun. Bytes
 * count from `add` until the batch is answered. Source: ProduceAccumulator.
 */
export class Accumulator {
  readonly #clock: Clock;
  readonly #limits: AccumulatorLimits;
  readonly #send: SendGathered;
  /** By key; in the order in which they are due. */
  readonly #open = new Map<string, Gathered>();
  #timer: Timer | undefined;
  #heldBytes = 0;
  #waiting = 0;

  constructor(clock: Clock, limits: AccumulatorLimits, send: SendGathered) {
    this.#clock = clock;
    this.#limits = limits;
    this.#send = send;
  }

  /** Messages that are gathered and not yet sent. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Whether a message may be gathered, and there is room for it. Source: DefaultMQProducer#canBatch. */
  takes(message: OutgoingMessage): boolean {
    const { batchMaxBytes, totalBatchMaxBytes } = this.#limits;
    if (message.bodyBytes >= batchMaxBytes || this.#heldBytes + message.bodyBytes > totalBatchMaxBytes) return false;
    return whyNoMember(message) === undefined;
  }

  /** Settles with the part of the batch's result that belongs to this message, or as the batch fails. Ask `takes` before. */
  add(message: OutgoingMessage, queue: MessageQueue | undefined): Promise<SendResult> {
    const bytes = memberBytes(message);
    const key = keyOf(message, queue);
    let gathered = this.#open.get(key);
    if (gathered !== undefined && !this.#hasRoom(gathered, message.bodyBytes, bytes)) {
      this.#flush(gathered);
      gathered = undefined;
    }
    gathered ??= this.#begin(key, queue);
    gathered.parts.push(message);
    gathered.bytes += message.bodyBytes;
    gathered.wireBytes += bytes;
    this.#heldBytes += message.bodyBytes;
    this.#waiting++;
    const { waiting } = gathered;
    const result = new Promise<SendResult>((resolve, reject) => waiting.push({ resolve, reject }));
    if (gathered.bytes >= this.#limits.batchMaxBytes) this.#flush(gathered);
    return result;
  }

  /** Sends everything that was gathered now. */
  flush(): void {
    for (const gathered of [...this.#open.values()]) this.#flush(gathered);
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #hasRoom(gathered: Gathered, bodyBytes: number, bytes: number): boolean {
    const { batchMaxBytes, maxMessageBytes } = this.#limits;
    return gathered.bytes + bodyBytes <= batchMaxBytes && gathered.wireBytes + bytes <= maxMessageBytes;
  }

  #begin(key: string, queue: MessageQueue | undefined): Gathered {
    const dueMs = this.#clock.monotonicMs() + this.#limits.batchMaxDelayMs;
    const gathered: Gathered = { key, queue, dueMs, parts: [], waiting: [], bytes: 0, wireBytes: 0 };
    this.#open.set(key, gathered);
    this.#timer ??= this.#clock.after(this.#limits.batchMaxDelayMs, () => this.#due());
    return gathered;
  }

  #due(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.monotonicMs();
    for (const gathered of this.#open.values()) {
      if (gathered.dueMs > nowMs) {
        this.#timer = this.#clock.after(gathered.dueMs - nowMs, () => this.#due());
        return;
      }
      this.#flush(gathered);
    }
  }

  #flush(gathered: Gathered): void {
    const { key, queue, parts, waiting, bytes } = gathered;
    this.#open.delete(key);
    this.#waiting -= parts.length;
    this.#send(parts.length === 1 ? parts[0]! : parts, bytes, queue).then(
      (result) => {
        this.#heldBytes -= bytes;
        if (waiting.length === 1) waiting[0]!.resolve(result);
        else for (const [index, each] of resultsOf(result, waiting.length).entries()) waiting[index]!.resolve(each);
      },
      (error: unknown) => {
        this.#heldBytes -= bytes;
        for (const { reject } of waiting) reject(error);
      },
    );
  }
}

/** Source: ProduceAccumulator.AggregateKey. */
function keyOf({ topic, tags = '', waitStoreOk }: OutgoingMessage, queue: MessageQueue | undefined): string {
  const place = queue === undefined ? '' : `${queue.queueId} ${queue.brokerName}`;
  return `${topic}\n${waitStoreOk ? 1 : 0}\n${place}\n${tags}`;
}

/**
 * The result of each member. A queue that keeps the batch as one record answers with one id for all of them. Source:
 * ProduceAccumulator.MessageAccumulation#splitSendResults.
 */
function resultsOf(result: SendResult, count: number): SendResult[] {
  const keys = result.msgId.split(',');
  const ids = result.offsetMsgId?.split(',') ?? [];
  return Array.from({ length: count }, (_, index) =>
    sendResult({
      ...result,
      msgId: keys.length === count ? keys[index]! : result.msgId,
      offsetMsgId: ids.length === count ? ids[index] : result.offsetMsgId,
      queueOffset: result.queueOffset + index,
    }),
  );
}
