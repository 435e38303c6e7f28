import { isInQueue } from '../dispatch/dispatch.ts';
import { LogScan } from '../log/scan.ts';
import { StoreLimits } from '../options.ts';
import type { ConsumeQueue } from '../queue/consume-queue.ts';
import type { StoreParts } from './parts.ts';

/** The limit is looked at now and then only. */
const MOST_HIDDEN = 2 * StoreLimits.maxUnconfirmedRecords;

/** A record whose end is behind what is confirmed. */
interface HiddenRecord {
  readonly queue: ConsumeQueue | undefined;
  readonly queueOffset: number;
  readonly end: number;
  readonly storeTimestamp: number;
}

/**
 * A store in controller mode is opened: what was not confirmed when it was saved last is hidden until replicas have it, since
 * this broker may come back as a slave whose end is cut off. Returns the offset up to which records may be read. Throws the
 * disk's error.
 */
export async function hideUnconfirmed(parts: StoreParts): Promise<number> {
  const { checkpoint } = parts;
  const visibleOffset = hide(parts);
  if (checkpoint.confirmOffset !== undefined) return visibleOffset;
  // Durable before anything is put: after a loss of power no offset at all would mean that everything was confirmed.
  checkpoint.confirmOffset = visibleOffset;
  await checkpoint.saveAndSync();
  return visibleOffset;
}

function hide(parts: StoreParts): number {
  const { log, checkpoint, progress, logger } = parts;
  // Without a saved offset the log is older than controller mode, and nothing of it could be unconfirmed.
  const confirmOffset = Math.max(log.minOffset, checkpoint.confirmOffset ?? log.appendOffset);
  if (confirmOffset >= log.appendOffset) return log.appendOffset;
  const records = recordsBehind(parts, confirmOffset);
  if (records === undefined) {
    logger.warn('far more is not confirmed than can be: the saved offset is an old one', { confirmOffset });
    return log.appendOffset;
  }
  const first = records[0];
  if (first === undefined) return confirmOffset;
  const left = new Map<ConsumeQueue, number>();
  for (const { queue } of records) {
    if (queue !== undefined && !left.has(queue)) left.set(queue, queue.hideBehind(first.begin));
  }
  const reached = new Map<ConsumeQueue, number>();
  for (const { queue, queueOffset, end, storeTimestamp } of records) {
    const from = queue && (reached.get(queue) ?? queue.visibleUnit);
    if (queue === undefined || from === undefined) {
      progress.hide(undefined, end, storeTimestamp);
      continue;
    }
    // In a simple queue there may be offsets without a record in front of it.
    const to = Math.min(queue.nextUnit, queue.type === 'SimpleCQ' ? Math.max(from, queueOffset + 1) : from + 1);
    for (let unit = from; unit < to; unit++) progress.hide(queue, end, storeTimestamp);
    reached.set(queue, to);
  }
  return confirmOffset;
}

/**
 * The records whose ends are behind an offset, found by a walk from the beginning of its file on; undefined where there are
 * more than puts are taken for.
 */
function recordsBehind(
  { log, queues }: StoreParts,
  offset: number,
): (HiddenRecord & { readonly begin: number })[] | undefined {
  const scan = new LogScan(log.files);
  const { head } = scan;
  const found: (HiddenRecord & { readonly begin: number })[] = [];
  const first = log.files.fileAt(offset) ?? log.files.files.at(-1);
  for (let at = first?.baseOffset ?? log.appendOffset; at < log.appendOffset; ) {
    const file = log.files.fileAt(at);
    if (file === undefined) break;
    const result = scan.recordAt(file, at);
    if (result !== 'RECORD') {
      at = (result === 'BLANK' ? undefined : scan.goodRecordWithin(file, at, log.appendOffset)) ?? file.endOffset;
      continue;
    }
    const { queueOffset, storeTimestamp, totalSize } = head;
    const end = at + totalSize;
    if (end > offset) {
      const queue = isInQueue(head.sysFlag) ? queues.find(head.topic, head.queueId) : undefined;
      found.push({ begin: at, queue, queueOffset, end, storeTimestamp });
      if (found.length > MOST_HIDDEN) return undefined;
    }
    at = end;
  }
  return found;
}
