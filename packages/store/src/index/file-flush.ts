import type { IndexFile } from './index-file.ts';
import { ENTRY_BYTES, ENTRY_PREVIOUS_AT, INDEX_HEADER_BYTES, writeIndexHeader } from './layout.ts';
import type { SlotRun } from './slots.ts';

/** A call to make to the file next. */
export type FlushStep =
  | {
      readonly call: 'WRITE';
      readonly bytes: Uint8Array;
      readonly offset: number;
      readonly length: number;
      readonly position: number;
    }
  | { readonly call: 'SYNC' };

const SYNC: FlushStep = { call: 'SYNC' };

/**
 * What has to be done so that a file holds its entries below a number, step by step: the caller makes the calls, on the loop or
 * off it, and takes the next step when one has succeeded. When a call did not succeed the caller returns from the steps: what is
 * left of them is due again. Durable: entries and slots are synced before the header counts them, so that after a crash the
 * header never counts more than what is there.
 */
export function* flushSteps(file: IndexFile, target: number, durable: boolean): Generator<FlushStep, void, void> {
  const { tail, flushed } = file;
  let run: SlotRun | undefined;
  let isComplete = false;
  try {
    yield* writeEntries(file, target);
    if (durable && file.durableEntry !== tail.first) {
      const nextRun = (): SlotRun | undefined => file.slots?.takeRun(tail.first, (entry) => tail.previousOf(entry));
      file.slots?.beginRuns();
      for (run = nextRun(); run !== undefined; run = nextRun()) {
        yield { call: 'WRITE', bytes: run.bytes, offset: 0, length: run.length, position: INDEX_HEADER_BYTES + run.at };
      }
      yield SYNC;
      const { nextEntry } = flushed;
      const header = Buffer.alloc(INDEX_HEADER_BYTES);
      writeIndexHeader(flushed, header);
      yield { call: 'WRITE', bytes: header, offset: 0, length: INDEX_HEADER_BYTES, position: 0 };
      yield SYNC;
      file.durableEntry = nextEntry;
    }
    isComplete = true;
  } finally {
    if (!isComplete) {
      if (run !== undefined) file.slots?.markDirty(run.at, run.length);
      file.durableEntry = Math.min(file.durableEntry, tail.first - 1);
    }
  }
}

function* writeEntries(file: IndexFile, target: number): Generator<FlushStep, void, void> {
  const { tail, flushed, shape } = file;
  while (tail.first < Math.min(target, tail.next)) {
    const { bytes, offset, count } = tail.piece(tail.first, Math.min(target, tail.next));
    const length = count * ENTRY_BYTES;
    yield { call: 'WRITE', bytes, offset, length, position: shape.entriesAt + tail.first * ENTRY_BYTES };
    // Nothing was removed meanwhile: only entries of confirmed records are written.
    const last = tail.first + count - 1;
    for (let at = offset; at < offset + length; at += ENTRY_BYTES) {
      if (bytes.readInt32BE(at + ENTRY_PREVIOUS_AT) === 0) flushed.usedSlots += 1;
    }
    flushed.nextEntry = last + 1;
    flushed.beginPhyOffset = file.beginPhyOffset;
    flushed.beginTimestamp = file.beginTimestamp;
    flushed.endPhyOffset = tail.offsetOf(last);
    flushed.endTimestamp = tail.storeTimestampOf(last);
    tail.releaseBelow(last + 1);
  }
}
