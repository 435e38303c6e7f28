import type { MappedFileQueue } from './mapped-file-queue.ts';

const PIECE_BYTES = 1024 * 1024;

/**
 * Writes the log's bytes in [from, end) again, the same to the same places, and makes every file from `start` on durable.
 *
 * A process that died may have left pages that the disk never took and that the system no longer takes for dirty: after a
 * failed write-back Linux marks them clean. They read well until they are dropped from memory, and a sync passes over them.
 * Only a write makes them go to the disk. Bytes of memory: one piece. Throws the disk's error.
 */
export function rewriteLog(files: MappedFileQueue, start: number, from: number, end: number): void {
  const piece = from < end ? Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, end - from)) : undefined;
  for (const file of files.files) {
    if (file.endOffset <= start) continue;
    const last = Math.min(end, file.endOffset);
    for (let offset = Math.max(from, file.baseOffset); piece !== undefined && offset < last; ) {
      const length = Math.min(piece.length, last - offset);
      file.rewriteSync(piece, length, offset - file.baseOffset);
      offset += length;
    }
    file.syncSync();
  }
}
