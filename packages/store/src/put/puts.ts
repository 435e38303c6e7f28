import { asError, type Clock } from '@rocketmq-ts/kernel';
import { PROPERTIES_MAX_BYTES } from '@rocketmq-ts/protocol';
import { dispatch, isInQueue } from '../dispatch/dispatch.ts';
import { StoreError } from '../errors.ts';
import type { StoreCheckpoint } from '../log/checkpoint.ts';
import { APPEND_TOO_LARGE } from '../log/commit-log.ts';
import { isPassing } from '../log/disk-refusal.ts';
import { headOfPut, propertiesBytesOf, RECORD_OVERHEAD_BYTES, RecordHead, type RecordInput } from '../log/record.ts';
import type { PutTicket } from './put-progress.ts';
import { type PutBatchResult, type PutRefusal, type PutResult, refused } from './put-result.ts';
import { RawAppend, type RawAppendParts } from './raw-append.ts';
import type { RunningState } from './running-state.ts';
import type { StoreStats } from './store-stats.ts';

export interface PutParts extends Omit<RawAppendParts, 'onRecord'> {
  readonly clock: Clock;
  readonly running: RunningState;
  readonly stats: StoreStats;
  readonly checkpoint: StoreCheckpoint;
}

/** The way of a record into the log: refused or laid out at once, dispatched, then waiting for its marks. Nothing here waits. */
export class Puts {
  readonly #parts: PutParts;
  /** The record that is put; reused. */
  readonly #record = new RecordHead();
  /** Of the newest record. */
  #lastPhysicalOffset = 0;
  #lastStoreTimestamp = 0;

  readonly #raw: RawAppend;

  constructor(parts: PutParts) {
    this.#parts = parts;
    this.#raw = new RawAppend({ ...parts, onRecord: (record) => this.#laidOut(record) });
  }

  /** Physical offset of the newest record. */
  get lastPhysicalOffset(): number {
    return this.#lastPhysicalOffset;
  }

  /** The log is opened and ends with this record. */
  openedBehind(physicalOffset: number, storeTimestamp: number): void {
    this.#lastPhysicalOffset = physicalOffset;
    this.#lastStoreTimestamp = storeTimestamp;
  }

  /** As `MessageStore.put`. */
  put(input: RecordInput, ticket: PutTicket | undefined, waits: boolean): PutResult {
    const refusal = this.#refusal(waits);
    return refusal === undefined ? this.#append(input, ticket, waits) : refused(refusal);
  }

  /** As `MessageStore.putBatch`. */
  putBatch(
    count: number,
    bodyBytes: number,
    next: (index: number) => RecordInput,
    ticket: PutTicket,
    waits: boolean,
  ): PutBatchResult {
    // None of them may be refused once the first one is laid out.
    const refusal = this.#refusal(waits) ?? this.#batchRefusal(count, bodyBytes, next);
    const records: PutResult[] = [];
    if (refusal !== undefined) return { status: refusal, records };
    for (let i = 0; i < count; i++) {
      const result = this.#append(next(i), i === count - 1 ? ticket : undefined, waits);
      if (result.status !== 'PUT_OK') return { status: result.status, records };
      records.push(result);
    }
    return { status: 'PUT_OK', records };
  }

  /** As `MessageStore.appendRaw`. */
  appendRaw(physicalOffset: number, bytes: Buffer): 'PUT_OK' | PutRefusal {
    const { running, flush } = this.#parts;
    if (!running.takesRaw) return 'SERVICE_NOT_AVAILABLE';
    if (flush.pace.isBusy) return 'OS_PAGE_CACHE_BUSY';
    try {
      this.#raw.append(physicalOffset, bytes);
    } catch (error) {
      if (error instanceof StoreError) throw error;
      return this.#noFile(error);
    }
    return 'PUT_OK';
  }

  #refusal(waits: boolean): PutRefusal | undefined {
    const { running, flush } = this.#parts;
    const refusal = running.refusalOf(waits);
    if (refusal !== undefined) return refusal;
    return flush.pace.isBusy ? 'OS_PAGE_CACHE_BUSY' : undefined;
  }

  #batchRefusal(count: number, bodyBytes: number, next: (index: number) => RecordInput): PutRefusal | undefined {
    if (bodyBytes >= PROPERTIES_MAX_BYTES) {
      for (let i = 0; i < count; i++) {
        if (propertiesBytesOf(next(i)) > PROPERTIES_MAX_BYTES) return 'PROPERTIES_SIZE_EXCEEDED';
      }
    }
    try {
      const bytes = bodyBytes + count * (RECORD_OVERHEAD_BYTES + 1024);
      return this.#parts.log.reserve(bytes) ? undefined : 'MESSAGE_ILLEGAL';
    } catch (error) {
      return this.#noFile(error);
    }
  }

  #append(input: RecordInput, ticket: PutTicket | undefined, waits: boolean): PutResult {
    const { clock, log, queues, index, stats, progress, flush } = this.#parts;
    const inQueue = isInQueue(input.sysFlag);
    const queue = queues.of(input.topic, input.queueId);
    // The clock's time, also when it was set back: a wrong stamp must not be continued.
    const storeTimestamp = clock.now();
    const queueOffset = inQueue ? queue.nextOffset : 0;
    let storedBytes: number;
    try {
      storedBytes = log.append(input, queue.topicBytes, queueOffset, storeTimestamp);
    } catch (error) {
      return refused(this.#noFile(error));
    }
    if (storedBytes < 0) {
      stats.putFailed.add(1, 1, 0);
      return refused(storedBytes === APPEND_TOO_LARGE ? 'MESSAGE_ILLEGAL' : 'PROPERTIES_SIZE_EXCEEDED');
    }
    const { delayMs } = input;
    const tagsCode = delayMs === undefined ? input.tagsCode : storeTimestamp + delayMs;
    const physicalOffset = log.appendOffset - storedBytes;
    const record = headOfPut(this.#record, input, queueOffset, physicalOffset, storedBytes, storeTimestamp);
    this.#laidOut(record);
    dispatch(record, tagsCode, queue, index);
    progress.add(inQueue ? queue : undefined, log.appendOffset, ticket, waits, storeTimestamp, flush.sweptMs);
    flush.writeSoon();
    return { status: 'PUT_OK', queueOffset, physicalOffset, storedBytes, storeTimestamp };
  }

  #laidOut({ physicalOffset, totalSize, storeTimestamp }: RecordHead): void {
    const { stats } = this.#parts;
    stats.put.add(1, 1, totalSize);
    this.#lastPhysicalOffset = physicalOffset;
    if (storeTimestamp < this.#lastStoreTimestamp) this.#clockWentBack(storeTimestamp);
    this.#lastStoreTimestamp = storeTimestamp;
  }

  #clockWentBack(storeTimestamp: number): void {
    const { checkpoint, logger } = this.#parts;
    try {
      checkpoint.clockWentBack(this.#lastStoreTimestamp, storeTimestamp, this.#lastPhysicalOffset);
    } catch (error) {
      logger.warn('the checkpoint could not be saved after the clock was put back; it is tried again', { error });
    }
  }

  /** A commit log file could not be made. */
  #noFile(error: unknown): PutRefusal {
    const { stats, flush, logger } = this.#parts;
    stats.putFailed.add(1, 1, 0);
    if (isPassing(error)) {
      flush.refuse(asError(error));
      return 'SERVICE_NOT_AVAILABLE';
    }
    logger.error('a commit log file could not be made', { error });
    return 'CREATE_MAPPED_FILE_FAILED';
  }
}
