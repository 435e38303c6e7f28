import type { LogPiece, MessageStore } from '@rocketmq-ts/store';

type Store = Pick<MessageStore, 'facts' | 'readLog'>;

/** Larger records are compared up to here. */
const MOST_OVERLAP_BYTES = 4 * 1024 * 1024;

/**
 * The newest record of a slave's log, to be held against its master's bytes: the default protocol has no other way to find out
 * whether both logs are one. `bytes` is empty for a log without records.
 */
export interface Overlap {
  readonly from: number;
  readonly bytes: Buffer;
}

/** Calls `done` with the overlap, in the same turn if it is in memory; with an error when it can't be read. */
export function readOverlap(store: Store, done: (overlap: Overlap | Error) => void): void {
  const { lastRecordOffset, appendOffset } = store.facts;
  const from = lastRecordOffset ?? appendOffset;
  const pieces: Buffer[] = [];
  let next = from;
  const end = Math.min(appendOffset, from + MOST_OVERLAP_BYTES);
  const step = (): void => {
    if (next >= end) return done({ from, bytes: ofRecord(Buffer.concat(pieces)) });
    store.readLog(next, end - next, (piece: LogPiece | Error) => {
      if (piece instanceof Error) return done(piece);
      pieces.push(Buffer.from(piece.bytes));
      next += piece.bytes.length;
      piece.release();
      step();
    });
  };
  step();
}

/** Behind the record there may be a blank one, whose rest nobody reads: two logs that are one may differ there. */
function ofRecord(bytes: Buffer): Buffer {
  return bytes.length < 4 ? bytes : bytes.subarray(0, Math.min(bytes.length, bytes.readInt32BE(0)));
}
