import type { LogPiece, MessageStore } from '@rocketmq-ts/store';

type Store = Pick<MessageStore, 'facts' | 'readLog'>;

/** The size of a record, with which it begins. */
const SIZE_BYTES = 4;
/** Larger records are compared up to here. */
const MOST_OVERLAP_BYTES = 4 * 1024 * 1024;

/**
 * The newest record of a slave's log, to be held against its master's bytes: the default protocol has no other way to find out
 * whether both logs are one. Of the first record all but its size. `bytes` is empty for a log without records.
 */
export interface Overlap {
  readonly from: number;
  readonly bytes: Buffer;
}

/** Calls `done` with the overlap, in the same turn if it is in memory; with an error when it can't be read. */
export function readOverlap(store: Store, done: (overlap: Overlap | Error) => void): void {
  const { lastRecordOffset, appendOffset } = store.facts;
  const record = lastRecordOffset ?? appendOffset;
  // Who asks for offset 0 has nothing, and gets the master's newest file. Source: DefaultHAConnection.WriteSocketService#run.
  const from = record === 0 && appendOffset > 0 ? SIZE_BYTES : record;
  const pieces: Buffer[] = [];
  let next = record;
  const end = Math.min(appendOffset, record + MOST_OVERLAP_BYTES);
  const step = (): void => {
    if (next >= end) return done({ from, bytes: ofRecord(Buffer.concat(pieces)).subarray(from - record) });
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
