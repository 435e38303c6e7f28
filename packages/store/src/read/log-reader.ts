import type { CommitLog } from '../log/commit-log.ts';
import type { Slab } from '../log/slab.ts';

/** Bytes of the log, lent to the reader until it releases them. */
export interface LogPiece {
  readonly bytes: Buffer;
  /** To be called once; the bytes must not be used any more. */
  release(): void;
}

/** The most that one read takes from a file. */
const MOST_FILE_BYTES = 512 * 1024;
/** Buffers kept for further reads. */
const KEPT_BUFFERS = 4;
/** What a file has between its blank record and its end, where that is not in memory. */
const zeros = Buffer.alloc(64 * 1024);

const nothingToRelease = (): void => {};

/** Reads the log as bytes, whatever records they are: for those who copy it elsewhere. */
export class LogReader {
  readonly #log: CommitLog;
  readonly #free: Buffer[] = [];

  constructor(log: CommitLog) {
    this.#log = log;
  }

  /** As `MessageStore.readLog`. */
  read(physicalOffset: number, maxBytes: number, done: (piece: LogPiece | Error) => void): void {
    const { minOffset, writtenOffset, tail } = this.#log;
    if (physicalOffset < minOffset || physicalOffset >= writtenOffset || maxBytes <= 0) {
      return done(new RangeError(`the log has [${minOffset}, ${writtenOffset}), not offset ${physicalOffset}`));
    }
    const most = Math.min(maxBytes, writtenOffset - physicalOffset);
    if (physicalOffset < (tail.startOffset ?? Number.POSITIVE_INFINITY))
      return this.#readFile(physicalOffset, most, done);
    const slab = tail.at(physicalOffset);
    if (slab !== undefined) return done(lend(slab, physicalOffset, most));
    const rest = this.#fileAt(physicalOffset).endOffset - physicalOffset;
    done({ bytes: zeros.subarray(0, Math.min(most, rest, zeros.length)), release: nothingToRelease });
  }

  #readFile(physicalOffset: number, most: number, done: (piece: LogPiece | Error) => void): void {
    const file = this.#fileAt(physicalOffset);
    const length = Math.min(most, file.endOffset - physicalOffset, MOST_FILE_BYTES);
    const buffer = this.#free.pop() ?? Buffer.allocUnsafeSlow(MOST_FILE_BYTES);
    const release = (): void => {
      if (this.#free.length < KEPT_BUFFERS) this.#free.push(buffer);
    };
    file.read(
      () => buffer,
      0,
      length,
      physicalOffset - file.baseOffset,
      (error, bytesRead) => {
        if (error === null && bytesRead > 0) return done({ bytes: buffer.subarray(0, bytesRead), release });
        release();
        done(error ?? new Error(`${file.path} ends too early`));
      },
    );
  }

  #fileAt(physicalOffset: number) {
    return this.#log.files.fileAt(physicalOffset)!;
  }
}

function lend(slab: Slab, physicalOffset: number, most: number): LogPiece {
  const from = physicalOffset - slab.base;
  slab.lent += 1;
  let isLent = true;
  return {
    bytes: slab.buffer.subarray(from, Math.min(from + most, slab.length)),
    release: () => {
      if (isLent) slab.lent -= 1;
      isLent = false;
    },
  };
}
