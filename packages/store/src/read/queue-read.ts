import type { MessageFilter } from '@rocketmq-ts/filter';
import { readInt64 } from '@rocketmq-ts/kernel';
import { RECORD_FIXED_BYTES } from '@rocketmq-ts/protocol';
import { isRecordOf, isWholeRecord, propertiesAt } from '../log/record-shape.ts';
import type { ConsumeQueue } from '../queue/consume-queue.ts';
import type { GetMessageResult, ReadRoom } from '../queue/queue-view.ts';
import { FILLER_SIZE, UNIT_BYTES, UnitOffset } from '../queue/unit-layout.ts';

/** In the place of a physical offset: the unit can't be right. */
export const IN_DOUBT = -1;

/**
 * A tags code is a sign-extended hash. With enableConsumeQueueExt Apache's broker writes the address of a longer entry in
 * its place, from which the tag can't be known: such messages are handed out, and clients look at the tag itself. Source:
 * ConsumeQueueExt#isExtAddr.
 */
export function isWanted(filter: MessageFilter, high: number, low: number): boolean {
  return high !== low >> 31 || filter.matchesUnit(low);
}

/** One read of a queue: what was chosen, and how far it is copied. */
export class QueueRead {
  readonly offsets: number[] = [];
  readonly sizes: number[] = [];
  readonly units: number[] = [];
  /** Its units were read from a file, so that they may be damaged. */
  unitsAreInDoubt = false;
  view: DataView | undefined;
  /** Reads in a row that began again, since units were mended. */
  mends = 0;
  /** It begins again after a look at the unit before its offset, which is right now. */
  isProbed = false;
  /** It only looks at that unit. */
  isProbe = false;
  /** Of all that were chosen. */
  totalBytes = 0;
  /** Which of those chosen is next. */
  at = 0;
  /** Those before this unit are copied or refused. */
  doneUpTo: number;
  copied = 0;
  copiedBytes = 0;
  /** Memory that was taken for the answer. */
  roomBytes = 0;
  /** A unit leads before the start of the log: the queue does not know yet that its records expired. */
  isPastRemoved = false;
  buffer: Buffer | undefined;
  /** Behind the last unit that was looked at. */
  nextUnit: number;
  beginUnit: number;
  /** Queue offsets. */
  readonly beginOffset: number;
  readonly queue: ConsumeQueue;
  readonly minOffset: number;
  readonly maxOffset: number;
  readonly maxNums: number;
  readonly maxBytes: number;
  readonly filter: MessageFilter | undefined;
  readonly done: (result: GetMessageResult) => void;
  readonly room: ReadRoom | undefined;

  constructor(
    queue: ConsumeQueue,
    queueOffset: number,
    maxNums: number,
    maxBytes: number,
    filter: MessageFilter | undefined,
    done: (result: GetMessageResult) => void,
    room: ReadRoom | undefined,
  ) {
    this.queue = queue;
    this.minOffset = queue.minOffset;
    this.maxOffset = queue.maxOffset;
    this.beginOffset = queueOffset;
    this.beginUnit = queue.unitOf(queueOffset);
    this.nextUnit = this.beginUnit;
    this.doneUpTo = this.beginUnit;
    this.maxNums = maxNums;
    this.maxBytes = maxBytes;
    this.filter = filter;
    this.done = done;
    this.room = room;
  }

  /** What is mended is right, unless it was damaged anew. */
  get maxMends(): number {
    return 1;
  }

  /** Messages that were copied. */
  get messageCount(): number {
    return this.copied;
  }

  /** True when an answer of `count` records may not grow to `bytes`. The first record is taken whatever its size. */
  protected isFull(count: number, bytes: number): boolean {
    return count >= this.maxNums || (count > 0 && bytes > this.maxBytes);
  }

  /** True when the record that is next has no place in the answer. */
  get isNextTooMuch(): boolean {
    return this.isFull(this.copied, this.copiedBytes + this.sizes[this.at]!);
  }

  /**
   * Chooses the records: as many as match and fit, or all that may match where the record decides, since it is not known yet how
   * many of them do. A unit that can't be right ends the choice; it is mended when it is its turn. The log holds what is from
   * `minOffset` to `end`.
   */
  plan(view: DataView, position: number, units: number, minOffset: number, end: number): void {
    const { filter } = this;
    const unitDecides = filter?.matchesRecord === undefined;
    let previous = -1;
    let scanned = 0;
    let at = position;
    for (; scanned < units; scanned++, at += UNIT_BYTES) {
      const size = view.getInt32(at + UnitOffset.size);
      const physicalOffset = readInt64(view, at);
      if (size === FILLER_SIZE && physicalOffset === 0) continue;
      if (physicalOffset <= previous || size < RECORD_FIXED_BYTES || physicalOffset + size > end) {
        this.choose(IN_DOUBT, 0, this.beginUnit + scanned);
        scanned += 1;
        break;
      }
      previous = physicalOffset;
      if (physicalOffset < minOffset) {
        this.isPastRemoved = true;
        continue;
      }
      const tagsAt = at + UnitOffset.tagsCode;
      if (filter !== undefined && !isWanted(filter, view.getInt32(tagsAt), view.getInt32(tagsAt + 4))) continue;
      if (unitDecides && this.isFull(this.offsets.length, this.totalBytes + size)) break;
      this.choose(physicalOffset, size, this.beginUnit + scanned);
    }
    this.nextUnit += scanned;
  }

  protected choose(physicalOffset: number, size: number, unit: number): void {
    this.offsets.push(physicalOffset);
    this.sizes.push(size);
    this.units.push(unit);
    this.totalBytes += size;
  }

  /** The next record expired after it was chosen. */
  passMissing(): void {
    this.isPastRemoved = true;
    this.at += 1;
  }

  /** True when what was copied last is the whole record that the unit leads to. */
  isRight(): boolean {
    const { queue, at, copiedBytes, offsets, sizes, units } = this;
    if (!isWholeRecord(this.view!, copiedBytes, sizes[at]!, offsets[at]!)) return false;
    return isRecordOf(this.view!, this.buffer!, copiedBytes, queue.topicBytes, queue.queueId, units[at]!);
  }

  /** What was copied last is the record that was chosen: it counts, unless its properties are not wanted. */
  decide(size: number): void {
    const { filter, copiedBytes: position } = this;
    this.doneUpTo = this.units[this.at]! + 1;
    this.at += 1;
    if (filter?.matchesRecord !== undefined) {
      const properties = propertiesAt(this.view!, position);
      if (!filter.matchesRecord(this.buffer!, properties, position + size)) return;
    }
    this.copied += 1;
    this.copiedBytes += size;
  }
}
