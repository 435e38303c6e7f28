import { readInt64 } from '@rocketmq-ts/kernel';
import { RECORD_FIXED_BYTES } from '@rocketmq-ts/protocol';
import { isRecordOf, isWholeRecord } from '../log/record-shape.ts';
import { messagesAt } from '../queue/unit-check.ts';
import { BATCH_UNIT_BYTES, BatchUnitOffset, FILLER_SIZE } from '../queue/unit-layout.ts';
import { IN_DOUBT, isWanted, QueueRead } from './queue-read.ts';

const MAX_MENDS = 64;

/**
 * One read of a batch queue. It begins with the record that holds the message at its offset, and hands out whole records: as many as
 * hold the messages that were asked for, and the first one whatever it holds. Source: DefaultMessageStore#getMessage, #isTheBatchFull.
 */
export class BatchQueueRead extends QueueRead {
  /** Of the records that were chosen. */
  readonly #queueOffsets: number[] = [];
  readonly #counts: number[] = [];
  #copiedMessages = 0;
  #plannedMessages = 0;

  /** Each of several wrong units can lead the search for an offset astray. */
  override get maxMends(): number {
    return MAX_MENDS;
  }

  override get messageCount(): number {
    return this.#copiedMessages;
  }

  override get isNextTooMuch(): boolean {
    const { at, copiedBytes, maxNums, maxBytes } = this;
    if (this.#copiedMessages === 0) return false;
    return this.#copiedMessages + this.#counts[at]! > maxNums || copiedBytes + this.sizes[at]! > maxBytes;
  }

  override plan(view: DataView, position: number, units: number, minOffset: number, end: number): void {
    const { filter, beginOffset, beginUnit, queue } = this;
    const unitDecides = filter?.matchesRecord === undefined;
    // No unit has the offset, or one that is damaged has it: then it is the one before.
    const isInGap = units > 0 && readInt64(view, position + BatchUnitOffset.queueOffset) > beginOffset;
    if (isInGap && !this.isProbed && beginUnit > queue.minUnit) return this.#chooseBefore();
    let previous = -1;
    let previousEnd = -1;
    let scanned = 0;
    for (let at = position; scanned < units; scanned++, at += BATCH_UNIT_BYTES) {
      const size = view.getInt32(at + BatchUnitOffset.size);
      const physicalOffset = readInt64(view, at);
      if (size === FILLER_SIZE && physicalOffset === 0) continue;
      const queueOffset = readInt64(view, at + BatchUnitOffset.queueOffset);
      const count = view.getInt16(at + BatchUnitOffset.messageCount);
      const isPossible = physicalOffset > previous && size >= RECORD_FIXED_BYTES && physicalOffset + size <= end;
      if (!isPossible || count <= 0 || queueOffset < previousEnd) {
        this.#choose(IN_DOUBT, 0, beginUnit + scanned, queueOffset, 1);
        scanned += 1;
        break;
      }
      previous = physicalOffset;
      previousEnd = queueOffset + count;
      if (physicalOffset < minOffset) {
        this.isPastRemoved = true;
        continue;
      }
      const tagsAt = at + BatchUnitOffset.tagsCode;
      if (filter !== undefined && !isWanted(filter, view.getInt32(tagsAt), view.getInt32(tagsAt + 4))) continue;
      if (unitDecides && this.#isPlanFull(count, size)) break;
      this.#choose(physicalOffset, size, beginUnit + scanned, queueOffset, count);
    }
    this.nextUnit += scanned;
  }

  #isPlanFull(count: number, size: number): boolean {
    if (this.#plannedMessages === 0) return false;
    return this.#plannedMessages + count > this.maxNums || this.totalBytes + size > this.maxBytes;
  }

  #chooseBefore(): void {
    this.isProbe = true;
    this.beginUnit -= 1;
    this.doneUpTo = this.beginUnit;
    this.#choose(IN_DOUBT, 0, this.beginUnit, this.beginOffset, 1);
  }

  #choose(physicalOffset: number, size: number, unit: number, queueOffset: number, count: number): void {
    this.choose(physicalOffset, size, unit);
    this.#queueOffsets.push(queueOffset);
    this.#counts.push(count);
    this.#plannedMessages += count;
  }

  override isRight(): boolean {
    const { queue, at, copiedBytes, offsets, sizes } = this;
    const view = this.view!;
    const record = this.buffer!;
    if (!isWholeRecord(view, copiedBytes, sizes[at]!, offsets[at]!)) return false;
    const queueOffset = this.#queueOffsets[at]!;
    if (!isRecordOf(view, record, copiedBytes, queue.topicBytes, queue.queueId, queueOffset)) return false;
    return messagesAt(view, record, copiedBytes) === this.#counts[at];
  }

  override decide(size: number): void {
    const before = this.copied;
    const count = this.#counts[this.at]!;
    super.decide(size);
    if (this.copied > before) this.#copiedMessages += count;
  }
}
