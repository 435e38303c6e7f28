import { decodeMessage, type MessageView, ProtocolError } from '@rocketmq-ts/protocol';
import { hasKey } from '../index/keys.ts';
import { isHoleRecord } from '../log/hole-record.ts';
import type { RecordHead } from '../log/record.ts';
import type { LogFiles } from './log-files.ts';
import { type DamagedPlace, LogWalk } from './log-walk.ts';
import type { QueueFiles } from './queue-files.ts';
import { StoreView, type ViewOptions } from './store-view.ts';

/** Which messages are wanted; all conditions hold together. */
export interface DumpOptions extends ViewOptions {
  readonly topic?: string | undefined;
  readonly queueId?: number | undefined;
  /** Queue offsets, both included. */
  readonly fromQueueOffset?: number | undefined;
  readonly toQueueOffset?: number | undefined;
  /** One of the message's keys, or its unique key. */
  readonly key?: string | undefined;
  /** Store times in milliseconds, both included. */
  readonly after?: number | undefined;
  readonly before?: number | undefined;
  readonly limit?: number | undefined;
  /** Called for each damaged place that is passed over. */
  readonly onDamage?: ((place: DumpDamage) => void) | undefined;
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
}

export interface DumpDamage {
  readonly file: string;
  readonly position: number;
  readonly bytes: number;
  readonly detail: string;
}

/** A message of the commit log. */
export interface DumpedMessage {
  /** The body is inflated where that is possible. Lent until the next message. */
  readonly message: MessageView;
  /** As it is stored. */
  readonly sysFlag: number;
  /** Why a compressed body could not be inflated. */
  readonly bodyError: string | undefined;
}

const RECORDS_BETWEEN_REPORTS = 4096;

/**
 * The messages of a store in the order of the commit log, also those that are in no queue. Damaged places are passed over.
 * Reads only the part of the log that can hold what is wanted: a queue's begin comes from its units, a time's from the first
 * record of each file. Throws STORE_NOT_FOUND, and errors of the system where a file can't be read.
 */
export function* dumpMessages(options: DumpOptions): Generator<DumpedMessage, void, undefined> {
  const view = new StoreView(options);
  try {
    yield* dumpView(view, options);
  } finally {
    view.close();
  }
}

function* dumpView(view: StoreView, options: DumpOptions): Generator<DumpedMessage, void, undefined> {
  const { log } = view;
  const range = rangeToRead(view, options);
  const onDamage = ({ from, to, detail }: DamagedPlace): void =>
    options.onDamage?.({ ...log.place(from), bytes: to - from, detail });
  const walk = new LogWalk(log, onDamage, range.from);
  const total = Math.max(0, Math.min(log.lastUsed?.endOffset ?? 0, range.to) - range.from);
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  for (let records = 1; left > 0 && walk.next(); records++) {
    const { head } = walk;
    if (head.physicalOffset >= range.to) break;
    // Store times grow with the log.
    if (options.before !== undefined && head.storeTimestamp > options.before) break;
    if (records % RECORDS_BETWEEN_REPORTS === 0) options.onProgress?.(walk.offset - range.from, total);
    if (isHoleRecord(head) || !isWanted(head, options)) continue;
    left -= 1;
    yield decode(walk);
  }
  options.onProgress?.(total, total);
}

function isWanted(head: RecordHead, options: DumpOptions): boolean {
  if (options.topic !== undefined && head.topic !== options.topic) return false;
  if (options.queueId !== undefined && head.queueId !== options.queueId) return false;
  if (options.fromQueueOffset !== undefined && head.queueOffset < options.fromQueueOffset) return false;
  if (options.toQueueOffset !== undefined && head.queueOffset > options.toQueueOffset) return false;
  if (options.after !== undefined && head.storeTimestamp < options.after) return false;
  return options.key === undefined || (head.properties.includes(options.key) && hasKey(head.properties, options.key));
}

function decode(walk: LogWalk): DumpedMessage {
  const { sysFlag } = walk.head;
  const bytes = walk.bytes;
  try {
    return { message: decodeMessage(bytes), sysFlag, bodyError: undefined };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { message: decodeMessage(bytes, 0, { inflate: false }), sysFlag, bodyError: error.message };
  }
}

/** The part of the log, from a record's begin on, that can hold what is wanted. */
function rangeToRead(view: StoreView, options: DumpOptions): { from: number; to: number } {
  const { log } = view;
  let from = log.minOffset;
  let to = Number.POSITIVE_INFINITY;
  if (options.after !== undefined) from = startOfTime(log, options.after);
  const { topic, queueId } = options;
  const queue = topic === undefined || queueId === undefined ? undefined : view.queues.topics.get(topic)?.get(queueId);
  if (queue !== undefined) {
    const end = queue.findEnd();
    from = Math.max(from, startOfQueue(queue, end, log, options.fromQueueOffset));
    if (options.toQueueOffset !== undefined && options.toQueueOffset + 1 < end) {
      to = unitOffset(queue, options.toQueueOffset + 1, log) ?? to;
    }
  }
  return { from, to };
}

/** The newest file that begins before a time. */
function startOfTime(log: LogFiles, after: number): number {
  const starts = log.files.slice(0, log.files.length - log.unusedCount);
  for (const file of starts.reverse()) {
    const walk = new LogWalk(log, () => {}, file.baseOffset);
    if (walk.next() && walk.head.physicalOffset === file.baseOffset && walk.head.storeTimestamp < after) {
      return file.baseOffset;
    }
  }
  return log.minOffset;
}

/** Where the first wanted record lies, as far as a unit says so and the record confirms it. */
function startOfQueue(queue: QueueFiles, end: number, log: LogFiles, fromQueueOffset: number | undefined): number {
  const first = queue.findMin(end, log.minOffset);
  // Records behind the last unit may be in the log already.
  const wanted = Math.min(end - 1, Math.max(first, fromQueueOffset ?? first));
  return wanted < first ? log.minOffset : (unitOffset(queue, wanted, log) ?? log.minOffset);
}

function unitOffset(queue: QueueFiles, queueOffset: number, log: LogFiles): number | undefined {
  const offset = queue.unitAt(queueOffset)?.physicalOffset;
  if (offset === undefined || log.runAt(offset) === undefined) return undefined;
  const walk = new LogWalk(log, () => {}, offset);
  const { topic, queueId } = queue;
  if (!walk.next() || walk.head.physicalOffset !== offset) return undefined;
  return walk.head.topic === topic && walk.head.queueId === queueId ? offset : undefined;
}
