import { RecordOffset } from '@rocketmq-ts/protocol';
import type { BlockCache } from './block-cache.ts';
import type { CommitLog } from './commit-log.ts';
import { type ConsumeQueue, FILLER_SIZE, UNIT_BYTES } from './consume-queue.ts';
import type { ReadBuffers } from './read-buffers.ts';
import type { ReadRoom } from './read-room.ts';
import { readInt64 } from './record.ts';
import type { GetMessageStatus } from './status.ts';
import type { UnitCache } from './unit-cache.ts';

/** Which units of a queue a reader wants, told by the low 32 bits of their tags code. Undefined stands for all. */
export interface MessageFilter {
  matches(tagsCode: number): boolean;
}

/**
 * A tags code is a sign-extended hash. With enableConsumeQueueExt Apache's broker writes the address of a longer entry in
 * its place, which tells nothing of the tag: such messages are handed out, and clients look at the tag itself. Source:
 * ConsumeQueueExt#isExtAddr.
 */
function isWanted(filter: MessageFilter, high: number, low: number): boolean {
  return high !== low >> 31 || filter.matches(low);
}

export interface GetMessageResult {
  readonly status: GetMessageStatus;
  readonly nextBeginOffset: number;
  readonly minOffset: number;
  readonly maxOffset: number;
  readonly messageCount: number;
  /** Stored records back to back; lent until `release`. */
  readonly body: Buffer | undefined;
  /** Must be called once when the body's bytes are no longer needed. */
  release(): void;
}

const nothingToRelease = (): void => {};

/** One read of a queue on its way: what is to be fetched and how far it has come. */
class QueueRead {
  readonly offsets: number[] = [];
  readonly sizes: number[] = [];
  totalBytes = 0;
  copied = 0;
  copiedBytes = 0;
  /** A wanted unit pointed before the start of the log. */
  isPastRemoved = false;
  buffer: Buffer | undefined;
  nextBeginOffset: number;
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
    this.maxOffset = queue.visibleOffset;
    this.nextBeginOffset = queueOffset;
    this.beginOffset = queueOffset;
    this.maxNums = maxNums;
    this.maxBytes = maxBytes;
    this.filter = filter;
    this.done = done;
    this.room = room;
  }
}

/** Reads messages of a queue: units from memory or file, then the records they point at. Answers in the same turn when all is in memory. */
export class MessageReader {
  readonly #log: CommitLog;
  readonly #blocks: BlockCache;
  readonly #units: UnitCache;
  readonly #buffers: ReadBuffers;
  readonly #maxUnits: number;
  readonly #blockBytes: number;
  readonly #onFailed: (error: Error, file: string) => void;

  constructor(
    log: CommitLog,
    blocks: BlockCache,
    units: UnitCache,
    buffers: ReadBuffers,
    options: { maxUnits: number; blockBytes: number; onFailed: (error: Error, file: string) => void },
  ) {
    this.#log = log;
    this.#blocks = blocks;
    this.#units = units;
    this.#buffers = buffers;
    this.#maxUnits = options.maxUnits;
    this.#blockBytes = options.blockBytes;
    this.#onFailed = options.onFailed;
  }

