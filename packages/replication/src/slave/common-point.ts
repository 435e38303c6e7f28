import { type ProbeParts, type ProbeResult, probe, readOwn } from './log-probe.ts';

/** Sizes of records are read in pieces of this size. */
const WALK_BYTES = 256 * 1024;
const SIZE_BYTES = 4;

/**
 * Where two logs part. `offset`: the end of the last record that both have; at or below the beginning of the own log when they
 * have none in common.
 */
export interface CommonPoint {
  readonly offset: number;
  readonly sentence: string;
}

/**
 * Finds where the own log parts from a master's, with nothing but its bytes: the default protocol knows no identity of a log.
 * Files are looked at from the newest on: one whose first record is the same has the point in it, or ends before it. Undefined when
 * the master has shown nothing of its log: an empty master is no reason to give up what this one has. Needs memory for
 * one piece of the log, writes nothing, and may end at any step.
 */
export async function findCommonPoint(
  parts: ProbeParts & { readonly fileSizeBytes: number },
  address: string,
  signal: AbortSignal,
): Promise<CommonPoint | undefined> {
  const { store, fileSizeBytes } = parts;
  const { minOffset, appendOffset } = store.facts;
  let hasSeenBytes = false;
  for (let base = lastFile(appendOffset, fileSizeBytes); base >= minOffset; base -= fileSizeBytes) {
    // To report 0 asks for the last file. The first byte of a record is that of its size, which has four.
    const { equalTo, hasBytes } = await compare(parts, address, Math.max(1, base), signal);
    hasSeenBytes ||= hasBytes;
    const offset = await lastBoundary(parts, base, equalTo);
    if (offset > base) return { offset, sentence: `both logs are the same up to offset ${offset}` };
  }
  if (!hasSeenBytes) hasSeenBytes = (await probe(parts, address, 0, signal)).hasBytes;
  if (!hasSeenBytes) return undefined;
  return { offset: minOffset, sentence: 'both logs have no record in common' };
}

/** Compares both logs from an offset on, over as many connections as that takes. */
async function compare(parts: ProbeParts, address: string, from: number, signal: AbortSignal): Promise<ProbeResult> {
  let result = await probe(parts, address, from, signal);
  while (result.isIncomplete) {
    const { hasBytes, ...next } = await probe(parts, address, result.equalTo, signal);
    result = { ...next, hasBytes: hasBytes || result.hasBytes };
  }
  return result;
}

/** Beginning of the file that has the newest byte. */
function lastFile(endOffset: number, fileSizeBytes: number): number {
  return endOffset === 0 ? -1 : endOffset - 1 - ((endOffset - 1) % fileSizeBytes);
}

/** End of the last own record that ends at or before an offset, from the beginning of its file on. */
async function lastBoundary({ store }: ProbeParts, base: number, limit: number): Promise<number> {
  let boundary = base;
  let piece: Buffer = Buffer.alloc(0);
  let pieceAt = base;
  while (boundary < limit) {
    if (boundary + SIZE_BYTES > pieceAt + piece.length || boundary < pieceAt) {
      piece = await readOwn(store, boundary, WALK_BYTES);
      pieceAt = boundary;
      if (piece.length < SIZE_BYTES) return boundary;
    }
    const size = piece.readInt32BE(boundary - pieceAt);
    if (size < SIZE_BYTES || boundary + size > limit) return boundary;
    boundary += size;
  }
  return boundary;
}
