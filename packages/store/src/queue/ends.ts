import type { Disk } from '@rocketmq-ts/kernel';
import type { MappedFile } from '../log/mapped-file.ts';
import { isZero } from '../log/zeros.ts';
import { BATCH_UNIT_BYTES, UnitOffset } from './unit-layout.ts';

/** What one read brings: more than most queues hold. */
const PIECE_UNITS = 1024;
const BLOCK_BYTES = 4096;

const piece = Buffer.alloc(PIECE_UNITS * BATCH_UNIT_BYTES);

/**
 * Number of the unit behind the last one of a sequence of files, which are filled from the front and read as zeros behind the
 * end. Looks at a file in large pieces: tens of thousands of queues are opened one after the other.
 */
export function findEnd(files: readonly MappedFile[], unitBytes: number): number {
  for (let i = files.length - 1; i >= 0; i--) {
    const file = files[i]!;
    const units = file.sizeBytes / unitBytes;
    let end = unitsInUse(file, 0, unitBytes);
    if (end === 0) continue;
    if (end === PIECE_UNITS && end < units) {
      // The last piece whose first unit is in use has the end.
      let low = 0;
      let high = Math.ceil(units / PIECE_UNITS);
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (isInUse(file, middle * PIECE_UNITS, unitBytes)) low = middle;
        else high = middle;
      }
      end = low * PIECE_UNITS + unitsInUse(file, low * PIECE_UNITS, unitBytes);
    }
    return file.baseOffset / unitBytes + Math.min(end, units);
  }
  return 0;
}

/** Units in front of the first empty one in the piece that begins at a unit of the file. */
function unitsInUse(file: MappedFile, from: number, unitBytes: number): number {
  const wanted = Math.min(PIECE_UNITS * unitBytes, file.sizeBytes - from * unitBytes);
  const units = Math.floor(file.readSync(piece, 0, wanted, from * unitBytes) / unitBytes);
  for (let i = 0; i < units; i++) if (piece.readInt32BE(i * unitBytes + UnitOffset.size) <= 0) return i;
  return units;
}

function isInUse(file: MappedFile, unit: number, unitBytes: number): boolean {
  const read = file.readSync(piece, 0, unitBytes, unit * unitBytes);
  return read === unitBytes && piece.readInt32BE(UnitOffset.size) > 0;
}

/**
 * True when the file certainly reads as zeros from a position on: nothing behind its block is allocated. False where the
 * system does not report it.
 */
export function isClearFrom(disk: Disk, file: MappedFile, position: number): boolean {
  const blockEnd = Math.min(file.sizeBytes, Math.ceil(position / BLOCK_BYTES) * BLOCK_BYTES);
  const allocated = disk.stat(file.path)?.allocatedBytes;
  if (allocated === undefined || allocated > blockEnd) return false;
  const read = file.readSync(piece, 0, blockEnd - position, position);
  return isZero(piece.subarray(0, read));
}
