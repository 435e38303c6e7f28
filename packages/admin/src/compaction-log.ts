import type { Disk } from '@rocketmq-ts/kernel';
import { decodeMessage, type MessageView, RECORD_FIXED_BYTES } from '@rocketmq-ts/protocol';
import { AdminError } from './errors.ts';

const SIZE_BYTES = 4;

/**
 * The records of a file of a compacted topic, one after the other, with bodies as they are stored. Zeros behind the last one end it. Throws
 * BAD_ARGUMENT at bytes that are no record, since what follows can't be found. Source: DumpCompactionLogCommand.
 */
export function* compactionLog(disk: Disk, path: string): Generator<MessageView> {
  const file = disk.open(path, 'read');
  try {
    const end = file.size();
    const head = Buffer.alloc(SIZE_BYTES);
    for (let at = 0; at + SIZE_BYTES <= end; ) {
      file.readSync(head, 0, SIZE_BYTES, at);
      const size = head.readInt32BE(0);
      if (size === 0) return;
      if (size < RECORD_FIXED_BYTES || size > end - at) throw noRecord(path, at);
      const record = Buffer.alloc(size);
      file.readSync(record, 0, size, at);
      yield decoded(record, path, at);
      at += size;
    }
  } finally {
    file.close();
  }
}

function decoded(record: Buffer, path: string, at: number): MessageView {
  try {
    return decodeMessage(record, 0, { inflate: false });
  } catch (cause) {
    throw noRecord(path, at, cause);
  }
}

function noRecord(path: string, at: number, cause?: unknown): AdminError {
  return new AdminError('BAD_ARGUMENT', `${path} has no record at byte ${at}: what follows is not shown`, { cause });
}
