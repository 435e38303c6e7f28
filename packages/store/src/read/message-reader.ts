import type { MessageFilter } from '@rocketmq-ts/filter';
import { asError, viewOf } from '@rocketmq-ts/kernel';
import type { BlockCache } from '../log/block-cache.ts';
import type { CommitLog } from '../log/commit-log.ts';
import type { ConsumeQueue } from '../queue/consume-queue.ts';
import type { GetMessageResult, ReadRoom } from '../queue/queue-view.ts';
import type { GetMessageStatus } from '../status.ts';
import { BatchQueueRead } from './batch-queue-read.ts';
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
    let read: QueueRead;
    try {
      read = beginRead(queue, queueOffset, messages, Math.min(maxBytes, most), filter, done, room);
    } catch (error) {
      // The unit was looked for in the file.
      this.#failures.report(asError(error), queue.files.directory);
      const { minOffset, maxOffset } = queue;
      const nothing = { messageCount: 0, body: undefined, release: nothingToRelease };
      return done({ status: 'READ_FAILED', nextBeginOffset: queueOffset, minOffset, maxOffset, ...nothing });
    }
    this.#begin(read);
  }

  #begin(read: QueueRead): void {
    const { queue, minOffset, maxOffset, beginOffset: queueOffset, beginUnit, room } = read;
    // Slaves show what they have, which may be more than is visible here yet: such a reader waits.
    const isAhead = queueOffset > maxOffset && queueOffset <= queue.nextOffset;
    if (isAhead) return this.#finish(read, 'OFFSET_OVERFLOW_ONE', queueOffset);
    if (maxOffset === 0) return this.#finish(read, 'NO_MESSAGE_IN_QUEUE', 0);
    if (queueOffset < minOffset) return this.#finish(read, 'OFFSET_TOO_SMALL', minOffset);
    if (queueOffset === maxOffset) return this.#finish(read, 'OFFSET_OVERFLOW_ONE', queueOffset);
    if (queueOffset > maxOffset) return this.#finish(read, 'OFFSET_OVERFLOW_BADLY', maxOffset);
    const view = queue.tailView;
    const { tailUnit, visibleUnit, unitBytes } = queue;
    if (view !== undefined && beginUnit >= tailUnit) {
      this.#plan(read, view, (beginUnit - tailUnit) * unitBytes, visibleUnit - beginUnit);
      return this.#fetch(read);
    }
    this.#units.read(queue, beginUnit, room, (units) => {
      if (room?.abandoned === true) return room.gaveUp();
      if (units instanceof Error) {
        this.#failures.report(units, queue.files.fileAt(beginUnit * unitBytes)?.path ?? queue.files.directory);
        return this.#finish(read, 'READ_FAILED', queueOffset);
      }
      if (units === undefined || units.count === 0)
        return this.#finishAt(read, 'OFFSET_FOUND_NULL', this.#nextUnitFile(queue, beginUnit));
      read.unitsAreInDoubt = true;
      this.#plan(read, units.view, units.position, Math.min(units.count, visibleUnit - beginUnit));
      this.#fetch(read);
    });
  }

  #nextUnitFile(queue: ConsumeQueue, unit: number): number {
    const perFile = queue.files.fileSizeBytes / queue.unitBytes;
    return Math.min(queue.visibleUnit, (Math.floor(unit / perFile) + 1) * perFile);
  }

  #plan(read: QueueRead, view: DataView, position: number, units: number): void {
    const { minOffset, writtenOffset } = this.#log;
    const most = Math.min(this.#bounds.maxUnits, read.filter?.maxRecords ?? units);
    read.plan(view, position, Math.min(most, units), minOffset, writtenOffset);
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
      if (read.isNextTooMuch) break;
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
    const unit = read.units[read.at]!;
    this.#repair.run(read.queue, unit, (outcome, from) => {
      if (read.room?.abandoned === true) return this.#giveUp(read);
      if (outcome === 'FAILED') return this.#failRead(read);
      if (outcome === 'RESTORED') {
        // The answer ends before the mended units, or the read begins again.
        const next = Math.max(read.doneUpTo, Math.min(from, unit));
        if (read.copied > 0) return this.#finishAt(read, 'FOUND', next);
        return read.mends >= read.maxMends ? this.#failRead(read) : this.#again(read, next);
      }
      if (read.isProbe) return this.#again(read, unit);
      read.at += 1;
      this.#copy(read);
    });
  }

  #again(before: QueueRead, unit: number): void {
    const { queue, maxNums, maxBytes, filter, done, room, buffer } = before;
    let read: QueueRead;
    try {
      const queueOffset = Math.max(before.beginOffset, queue.beginOf(unit));
      read = beginRead(queue, queueOffset, maxNums, maxBytes, filter, done, room);
    } catch (error) {
      this.#failures.report(asError(error), queue.files.directory);
      return this.#failRead(before);
    }
    if (buffer !== undefined) this.#buffers.giveBack(buffer);
    read.isProbed = before.isProbe;
    read.mends = before.mends + 1;
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
    if (read.doneUpTo === read.beginUnit) this.#finish(read, 'READ_FAILED', read.beginOffset);
    else this.#finishCopied(read);
  }

  /** Answers with what was copied; where records are left, the next read begins behind the last one that was decided. */
  #finishCopied(read: QueueRead): void {
    const next = read.at === read.offsets.length ? read.nextUnit : read.doneUpTo;
    if (read.copied > 0) return this.#finishAt(read, 'FOUND', next);
    this.#finishAt(read, read.isPastRemoved ? 'MESSAGE_WAS_REMOVING' : 'NO_MATCHED_MESSAGE', next);
  }

  /** The next read begins with this unit. */
  #finishAt(read: QueueRead, status: GetMessageStatus, unit: number): void {
    let next: number;
    try {
      next = Math.max(read.beginOffset, read.queue.beginOf(unit));
    } catch (error) {
      this.#failures.report(asError(error), read.queue.files.directory);
      return this.#finish(read, 'READ_FAILED', read.beginOffset);
    }
    this.#finish(read, status, next);
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
      messageCount: found ? read.messageCount : 0,
      body: found ? buffer.subarray(0, read.copiedBytes) : undefined,
      release: found ? () => this.#buffers.giveBack(buffer) : nothingToRelease,
    });
  }
}

function beginRead(...[queue, ...read]: ConstructorParameters<typeof QueueRead>): QueueRead {
  return queue.type === 'BatchCQ' ? new BatchQueueRead(queue, ...read) : new QueueRead(queue, ...read);
}
