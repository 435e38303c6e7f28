import { type Disk, readInt64, replaceFile, viewOf, writeInt64 } from '@rocketmq-ts/kernel';
import { OWN_AT, QUEUE_OFFSETS_AT } from './checkpoint.ts';

/**
 * The queue of timers was cut, and ends at a queue offset: wheel and timer log, which may lead to what is gone, are made again
 * from the queue by the next start, or by the broker that has them open, which must begin anew then. What was delivered of what
 * is left stays delivered, see `DeliveredTimers`. Durable, and may be done again; throws the disk's error.
 */
export function forgetTimers(disk: Disk, root: string, queueOffset: number): void {
  const path = `${root}/config/timercheck`;
  const content = disk.readFile(path);
  if (content === undefined || content.length < QUEUE_OFFSETS_AT[1] + 8) return;
  const view = viewOf(content);
  for (const at of QUEUE_OFFSETS_AT) writeInt64(view, at, Math.min(readInt64(view, at), queueOffset));
  // Ours has a checksum and does not hold any more; the fields of Apache's broker say as much.
  content.fill(0, Math.min(content.length, OWN_AT));
  replaceFile(disk, path, content);
  disk.remove(`${root}/timerwheel`);
  disk.syncDirectory(root);
}
