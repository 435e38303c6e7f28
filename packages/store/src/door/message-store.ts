import type { Service } from '@rocketmq-ts/kernel';
import type { RecordInput } from '../log/record.ts';
import type { PutTicket } from '../put/put-progress.ts';
import type { PutBatchResult, PutResult } from '../put/put-result.ts';
import type { ReplicationPromise } from '../put/replication-promise.ts';
import type { QueueExtension } from '../queue/queue-extension.ts';
import type { ArrivalListener, QueueEntry, QueueView } from '../queue/queue-view.ts';
import type { LogPiece } from '../read/log-reader.ts';
import type { MessageQuery, QueryMessageResult } from '../read/message-query.ts';
import type { PutMessageStatus } from '../status.ts';
import type { StoreFacts } from './facts.ts';

/**
 * A store as other rooms see it: put, read a queue, look up, query, facts, life cycle. Puts are ordered synchronously and
 * answered when the marks that they wait for have passed them (see `Watermarks`); nothing can be read before. While the disk
 * has no room puts are refused and everything else is served; after a write that failed otherwise, or a failed flush, the store
 * is READ_ONLY until it is opened again. `start` takes the folder's lock, finds the end of the log, rebuilds what is in doubt
 * and rejects with a StoreError; `stop` answers puts that wait, flushes everything and removes the mark of an unclean stop.
 */
export interface MessageStore extends Service {
  readonly facts: StoreFacts;

  start(): Promise<void>;
  stop(): Promise<void>;

  /**
   * Puts one record at the end of its queue. PUT_OK: it has its place, and the ticket is answered later. Anything else: it is
   * refused, and the ticket is never answered. The input may be reused at once. `waits` false: the ticket is answered when the
   * record is written, whatever the flush mode.
   */
  put(input: RecordInput, ticket: PutTicket | undefined, waits: boolean): PutResult;
  /**
   * Puts records of one queue one after the other, in one file; all or none. `next` fills the input for each, and may be called
   * more than once for it. `bodyBytes`: size of bodies and properties together, at least.
   */
  putBatch(
    count: number,
    bodyBytes: number,
    next: (index: number) => RecordInput,
    ticket: PutTicket,
    waits: boolean,
  ): PutBatchResult;
  /**
   * Continues the log with bytes of another store's log, as a slave does; queues and index follow. The bytes are whole records,
   * and a whole blank one where a file ends, that begin exactly where this log ends (`facts.appendOffset`); an empty log may
   * begin with any file. All or nothing is taken; the bytes may be reused at once. Throws a StoreError: STORE_APPEND_OFFSET,
   * STORE_APPEND_DAMAGED. While the disk has no room the log may be rolled back to an earlier end.
   */
  appendRaw(physicalOffset: number, bytes: Buffer): PutMessageStatus;
  /**
   * Bytes of the log as its files have them, from an offset on that is not below `facts.minOffset` and below
   * `facts.writtenOffset`: whatever is written and never rolled back. At most `maxBytes`, and never across the end of a file;
   * fewer where less is at hand. From the newest part of the log without a copy, then `done` runs in the same turn. An error:
   * outside of the log, or the disk's.
   */
  readLog(physicalOffset: number, maxBytes: number, done: (piece: LogPiece | Error) => void): void;
  /** The listener is called once a turn, after `facts.writtenOffset` has grown. */
  onLogGrowth(listener: () => void): void;
  /**
   * What puts wait for beside this store's own disk, from now on; before the first call nobody waits for slaves. It may change at
   * any time; `confirmed` before the start also hides what an earlier process had not seen confirmed. Puts that wait keep what
   * they wait for: a slave that has them, or FLUSH_SLAVE_TIMEOUT after `slaveTimeout`. A promise that refuses puts with
   * SERVICE_NOT_AVAILABLE (the broker became a slave) answers all that wait with it, since what they stored may be cut off: such
   * a send is not acknowledged, although its message may stay.
   */
  promise(promise: ReplicationPromise): void;
  /**
   * As many slaves as the promise asks for hold everything below a physical offset; offsets only grow. `confirmOffset`: what
   * readers may see with `visible: 'confirmed'`, where that is not the same.
   */
  replicatedTo(physicalOffset: number, confirmOffset?: number): void;

  /**
   * Cuts off what the log has at an offset, where a record ends, and behind it; at or before `facts.minOffset` all of it, so that
   * the log may begin anew with any file. Queues, their ends and the index are then those of what is left. A crash at any step
   * leaves the log whole or cut. With `keep` what is cut off is first kept in a file of that name in the folder `truncated-log`
   * of the store. Only while the promise refuses puts with SERVICE_NOT_AVAILABLE, the broker's duties have ended and nothing is
   * appended, which is refused meanwhile. Timer files that are open must begin anew (`onTruncated`). Rejects with a StoreError (STORE_CUT_OFFSET, STORE_CUT_STATE) or
   * the disk's error; nothing is cut then, unless the store has become READ_ONLY.
   */
  truncateLog(physicalOffset: number, keep?: string): Promise<void>;
  /** The listener is called after each cut, with the end of what is left. */
  onTruncated(listener: (physicalOffset: number) => void): void;

  /** A message queue; made when it does not exist, which leaves nothing on the disk. */
  queue(topic: string, queueId: number): QueueView;
  /** A message queue if it exists. */
  findQueue(topic: string, queueId: number): QueueView | undefined;
  /** The queues of a topic by their ids. */
  queuesOf(topic: string): Iterable<QueueView>;
  /** Topics that have queues. */
  topics(): Iterable<string>;
  /** The listener is called once per queue and turn, after records of the queue became visible. */
  onArrival(listener: ArrivalListener): void;

  /**
   * The stored bytes of the record that begins at a physical offset, copied; undefined when none does that may be read, or a
   * damaged one. Throws the disk's error.
   */
  recordAt(physicalOffset: number): Buffer | undefined;
  /**
   * What the unit of a queue has in consume queue extension files, which only Apache's broker writes; undefined without.
   * Throws the disk's error.
   */
  extensionOf(queue: QueueView, entry: QueueEntry): QueueExtension | undefined;
  /** Finds the newest messages of a topic by unique key, key or tag; none without an index. `done` may run in the same turn. */
  query(query: MessageQuery, done: (result: QueryMessageResult) => void): void;
  /** Counts a read of a consumer that took so many whole milliseconds; `messages` 0: it found none. */
  countRead(messages: number, tookMs: number): void;

  /** Of a slave: keeps `facts.masterFlushedOffset` in the checkpoint; it decides nothing. */
  keepMasterFlushedOffset(physicalOffset: number): void;
  /** Flushes what is written before its interval is over; `facts.flushedOffset` shows when it is done. */
  flushSoon(): void;
  /** Expired commit log files are removed with each of the next rounds, whatever the hour. */
  cleanSoon(): void;
  /** Lets consume queues and indexes follow the commit log now; resolves when they have. */
  followNow(): Promise<void>;
  /** Removes the queues of a topic and their files; its records stay in the commit log until they expire. */
  removeTopic(topic: string): void;
  /** Removes the messages of a queue that begin before a physical offset, and the queue when it has no other ones. */
  removeBefore(queue: QueueView, physicalOffset: number): void;
}