  /**
   * `done` may run before this returns. The first message is returned whatever its size. With a `room`, memory is taken
   * there before records are brought into memory, and `gaveUp` may take the place of `done`.
   */
  read(
    queue: ConsumeQueue,
    queueOffset: number,
    maxNums: number,
    maxBytes: number,
    filter: MessageFilter | undefined,
    done: (result: GetMessageResult) => void,
    room?: ReadRoom,
  ): void {
    const read = new QueueRead(queue, queueOffset, maxNums, maxBytes, filter, done, room);
    const { minOffset, maxOffset } = read;
    if (maxOffset === 0) return this.#finish(read, 'NO_MESSAGE_IN_QUEUE', 0);
    if (queueOffset < minOffset) return this.#finish(read, 'OFFSET_TOO_SMALL', minOffset);
    if (queueOffset === maxOffset) return this.#finish(read, 'OFFSET_OVERFLOW_ONE', queueOffset);
    if (queueOffset > maxOffset) return this.#finish(read, 'OFFSET_OVERFLOW_BADLY', maxOffset);
    const view = queue.tailView;
    const tailOffset = queue.tailOffset;
    if (view !== undefined && queueOffset >= tailOffset) {
      this.#plan(
        read,
        view,
        (queueOffset - tailOffset) * UNIT_BYTES,
        Math.min(this.#maxUnits, maxOffset - queueOffset),
      );
      return this.#fetch(read);
    }
    this.#units.read(queue, queueOffset, room, (units) => {
      if (room?.abandoned === true) return room.gaveUp();
      if (units instanceof Error) {
        this.#onFailed(units, queue.files.fileAt(queueOffset * UNIT_BYTES)?.path ?? queue.files.directory);
        return this.#finish(read, 'READ_FAILED', queueOffset);
      }
      if (units === undefined || units.count === 0)
        return this.#finish(read, 'OFFSET_FOUND_NULL', this.#nextUnitFile(queue, queueOffset));
      this.#plan(read, units.view, units.position, Math.min(this.#maxUnits, units.count, maxOffset - queueOffset));
      this.#fetch(read);
    });
  }

  #nextUnitFile(queue: ConsumeQueue, queueOffset: number): number {
    const perFile = queue.files.fileSizeBytes / UNIT_BYTES;
    return (Math.floor(queueOffset / perFile) + 1) * perFile;
  }

  /** Chooses the records: as many as match and fit. */
  #plan(read: QueueRead, view: DataView, position: number, units: number): void {
    const minOffset = this.#log.minOffset;
    const end = this.#log.writtenOffset;
    let scanned = 0;
    let at = position;
    for (; scanned < units; scanned++, at += UNIT_BYTES) {
      const size = view.getInt32(at + 8);
      if (read.filter !== undefined && !isWanted(read.filter, view.getInt32(at + 12), view.getInt32(at + 16))) continue;
      if (read.offsets.length >= read.maxNums || (read.offsets.length > 0 && read.totalBytes + size > read.maxBytes))
        break;
      const physicalOffset = readInt64(view, at);
      // Fillers, units of deleted records, and (were a queue's file damaged) what can't be a record.
      if (size >= FILLER_SIZE || physicalOffset < minOffset || physicalOffset + size > end) {
        read.isPastRemoved ||= size < FILLER_SIZE && physicalOffset < minOffset;
        continue;
      }
      read.offsets.push(physicalOffset);
      read.sizes.push(size);
      read.totalBytes += size;
    }
    read.nextBeginOffset += scanned;
  }

  #fetch(read: QueueRead): void {
    if (read.offsets.length === 0) {
      // The queue does not know yet that its records expired.
      const status = read.isPastRemoved ? 'MESSAGE_WAS_REMOVING' : 'NO_MATCHED_MESSAGE';
      return this.#finish(read, status, read.nextBeginOffset);
    }
    const { room } = read;
    if (room === undefined || room.take(read.totalBytes)) this.#begin(read);
    else room.whenTaken(read.totalBytes, () => this.#begin(read));
  }

  #begin(read: QueueRead): void {
    read.buffer = this.#buffers.take(read.totalBytes);
    this.#copy(read);
  }

  #giveUp(read: QueueRead): void {
    this.#buffers.giveBack(read.buffer!);
    read.room!.gaveUp();
  }

  #copy(read: QueueRead): void {
    const target = read.buffer!;
    const tailStart = this.#log.tail.startOffset ?? Number.MAX_SAFE_INTEGER;
    while (read.copied < read.offsets.length) {
      const offset = read.offsets[read.copied]!;
      const size = read.sizes[read.copied]!;
      if (offset >= tailStart) {
        const slab = this.#log.tail.at(offset);
        if (slab === undefined || offset + size > slab.end) return this.#finishCopied(read);
        slab.buffer.copy(target, read.copiedBytes, offset - slab.base, offset - slab.base + size);
      } else {
        const missing = this.#blocks.copy(offset, size, target, read.copiedBytes);
        if (missing >= 0) return this.#load(read, missing, offset, size);
      }
      if (target.readInt32BE(read.copiedBytes) === size) {
        read.copied += 1;
        read.copiedBytes += size;
      } else this.#skip(read);
    }
    this.#finishCopied(read);
  }

  /** No record is where the unit says, since the log is damaged there: what follows must not be withheld for it. */
  #skip(read: QueueRead): void {
    read.offsets.splice(read.copied, 1);
    read.sizes.splice(read.copied, 1);
  }

  /** Brings what is missing into memory: a whole piece where neighbours will be wanted too, else just the record. */
  #load(read: QueueRead, missing: number, offset: number, size: number): void {
    const { room } = read;
    if (room?.abandoned === true) return this.#giveUp(read);
    const next = read.offsets[read.copied + 1];
    const previous = read.offsets[read.copied - 1];
    // A record larger than a piece would push out its own beginning.
    const dense =
      size <= this.#blockBytes &&
      ((next !== undefined && next - offset < this.#blockBytes) ||
        (previous !== undefined && offset - previous < this.#blockBytes) ||
        read.offsets.length === 1);
    if (dense) {
      this.#blocks.load(missing, this.#log.writtenOffset, {
        get abandoned() {
          return room?.abandoned === true;
        },
        loaded: (error) => {
          if (error === null) this.#copy(read);
          // One bad place must not take the neighbours along.
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
    if (file === undefined) return this.#finishCopied(read);
    const target = (): Buffer | undefined => (read.room?.abandoned === true ? undefined : read.buffer);
    file.read(target, read.copiedBytes, size, offset - file.baseOffset, (error, bytesRead) => {
      if (read.room?.abandoned === true) return this.#giveUp(read);
      if (error !== null) {
        this.#onFailed(error, file.path);
        return this.#failRead(read);
      }
      if (bytesRead === size && read.buffer!.readInt32BE(read.copiedBytes) === size) {
        read.copied += 1;
        read.copiedBytes += size;
      } else this.#skip(read);
      this.#copy(read);
    });
  }

  /** The disk could not read: a consumer must not go past what may be readable the next time. */
  #failRead(read: QueueRead): void {
    if (read.copied === 0) this.#finish(read, 'READ_FAILED', read.beginOffset);
    else this.#finishCopied(read);
  }

  /** Answers with what could be read; when the rest is unreadable, the next read begins at the first record that is missing. */
  #finishCopied(read: QueueRead): void {
    const { copied, sizes, buffer } = read;
    if (copied === 0) return this.#finish(read, 'MESSAGE_WAS_REMOVING', read.nextBeginOffset);
    if (copied === sizes.length) return this.#finish(read, 'FOUND', read.nextBeginOffset);
    const last = read.copiedBytes - sizes[copied - 1]!;
    this.#finish(read, 'FOUND', Number(buffer!.readBigInt64BE(last + RecordOffset.queueOffset)) + 1);
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
