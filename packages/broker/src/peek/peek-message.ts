import type { Clock } from '@rocketmq-ts/kernel';
import { type PEEK_MESSAGE, ResponseCode } from '@rocketmq-ts/protocol';
import type { Call } from '@rocketmq-ts/remoting';
import type { GetMessageResult, MessageStore, QueueView, ReadRoom } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import type { Unconsumed } from './unconsumed.ts';

export interface PeekParts {
  readonly clock: Clock;
  readonly config: Pick<BrokerConfig, 'maxTransferBytesOnMessageInMemory'>;
  readonly store: Pick<MessageStore, 'countRead'>;
  readonly stats: Pick<BrokerStats, 'got'>;
  readonly unconsumed: Unconsumed;
}

/** The stored offset of a group was not in the queue: it is read where the queue has messages. */
const CORRECTED: ReadonlySet<string> = new Set(['OFFSET_TOO_SMALL', 'OFFSET_OVERFLOW_BADLY']);

/**
 * One look at messages that a group has not consumed: queue after queue, until there are as many as asked for or as many
 * bytes as one answer may have. Nothing is leased and no offset moves. Source: PeekMessageProcessor.
 */
export class PeekedMessages implements ReadRoom {
  readonly #parts: PeekParts;
  readonly #call: Call<typeof PEEK_MESSAGE>;
  readonly #queues: readonly QueueView[];
  readonly #found: GetMessageResult[] = [];
  readonly #startedMs: number;
  #next = 0;
  #messages = 0;
  #bytes = 0;
  #rest = 0;
  /** IN READ: a read was begun and has not returned. READS LATER: it returned, and its result comes later. */
  #state: 'LOOKS' | 'IN READ' | 'READS LATER' = 'LOOKS';
  /** A queue that the disk did not read. */
  #unreadable: QueueView | undefined;

  constructor(parts: PeekParts, call: Call<typeof PEEK_MESSAGE>, queues: readonly QueueView[]) {
    this.#parts = parts;
    this.#call = call;
    this.#queues = queues;
    this.#startedMs = parts.clock.monotonicMs();
  }

  get abandoned(): boolean {
    return this.#call.abandoned;
  }

  /** What was found so far has its memory already; a first message may be larger than an answer may be otherwise. */
  take(bytes: number): boolean {
    if (this.#messages > 0 || bytes <= this.#limitBytes) return true;
    this.#call.release();
    return this.#call.reserve(bytes);
  }

  whenTaken(bytes: number, go: () => void): void {
    this.#call.whenReserved(bytes, go);
  }

  gaveUp(): void {
    this.#releaseAll();
    this.#call.release();
  }

  /** Takes the memory of the whole answer first: where peeks had a part of it each, none of them could end. */
  begin(): void {
    if (this.#call.reserve(this.#limitBytes)) this.#look();
    else this.#call.whenReserved(this.#limitBytes, () => this.#look());
  }

  get #limitBytes(): number {
    return this.#parts.config.maxTransferBytesOnMessageInMemory;
  }

  /** Looks at the next queues, or answers. A read may end before it returns: then the loop that began it continues. */
  #look(): void {
    const { unconsumed } = this.#parts;
    const { consumerGroup, maxMsgNums } = this.#call.header;
    while (this.#next < this.#queues.length) {
      const queue = this.#queues[this.#next]!;
      this.#next += 1;
      const left = unconsumed.count(consumerGroup, queue);
      this.#rest += left;
      if (left === 0 || this.#messages >= maxMsgNums) continue;
      const offset = unconsumed.offsetOf(consumerGroup, queue);
      if (!this.#hasRoomFor(queue, offset)) continue;
      this.#state = 'IN READ';
      this.#read(queue, offset, 'may be corrected');
      if (this.#state === 'IN READ') {
        this.#state = 'READS LATER';
        return;
      }
    }
    this.#answer();
  }

  /** A read returns its first message whatever its size: behind others it must fit. */
  #hasRoomFor(queue: QueueView, offset: number): boolean {
    if (this.#messages === 0) return true;
    return this.#bytes + (queue.entryAt(offset)?.size ?? 0) <= this.#limitBytes;
  }

  #read(queue: QueueView, offset: number, how: 'may be corrected' | 'corrected'): void {
    const count = this.#call.header.maxMsgNums - this.#messages;
    const bytes = this.#limitBytes - this.#bytes;
    queue.read(offset, count, bytes, undefined, (result) => this.#looked(queue, result, how), this);
  }

  #looked(queue: QueueView, result: GetMessageResult, how: 'may be corrected' | 'corrected'): void {
    try {
      if (how === 'may be corrected' && CORRECTED.has(result.status))
        return this.#read(queue, result.nextBeginOffset, 'corrected');
      if (result.body !== undefined) {
        this.#found.push(result);
        this.#messages += result.messageCount;
        this.#bytes += result.body.length;
      }
      if (result.status === 'READ_FAILED') this.#unreadable = queue;
      const wasLater = this.#state === 'READS LATER';
      this.#state = 'LOOKS';
      if (wasLater) this.#look();
    } catch (error) {
      this.#releaseAll();
      this.#call.crash(error);
    }
  }

  #answer(): void {
    const { clock, store, stats } = this.#parts;
    const { consumerGroup, topic, queueId } = this.#call.header;
    const tookMs = Math.floor(clock.monotonicMs() - this.#startedMs);
    const header = { popTime: 0, invisibleTime: 0, reviveQid: 0, restNum: this.#rest };
    store.countRead(this.#messages, tookMs);
    if (this.#messages === 0 && this.#unreadable !== undefined) {
      const { topic: name, queueId: id } = this.#unreadable;
      const remark = `the broker's disk could not read ${name} queue ${id}, see store.log of the broker`;
      return this.#call.fail(ResponseCode.SYSTEM_ERROR, remark);
    }
    if (this.#messages === 0)
      return this.#call.answer(header, { code: ResponseCode.PULL_NOT_FOUND, remark: 'NO_MESSAGE_IN_QUEUE' });
    stats.got(consumerGroup, topic, queueId, this.#messages, this.#bytes, tookMs);
    const body = this.#found.map((result) => result.body!);
    this.#call.answer(header, { remark: 'FOUND', body, onSent: () => this.#releaseAll() });
  }

  #releaseAll(): void {
    for (const result of this.#found.splice(0)) result.release();
  }
}
