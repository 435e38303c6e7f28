import { asError, type Logger } from '@rocketmq-ts/kernel';
import {
  halfOffsetsOf,
  OP_TAG,
  PropertySlot,
  PropertyTable,
  readStoredRecord,
  type StoredRecord,
  SystemGroup,
  SystemTopic,
} from '@rocketmq-ts/protocol';
import type { GetMessageResult, MessageStore, QueueView } from '@rocketmq-ts/store';
import { FailingPlace } from '../failing-place.ts';
import type { OffsetTable } from '../offset/offset-table.ts';
import type { TopicCounts } from '../topic-counts.ts';
import { HalfState, HalfStates } from './half-states.ts';
import { OpMessages, type OpMessagesParts } from './op-messages.ts';

/** Half messages that were stored once more: where each is now. Older ones are forgotten. */
const MOST_SUCCESSORS = 100_000;
/** How many offsets that the checks have passed keep what became of them, for ends that come twice. */
const KEPT_BEHIND = 65_536;
const READ_MESSAGES = 32;

export interface HalfQueueParts extends OpMessagesParts {
  readonly store: MessageStore;
  readonly offsets: OffsetTable;
  /** How many transactions of each topic are open. */
  readonly metrics: TopicCounts;
}

/** How far the transactions of a queue are over. */
export interface HalfProgress {
  readonly offset: number;
  readonly opOffset: number;
}

interface OpEntry {
  readonly opOffset: number;
  /** Highest queue offset of a half message that it names. */
  readonly highest: number;
}

/**
 * One queue of half messages with what is known of them, the op messages about it, and how far its transactions are over:
 * `offset` and `opOffset`, which are saved as offsets of the group CID_RMQ_SYS_TRANS. Below `offset` nothing is open; op messages
 * below `opOffset` say nothing about what is above it.
 */
export class HalfQueue {
  readonly view: QueueView;
  readonly states = new HalfStates();
  readonly ops: OpMessages;
  /** Open half messages that asked for time without checks, and until when by the wall clock. */
  readonly immune = new Map<number, number>();
  /** What was read of the op topic is in `states`. */
  isLoaded = false;
  /** The half message that the disk can't read. */
  readonly unreadable: FailingPlace;
  offset = 0;
  opOffset = 0;
  /** This broker's own progress, when the saved one is that of the slave which did its work. */
  before: HalfProgress | undefined;
  readonly #parts: HalfQueueParts;
  readonly #opView: QueueView;
  readonly #successors = new Map<number, number>();
  readonly #opEntries: OpEntry[] = [];
  /** Behind the op messages of before this life, of which some may not be readable yet. */
  #opEnd: number | undefined;
  /** The next one of them to be read. */
  #opRead: number | undefined;
  readonly #properties = new PropertyTable();

