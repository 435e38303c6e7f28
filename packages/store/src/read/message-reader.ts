import type { MessageFilter } from '@rocketmq-ts/filter';
import { viewOf } from '@rocketmq-ts/kernel';
import type { BlockCache } from '../log/block-cache.ts';
import type { CommitLog } from '../log/commit-log.ts';
import { type ConsumeQueue, UNIT_BYTES } from '../queue/consume-queue.ts';
import type { GetMessageResult, ReadRoom } from '../queue/queue-view.ts';
import type { GetMessageStatus } from '../status.ts';
import { IN_DOUBT, QueueRead } from './queue-read.ts';
import type { QueueRepair } from './queue-repair.ts';
import { ReadBuffers } from './read-buffers.ts';
import type { ReadFailures } from './read-failures.ts';
import type { UnitCache } from './unit-cache.ts';

const nothingToRelease = (): void => {};

/** Of one read. */
export interface ReadBounds {
  /** Units that are looked at. */
  readonly maxUnits: number;
  readonly maxMessages: number;
  /** Of all records, unless the first one alone is larger. */
  readonly maxBytes: number;
  /** Piece in which records are brought into memory with their neighbours. */
  readonly blockBytes: number;
}

/** Reads messages of a queue: units from memory or file, then the records they point at. Answers in the same turn when all is in memory. */
export class MessageReader {
  readonly #log: CommitLog;
  readonly #blocks: BlockCache;
  readonly #units: UnitCache;
  readonly #buffers = new ReadBuffers();
  readonly #bounds: ReadBounds;
  readonly #repair: Pick<QueueRepair, 'run'>;
  readonly #failures: ReadFailures;

  constructor(
    log: CommitLog,
    blocks: BlockCache,
    units: UnitCache,
    repair: Pick<QueueRepair, 'run'>,
    bounds: ReadBounds,
    failures: ReadFailures,
  ) {
    this.#repair = repair;
    this.#log = log;
    this.#blocks = blocks;
    this.#units = units;
    this.#bounds = bounds;
    this.#failures = failures;
  }

  /** As `QueueView.read`. */
  read(
    queue: ConsumeQueue,
    queueOffset: number,
    maxNums: number,
    maxBytes: number,
    filter: MessageFilter | undefined,
    done: (result: GetMessageResult) => void,
    room?: ReadRoom,
  ): void {
    const { maxMessages, maxBytes: most } = this.#bounds;
    const messages = Math.min(maxNums, maxMessages);
    this.#begin(new QueueRead(queue, queueOffset, messages, Math.min(maxBytes, most), filter, done, room));
  }

