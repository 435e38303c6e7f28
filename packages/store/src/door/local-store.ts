import { asError } from '@rocketmq-ts/kernel';
import type { RecordInput } from '../log/record.ts';
import type { StoreOptions } from '../options.ts';
import type { PutTicket } from '../put/put-progress.ts';
import type { PutBatchResult, PutResult } from '../put/put-result.ts';
import type { ArrivalListener, QueueView } from '../queue/queue-view.ts';
import type { MessageQuery, QueryMessageResult } from '../read/message-query.ts';
import { type OpenResult, openStore } from '../recovery/open.ts';
import type { PutMessageStatus } from '../status.ts';
import { closeStore } from './closing.ts';
import { LiveFacts } from './facts.ts';
import type { MessageStore } from './message-store.ts';
import { makeParts, type StoreParts } from './parts.ts';

/** A store in a folder of this machine. */
export class LocalStore implements MessageStore {
  readonly parts: StoreParts;
  readonly facts: LiveFacts;
  /** What opening found. */
  recovery: OpenResult | undefined;
  readonly #options: StoreOptions;
  #stopping: Promise<void> | undefined;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.parts = makeParts(options);
    this.facts = new LiveFacts(this.parts);
  }

  async start(): Promise<void> {
    const { folder, pool, running, index, flush, derivedFlush, expiry, stats } = this.parts;
    await folder.enter();
    try {
      this.#open();
    } catch (error) {
      pool.closeAll();
      folder.leave();
      throw error;
    }
    running.transitionTo('RUNNING');
    index?.opened();
    flush.start();
    derivedFlush.start();
    expiry.start();
    stats.start();
  }

  #open(): void {
    const { facts, parts } = this;
    const opened = openStore(parts, this.#options);
    this.recovery = opened;
    facts.startedCleanly = opened.cleanStop;
    facts.replayedFrom = opened.replayedFrom;
    parts.puts.openedBehind(opened.lastRecordOffset, opened.lastStoreTimestamp);
    parts.progress.confirmedTimestamp = opened.lastStoreTimestamp;
    parts.progress.confirmedOffset = opened.endOffset;
    parts.marks.openedAt(opened.endOffset);
  }

  put(input: RecordInput, ticket: PutTicket | undefined, waits: boolean): PutResult {
    return this.parts.puts.put(input, ticket, waits);
  }

  putBatch(
    count: number,
    bodyBytes: number,
    next: (index: number) => RecordInput,
    ticket: PutTicket,
    waits: boolean,
  ): PutBatchResult {
    return this.parts.puts.putBatch(count, bodyBytes, next, ticket, waits);
  }

  appendRaw(physicalOffset: number, bytes: Buffer): PutMessageStatus {
    return this.parts.puts.appendRaw(physicalOffset, bytes);
  }

  queue(topic: string, queueId: number): QueueView {
    return this.parts.queues.of(topic, queueId);
  }

  findQueue(topic: string, queueId: number): QueueView | undefined {
    return this.parts.queues.find(topic, queueId);
  }

  queuesOf(topic: string): Iterable<QueueView> {
    return this.parts.queues.ofTopic(topic);
  }

  topics(): Iterable<string> {
    return this.parts.queues.topics();
  }

  hasBatchQueues(topic: string): boolean {
    return this.parts.queues.batchTopics.has(topic);
  }

  recordAt(physicalOffset: number): Buffer | undefined {
    return this.parts.lookup.recordAt(physicalOffset);
  }

  query(query: MessageQuery, done: (result: QueryMessageResult) => void): void {
    this.parts.queries.run(query, done);
  }

  onArrival(listener: ArrivalListener): void {
    this.parts.progress.onArrival(listener);
  }

  replicatedTo(offset: number): void {
    try {
      this.parts.marks.replicatedTo(offset);
      this.parts.progress.advance();
    } catch (error) {
      this.parts.log.broken(asError(error));
    }
  }

  countRead(messages: number, tookMs: number): void {
    this.parts.stats.got(messages, tookMs);
  }

  flushSoon(): void {
    if (this.parts.running.state === 'RUNNING') this.parts.flush.flushSoon();
  }

  cleanSoon(): void {
    this.parts.expiry.cleanSoon();
  }

  followNow(): Promise<void> {
    return this.parts.expiry.followNow();
  }

  removeTopic(topic: string): void {
    for (const queue of this.parts.queues.ofTopic(topic)) this.parts.units.forget(queue);
    this.parts.queues.removeTopic(topic);
  }

  removeBefore({ topic, queueId }: QueueView, physicalOffset: number): void {
    const queue = this.parts.queues.find(topic, queueId);
    if (queue === undefined) return;
    const last = queue.isEmpty ? undefined : queue.unitAt(queue.nextOffset - 1);
    if (last !== undefined && last.physicalOffset >= physicalOffset) return queue.raiseMinOffset(physicalOffset);
    this.parts.units.forget(queue);
    this.parts.queues.removeQueue(queue);
  }

  stop(): Promise<void> {
    if (this.facts.state !== 'CREATED') this.#stopping ??= closeStore(this.parts);
    return this.#stopping ?? Promise.resolve();
  }
}

/** Nothing is touched on the disk before `start`. */
export function createMessageStore(options: StoreOptions): MessageStore {
  return new LocalStore(options);
}
