import type { MessageFilter } from '@rocketmq-ts/filter';
import type { GetMessageStatus } from '../status.ts';
import type { QueueType } from './unit-layout.ts';

/** What one read of a queue found. */
export interface GetMessageResult {
  readonly status: GetMessageStatus;
  /** Queue offset of the next read. */
  readonly nextBeginOffset: number;
  readonly minOffset: number;
  readonly maxOffset: number;
  readonly messageCount: number;
  /** Stored records back to back; lent until `release`. */
  readonly body: Buffer | undefined;
  /** Must be called once when the body's bytes are no longer needed. */
  release(): void;
}

/** The memory of one reader, and whether it is still there: what a read asks before it begins something. */
export interface ReadRoom {
  /** The caller does not wait any more: nothing more is read for it. */
  readonly abandoned: boolean;
  /** Takes memory for the records; false when there is none now. */
  take(bytes: number): boolean;
  /** Runs `go` as soon as the bytes are taken; never when the reader leaves before. */
  whenTaken(bytes: number, go: () => void): void;
  /** Called instead of `done`: the read was given up, since its caller does not wait any more. */
  gaveUp(): void;
}

/** One unit of a consume queue: where its record is, and which messages the record holds. */
export interface QueueEntry {
  readonly physicalOffset: number;
  /** Bytes of the record; of a unit without a record the largest 32-bit number. */
  readonly size: number;
  readonly tagsCode: number;
  /** Of the first message of the record. */
  readonly queueOffset: number;
  /** Messages of the record: always 1 in a simple queue. */
  readonly messageCount: number;
  /** Where its entry is in consume queue extension files; then the tags code is an address, rounded to a number. */
  readonly extensionOffset?: number | undefined;
}

/**
 * LOWER: the first message stored at or after a time; when there is none the end, or in a batch queue the newest record, as
 * Apache's. UPPER: the last one at or before it.
 */
export type TimeBoundary = 'LOWER' | 'UPPER';

/**
 * One message queue as its readers see it. A store gives the same object for a queue as long as the queue exists, so that it
 * can be the key of a map. Numbers are queue offsets if their names have nothing else.
 */
export interface QueueView {
  readonly topic: string;
  readonly queueId: number;
  readonly type: QueueType;
  /** First message that can be read. */
  readonly minOffset: number;
  /** Behind the last message that can be read. */
  readonly maxOffset: number;
  /** What the next message gets: above `maxOffset` while messages wait to become visible. */
  readonly nextOffset: number;
  /**
   * Reads stored records from an offset on. In a batch queue the first one is the record that holds the message at the offset, so
   * that it may begin before it; `maxNums` counts messages. The first record is returned whatever it has; the store
   * may bound both numbers further. `done` may run before this returns. With a `room`, memory is taken there before records are brought
   * into memory, and its `gaveUp` may be called in place of `done`.
   */
  read(
    queueOffset: number,
    maxNums: number,
    maxBytes: number,
    filter: MessageFilter | undefined,
    done: (result: GetMessageResult) => void,
    room?: ReadRoom,
  ): void;
  /** The unit of a message that can be read, undefined elsewhere. Throws the disk's error. */
  entryAt(queueOffset: number): QueueEntry | undefined;
  /** Store time of a message in milliseconds; −1 when it is not there or can't be read. */
  storeTimestampAt(queueOffset: number): number;
  /** Offset for a time in milliseconds, from `minOffset` to `maxOffset`. Throws the disk's error. */
  offsetAt(timestamp: number, boundary: TimeBoundary): number;
}

/** Called when messages of a queue became visible. */
export type ArrivalListener = (queue: QueueView) => void;