  #begin(read: QueueRead): void {
    const { queue, minOffset, maxOffset, beginOffset: queueOffset, room } = read;
    if (maxOffset === 0) return this.#finish(read, 'NO_MESSAGE_IN_QUEUE', 0);
    if (queueOffset < minOffset) return this.#finish(read, 'OFFSET_TOO_SMALL', minOffset);
    if (queueOffset === maxOffset) return this.#finish(read, 'OFFSET_OVERFLOW_ONE', queueOffset);
    if (queueOffset > maxOffset) return this.#finish(read, 'OFFSET_OVERFLOW_BADLY', maxOffset);
    const view = queue.tailView;
    const tailOffset = queue.tailOffset;
    if (view !== undefined && queueOffset >= tailOffset) {
      this.#plan(read, view, (queueOffset - tailOffset) * UNIT_BYTES, maxOffset - queueOffset);
      return this.#fetch(read);
    }
    this.#units.read(queue, queueOffset, room, (units) => {
      if (room?.abandoned === true) return room.gaveUp();
      if (units instanceof Error) {
        this.#failures.report(units, queue.files.fileAt(queueOffset * UNIT_BYTES)?.path ?? queue.files.directory);
        return this.#finish(read, 'READ_FAILED', queueOffset);
      }
      if (units === undefined || units.count === 0)
        return this.#finish(read, 'OFFSET_FOUND_NULL', this.#nextUnitFile(queue, queueOffset));
      read.unitsAreInDoubt = true;
      this.#plan(read, units.view, units.position, Math.min(units.count, maxOffset - queueOffset));
      this.#fetch(read);
    });
  }

  #nextUnitFile(queue: ConsumeQueue, queueOffset: number): number {
    const perFile = queue.files.fileSizeBytes / UNIT_BYTES;
    return (Math.floor(queueOffset / perFile) + 1) * perFile;
  }

  #plan(read: QueueRead, view: DataView, position: number, units: number): void {
    const { minOffset, writtenOffset } = this.#log;
    read.plan(view, position, Math.min(this.#bounds.maxUnits, units), minOffset, writtenOffset);
  }

  #fetch(read: QueueRead): void {
    if (read.offsets.length === 0) return this.#finishCopied(read);
    this.#takeRoom(read, Math.max(read.sizes[0]!, Math.min(read.totalBytes, read.maxBytes)));
  }

  /** Takes memory for so many bytes, in place of what was taken before, and copies. */
  #takeRoom(read: QueueRead, bytes: number): void {
    const { room, buffer } = read;
    if (buffer !== undefined) this.#buffers.giveBack(buffer);
    read.buffer = undefined;
    read.roomBytes = bytes;
    if (room === undefined || room.take(bytes)) this.#takeBuffer(read);
    else room.whenTaken(bytes, () => this.#takeBuffer(read));
  }

  #takeBuffer(read: QueueRead): void {
    const buffer = this.#buffers.take(read.roomBytes);
    read.buffer = buffer;
    read.view = viewOf(buffer);
    this.#copy(read);
  }

  #giveUp(read: QueueRead): void {
    this.#buffers.giveBack(read.buffer!);
    read.room!.gaveUp();
  }

  #copy(read: QueueRead): void {
    const target = read.buffer!;
    const tailStart = this.#log.tail.startOffset ?? Number.MAX_SAFE_INTEGER;
    while (read.at < read.offsets.length) {
      const offset = read.offsets[read.at]!;
      const size = read.sizes[read.at]!;
      if (offset === IN_DOUBT) return this.#mend(read);
      if (read.isFull(read.copied, read.copiedBytes + size)) break;
      if (read.copiedBytes + size > read.roomBytes) return this.#takeRoom(read, size);
      if (offset >= tailStart) {
        const slab = this.#log.tail.at(offset);
        if (slab === undefined || (offset + size > slab.end && !read.unitsAreInDoubt)) {
          read.passMissing();
          continue;
        }
        slab.buffer.copy(
          target,
          read.copiedBytes,
          offset - slab.base,
          Math.min(offset - slab.base + size, slab.length),
        );
        if (read.unitsAreInDoubt && !read.isRight()) return this.#mend(read);
      } else {
        const missing = this.#blocks.copy(offset, size, target, read.copiedBytes);
        if (missing >= 0) return this.#load(read, missing, offset, size);
        if (!read.isRight()) return this.#mend(read);
      }
      read.decide(size);
    }
    this.#finishCopied(read);
  }

  /**
   * The unit does not lead to its record, or the record is damaged. Its place is mended from the log; where there is no such
   * record it is left out and the read continues behind it, so that nothing is withheld for it.
   */
  #mend(read: QueueRead): void {
    const queueOffset = read.queueOffsets[read.at]!;
    this.#repair.run(read.queue, queueOffset, (outcome, from) => {
      if (read.room?.abandoned === true) return this.#giveUp(read);
      if (outcome === 'FAILED') return this.#failRead(read);
      if (outcome === 'RESTORED') {
        // The answer ends before the mended units, or the read begins again.
        const next = Math.max(read.doneUpTo, Math.min(from, queueOffset));
        if (read.copied > 0) return this.#finish(read, 'FOUND', next);
        // What is mended is right now, unless it was damaged anew.
        return read.isSecondTry ? this.#failRead(read) : this.#again(read, next);
      }
      read.at += 1;
      this.#copy(read);
    });
  }

  #again({ queue, maxNums, maxBytes, filter, done, room, buffer }: QueueRead, queueOffset: number): void {
    if (buffer !== undefined) this.#buffers.giveBack(buffer);
    const read = new QueueRead(queue, queueOffset, maxNums, maxBytes, filter, done, room);
    read.isSecondTry = true;
    this.#begin(read);
  }

  /** Brings what is missing into memory: a whole piece where neighbours will be wanted too, else just the record. */
  #load(read: QueueRead, missing: number, offset: number, size: number): void {
    const { room } = read;
    if (room?.abandoned === true) return this.#giveUp(read);
    const next = read.offsets[read.at + 1];
    const previous = read.offsets[read.at - 1];
    // A record larger than a piece would push out its own beginning.
    const dense =
      size <= this.#bounds.blockBytes &&
      ((next !== undefined && next - offset < this.#bounds.blockBytes) ||
        (previous !== undefined && offset - previous < this.#bounds.blockBytes) ||
        read.offsets.length === 1);
    if (dense) {
      this.#blocks.load(missing, this.#log.writtenOffset, {
        get abandoned() {
          return room?.abandoned === true;
        },
        loaded: (error) => {
          if (error === null) this.#copy(read);
          // One bad place must not fail its neighbours.
          else this.#readRecord(read, offset, size);
        },
      });
      return;
    }
    this.#readRecord(read, offset, size);
  }

  /** Reads a record by itself, past the cache. */
  #readRecord(read: QueueRead, offset: number, size: number): void {
    const file = this.#log.files.fileAt(offset);
    if (file === undefined) {
      read.passMissing();
      return this.#copy(read);
    }
    const target = (): Buffer | undefined => (read.room?.abandoned === true ? undefined : read.buffer);
    file.read(target, read.copiedBytes, size, offset - file.baseOffset, (error, bytesRead) => {
      if (read.room?.abandoned === true) return this.#giveUp(read);
      if (error !== null) {
        this.#failures.report(error, file.path);
        return this.#failRead(read);
      }
      if (bytesRead < size || !read.isRight()) return this.#mend(read);
      read.decide(size);
      this.#copy(read);
    });
  }

  /** The disk could not read: a consumer must not go past what may be readable the next time. */
  #failRead(read: QueueRead): void {
    if (read.doneUpTo === read.beginOffset) this.#finish(read, 'READ_FAILED', read.beginOffset);
    else this.#finishCopied(read);
  }

  /** Answers with what was copied; where records are left, the next read begins behind the last one that was decided. */
  #finishCopied(read: QueueRead): void {
    const next = read.at === read.offsets.length ? read.nextBeginOffset : read.doneUpTo;
    if (read.copied > 0) return this.#finish(read, 'FOUND', next);
    this.#finish(read, read.isPastRemoved ? 'MESSAGE_WAS_REMOVING' : 'NO_MATCHED_MESSAGE', next);
  }

  #finish(read: QueueRead, status: GetMessageStatus, nextBeginOffset: number): void {
    const buffer = read.buffer;
    const found = status === 'FOUND' && buffer !== undefined;
    if (!found && buffer !== undefined) this.#buffers.giveBack(buffer);
    read.done({
      status,
      nextBeginOffset,
      minOffset: read.minOffset,
      maxOffset: read.maxOffset,
      messageCount: found ? read.copied : 0,
      body: found ? buffer.subarray(0, read.copiedBytes) : undefined,
      release: found ? () => this.#buffers.giveBack(buffer) : nothingToRelease,
    });
  }
}
