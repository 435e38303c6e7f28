import { decodeMessage, encodeMessage, type MessageView } from '@rocketmq-ts/protocol';
import type { MessageStore } from '@rocketmq-ts/store';
import type { SimulatedDisk } from '../disk.ts';

const TRANSACTION_MASK = 0xc;
const PREPARED = 0x4;
const ROLLBACK = 0xc;

/**
 * Reads the commit log's files with the protocol's own decoder and holds the consume queues against them: every unit leads
 * to the record that it stands for, and every record that belongs to a queue has its unit. Throws what does not fit.
 */
export function auditStore(store: MessageStore, disk: SimulatedDisk, directory: string): void {
  const records = readLog(disk, directory, store.log.writtenOffset);
  let inQueues = 0;
  for (const record of records.values()) if (!isOutside(record)) inQueues += 1;
  let units = 0;
  for (const queue of store.queues.all()) {
    for (let queueOffset = queue.minOffset; queueOffset < queue.visibleOffset; queueOffset++) {
      const unit = queue.unitAt(queueOffset);
      const place = `unit ${queueOffset} of ${queue.topic} ${queue.queueId}`;
      if (unit === undefined) throw new Error(`${place} can't be read`);
      if (unit.size === 0x7fffffff) continue;
      const record = records.get(unit.physicalOffset);
      if (record === undefined) throw new Error(`${place} leads to ${unit.physicalOffset}, where no record begins`);
      if (record.topic !== queue.topic || record.queueId !== queue.queueId || record.queueOffset !== queueOffset) {
        throw new Error(`${place} leads to a record of ${record.topic} ${record.queueId} ${record.queueOffset}`);
      }
      if (record.storeSize !== unit.size) throw new Error(`${place} has the wrong size`);
      units += 1;
      records.delete(unit.physicalOffset);
    }
  }
  if (units === inQueues) return;
  const queues = [...store.queues.all()].map(
    (each) => `${each.topic} ${each.queueId}: ${each.minOffset} to ${each.visibleOffset}`,
  );
  const without = [...records.values()]
    .filter((each) => !isOutside(each))
    .map((each) => `${each.topic} ${each.queueId} ${each.queueOffset} at ${each.physicalOffset}`);
  throw new Error(`records without unit: ${without.join(', ')}; queues: ${queues.join(', ')}`);
}

/** Half messages and their rollbacks are in no queue. */
function isOutside(record: MessageView): boolean {
  const transaction = record.sysFlag & TRANSACTION_MASK;
  return transaction === PREPARED || transaction === ROLLBACK;
}

function readLog(disk: SimulatedDisk, directory: string, end: number): Map<number, MessageView> {
  const records = new Map<number, MessageView>();
  for (const { name } of disk.list(directory)) {
    const base = Number(name);
    const content = disk.readFile(`${directory}/${name}`)!;
    for (let at = 0; at + 8 <= content.length && base + at < end; ) {
      const size = content.readInt32BE(at);
      const next = at + recordSize(content, at, size);
      const record = next > at ? decoded(content, at, base) : undefined;
      if (record !== undefined) {
        records.set(base + at, record);
        at = next;
      } else if (content.toString('hex', at + 4, at + 8) === 'cbd43194') break;
      else at += 1;
    }
  }
  return records;
}

function recordSize(content: Buffer, at: number, size: number): number {
  return size >= 91 && at + size <= content.length ? size : 0;
}

function decoded(content: Buffer, at: number, base: number): MessageView | undefined {
  try {
    const record = decodeMessage(content, at, { verifyCrc: true, inflate: false });
    // A lost sector may leave a record that holds together, but for the name of its topic or its last properties.
    const isWhole = encodeMessage(record.fields()).length === record.storeSize && /^[\w%-]+$/.test(record.topic);
    return isWhole && record.physicalOffset === base + at ? record : undefined;
  } catch {
    return undefined;
  }
}