  constructor(parts: HalfQueueParts, queueId: number) {
    const { store } = parts;
    this.#parts = parts;
    this.unreadable = new FailingPlace(parts.clock);
    this.view = store.queue(SystemTopic.TRANS_HALF, queueId);
    this.#opView = store.queue(SystemTopic.TRANS_OP_HALF, queueId);
    this.ops = new OpMessages(parts, queueId, (opOffset, highest) => this.#opEntries.push({ opOffset, highest }));
  }

  get queueId(): number {
    return this.view.queueId;
  }

  /**
   * From the saved progress on, everything that the op topic says. Until all of it can be read, the queue is not loaded, and the
   * next call continues. Source: TransactionalMessageServiceImpl#fillOpRemoveMap.
   */
  async load(): Promise<void> {
    const { offset, opOffset } = this.savedProgress();
    this.offset = offset;
    this.opOffset = opOffset;
    this.#opEnd ??= this.#opView.nextOffset;
    this.#opRead ??= Math.min(opOffset, this.before?.opOffset ?? opOffset);
    const end = this.#opEnd;
    let at = this.#opRead;
    while (at < Math.min(end, this.#opView.maxOffset)) {
      const result = await readQueue(this.#opView, at);
      if (result.status === 'READ_FAILED') throw new Error(`op messages from ${at} on can not be read`);
      for (const { record } of recordsOf(result)) if (record.queueOffset < end) this.#takeOp(record);
      at = Math.max(at + 1, result.nextBeginOffset);
      this.#opRead = at;
    }
    if (at < end) return;
    if (this.before !== undefined) await this.#endPassed(this.before.offset);
    this.before = undefined;
    this.isLoaded = true;
  }

  /**
   * What the slave passed and nothing here ended is over: another master has it, and asks its producer. A late end must not store
   * it here as well.
   */
  async #endPassed(ownOffset: number): Promise<void> {
    const { view, states } = this;
    let at = states.nextOpen(Math.max(ownOffset, view.minOffset, this.offset - KEPT_BEHIND), this.offset);
    while (at < this.offset) {
      const most = states.openRun(at, this.offset, READ_MESSAGES);
      const result = await readQueue(view, at, most);
      for (const { record } of recordsOf(result)) {
        const topic = this.#properties.read(record.properties, 'latin1').value(PropertySlot.REAL_TOPIC);
        if (topic !== undefined) this.#parts.metrics.add(topic, -1);
      }
      const end = Math.min(Math.max(at + 1, result.nextBeginOffset), at + most);
      for (let passed = at; passed < end; passed++) this.over(passed, HalfState.ENDED);
      at = states.nextOpen(end, this.offset);
    }
  }

  /** As it is in the table of consumer offsets. */
  savedProgress(): HalfProgress {
    return { offset: this.#progress(this.view), opOffset: this.#progress(this.#opView) };
  }

  #progress({ topic, queueId, minOffset, nextOffset }: QueueView): number {
    const saved = this.#parts.offsets.query(SystemGroup.SYS_TRANS, topic, queueId) ?? minOffset;
    return Math.max(minOffset, Math.min(saved, nextOffset));
  }

  #takeOp(record: StoredRecord): void {
    const tag = this.#properties.read(record.properties, 'latin1').value(PropertySlot.TAGS);
    const offsets = tag === OP_TAG ? halfOffsetsOf(record.body, this.view.nextOffset) : [];
    let highest = -1;
    for (const offset of offsets) {
      highest = Math.max(highest, offset);
      if (offset >= this.offset - KEPT_BEHIND) this.states.set(offset, HalfState.ENDED);
    }
    this.#opEntries.push({ opOffset: record.queueOffset, highest });
  }

  /** The offset at which the transaction of a half message is now: its own, or that of the newest copy. */
  current(offset: number): number {
    let current = offset;
    for (let next = this.#successors.get(current); next !== undefined; next = this.#successors.get(current))
      current = next;
    return current;
  }

  /** A half message is stored once more behind the others. */
  movedTo(from: number, to: number): void {
    this.states.set(from, HalfState.MOVED);
    this.#successors.set(from, to);
    if (this.#successors.size <= MOST_SUCCESSORS) return;
    for (const oldest of this.#successors.keys()) {
      this.#successors.delete(oldest);
      break;
    }
  }

  /** The copy did not become durable. */
  notMoved(from: number, to: number): void {
    this.#successors.delete(from);
    this.states.set(from, HalfState.OPEN);
    // Its offset is given out again.
    this.states.set(to, HalfState.OPEN);
  }

  /** The half message at an offset is over in this way: says so in the op topic. */
  over(offset: number, state: HalfState): void {
    this.states.set(offset, state);
    this.ops.add(offset);
  }

  /** Nothing below `offset` is open any more. */
  passTo(offset: number): void {
    this.offset = offset;
    let done = 0;
    while (done < this.#opEntries.length && this.#opEntries[done]!.highest < offset) done += 1;
    if (done > 0) this.opOffset = Math.max(this.opOffset, this.#opEntries[done - 1]!.opOffset + 1);
    this.#opEntries.splice(0, done);
    this.states.dropBelow(offset - KEPT_BEHIND);
    for (const passed of this.immune.keys()) if (passed < offset) this.immune.delete(passed);
  }

  /** Puts progress into the table of consumer offsets. */
  saveProgress(offset: number, opOffset: number): void {
    const { offsets } = this.#parts;
    for (const [{ topic, queueId, minOffset }, value] of [
      [this.view, offset],
      [this.#opView, opOffset],
    ] as const) {
      if ((offsets.query(SystemGroup.SYS_TRANS, topic, queueId) ?? minOffset) !== value)
        offsets.commit(SystemGroup.SYS_TRANS, topic, queueId, value, 'transaction check');
    }
  }
}

/** Reads some messages of a queue. */
export function readQueue(view: QueueView, from: number, most = READ_MESSAGES): Promise<GetMessageResult> {
  return new Promise((resolve) => view.read(from, most, 1024 * 1024, undefined, resolve));
}

/** A record with its bytes. */
export interface ReadRecord {
  readonly record: StoredRecord;
  readonly bytes: Buffer;
}

/** The records of a read that are whole, copied; the memory of the read is given back. */
export function recordsOf(result: GetMessageResult): ReadRecord[] {
  if (result.body === undefined) return [];
  const body = Buffer.from(result.body);
  result.release();
  const records: ReadRecord[] = [];
  for (let at = 0; at + 4 <= body.length; ) {
    const size = body.readInt32BE(at);
    if (size <= 0 || at + size > body.length) break;
    const bytes = body.subarray(at, at + size);
    const record = readStoredRecord(bytes);
    if (record !== undefined) records.push({ record, bytes });
    at += size;
  }
  return records;
}

/** Loads a queue; a failure is logged, and its transactions are not checked before it is tried again. */
export async function loadQueue(queue: HalfQueue, logger: Logger): Promise<void> {
  try {
    await queue.load();
  } catch (error) {
    logger.error('what ended transactions can not be read; it is tried again before the next check', {
      queueId: queue.queueId,
      error: asError(error),
    });
  }
}
