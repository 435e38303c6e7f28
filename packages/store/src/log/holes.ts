import { asError, type Disk, type Logger } from '@rocketmq-ts/kernel';
import { isPassing } from './disk-refusal.ts';
import { blankRecord, holeRecords, LEAST_HOLE_BYTES } from './hole-record.ts';
import { type MappedFile, mappedFileName } from './mapped-file.ts';
import { BLANK_RECORD_BYTES } from './record.ts';
import { isZero } from './zeros.ts';

const PIECE_BYTES = 1024 * 1024;
/** What disks write as one: a write that was lost leaves whole sectors as they were. */
const SECTOR_BYTES = 512;
/** A record that marks the place, where nothing but the end of a file follows. */
const MARK_BYTES = 4096;

/** Bytes [from, to) of one log file that are no records, although records follow. */
export interface LogHole {
  readonly file: MappedFile;
  readonly from: number;
  readonly to: number;
  /** Of the record before it, or behind it. */
  readonly storeTimestamp: number;
}

/**
 * Places of the commit log that hold no records although records follow. A reader that stops at the first thing that is no
 * record, as Apache's broker does when it starts, would end the log there: so each such place is filled with records that
 * carry no message. What was there is kept in the folder `damaged-log`, in a file named by its offset.
 */
export class LogHoles {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #logger: Logger;
  /** Holes that the disk has not let be filled so far, by their offsets. */
  readonly refused = new Map<number, LogHole>();
  readonly #piece = Buffer.allocUnsafeSlow(PIECE_BYTES);

  constructor(disk: Disk, root: string, logger: Logger) {
    this.#disk = disk;
    this.#directory = `${root}/damaged-log`;
    this.#logger = logger;
  }

  /**
   * True where the hole looks like a write that never reached the disk: files are zeros before they are written, so zeros are
   * where a record should begin or end, or in a whole sector. Damage done to what was written leaves something else.
   */
  isLostWrite({ file, from, to }: LogHole): boolean {
    let zeros = 0;
    let at = from;
    for (const piece of this.#pieces(file, from, to)) {
      for (let i = 0; i < piece.length; i++) {
        zeros = piece[i] === 0 ? zeros + 1 : 0;
        at += 1;
        const isSector = at % SECTOR_BYTES === 0 && zeros >= SECTOR_BYTES;
        if (isSector || (zeros === 8 && at === from + 8)) return true;
      }
    }
    return zeros >= 8;
  }

  /**
   * Fills a hole. The caller makes the file durable. Throws the disk's error; what passes is logged, and the hole is kept in
   * `refused`. A full disk takes the filling, which needs no room, and that counts more than the copy of what is damaged.
   */
  fill(hole: LogHole): void {
    const { from } = hole;
    const keepRefusal = refusalOf(() => this.#keep(hole));
    if (keepRefusal !== undefined)
      this.#report('what a damaged place of the commit log held could not be kept', hole, keepRefusal);
    const refusal = refusalOf(() => this.#fill(hole));
    if (refusal === undefined) {
      this.refused.delete(from);
      return;
    }
    this.refused.set(from, hole);
    this.#report('a damaged place of the commit log could not be filled; it is tried again', hole, refusal);
  }

  /** Fills a hole whose filling was refused, durably. Throws the disk's error. */
  refill(hole: LogHole): void {
    const { file, from, to } = hole;
    // That it could not be kept was reported before.
    refusalOf(() => this.#keep(hole));
    this.#fill(hole);
    file.syncSync();
    this.refused.delete(from);
    const fields = { file: file.path, offset: from, bytes: to - from };
    this.#logger.info('a damaged place of the commit log is filled, which the disk had refused', fields);
  }

  #report(sentence: string, { file, from, to }: LogHole, error: unknown): void {
    this.#logger.error(sentence, { file: file.path, offset: from, bytes: to - from, error: asError(error) });
  }

  #fill({ file, from, to, storeTimestamp }: LogHole): void {
    // A record that leaves no room for a blank one behind it is none of ours, nor of Apache's.
    if (to - from < BLANK_RECORD_BYTES) return;
    file.use((open) => {
      const write = (bytes: Uint8Array, offset: number): void =>
        open.writeSync(bytes, 0, bytes.length, offset - file.baseOffset);
      const isEnd = to === file.endOffset;
      // At the end of a file a blank record takes the rest, whatever its size: a small one before it marks the place.
      const room = to - from - (isEnd ? BLANK_RECORD_BYTES : 0);
      const recordsEnd = isEnd ? from + (room < LEAST_HOLE_BYTES ? 0 : Math.min(room, MARK_BYTES)) : to;
      for (const { offset, sizeBytes, head, tail } of holeRecords(from, recordsEnd, storeTimestamp)) {
        write(head, offset);
        this.#writeZeros(write, offset + head.length, offset + sizeBytes - tail.length);
        write(tail, offset + sizeBytes - tail.length);
      }
      if (!isEnd) return;
      file.clearFrom(recordsEnd - file.baseOffset);
      write(blankRecord(to - recordsEnd), recordsEnd);
    });
  }

  #writeZeros(write: (bytes: Uint8Array, offset: number) => void, from: number, to: number): void {
    this.#piece.fill(0, 0, Math.min(PIECE_BYTES, to - from));
    for (let offset = from; offset < to; offset += PIECE_BYTES)
      write(this.#piece.subarray(0, Math.min(PIECE_BYTES, to - offset)), offset);
  }

  /** Keeps what was there, unless it is zeros; once: of a place that is damaged again the first state is kept. */
  #keep({ file, from, to }: LogHole): void {
    const path = `${this.#directory}/${mappedFileName(from)}`;
    if (this.#disk.stat(path) !== undefined || this.#isZeros(file, from, to)) return;
    this.#disk.makeDirectory(this.#directory);
    const copy = this.#disk.open(path, 'create');
    let isKept = false;
    try {
      let position = 0;
      for (const piece of this.#pieces(file, from, to)) {
        copy.writeSync(piece, 0, piece.length, position);
        position += piece.length;
      }
      copy.syncSync();
      isKept = true;
    } finally {
      copy.close();
      if (!isKept) this.#disk.remove(path);
    }
    this.#logger.warn('what a damaged place of the commit log held is kept', { path, offset: from, bytes: to - from });
  }

  #isZeros(file: MappedFile, from: number, to: number): boolean {
    for (const piece of this.#pieces(file, from, to)) if (!isZero(piece)) return false;
    return true;
  }

  /** Reads [from, to) piece by piece, each valid until the next. What a file lacks at its end counts as zeros. */
  *#pieces(file: MappedFile, from: number, to: number): Generator<Buffer> {
    for (let offset = from; offset < to; offset += PIECE_BYTES) {
      const piece = this.#piece.subarray(0, Math.min(PIECE_BYTES, to - offset));
      piece.fill(0, file.readSync(piece, 0, piece.length, offset - file.baseOffset));
      yield piece;
    }
  }
}

/** What the disk refuses for now; undefined when it refused nothing. Throws every other error. */
function refusalOf(work: () => void): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    if (!isPassing(error)) throw error;
    return error;
  }
}
