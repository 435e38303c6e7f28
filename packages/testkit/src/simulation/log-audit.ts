import { javaHashCode } from '@rocketmq-ts/kernel';
import { decodeMessage, encodeMessage, MessageProperty, type MessageView, SystemTopic } from '@rocketmq-ts/protocol';
import { HOLE_TOPIC, type MessageStore } from '@rocketmq-ts/store';
import type { SimulatedDisk } from '@rocketmq-ts/testing/simulated';
import { SimulationFailure } from '../seeded/failure.ts';
import type { FoundRecord, StoreModel } from './store-model.ts';

const TRANSACTION_MASK = 0xc;
const PREPARED = 0x4;
const ROLLBACK = 0xc;
const BLANK_MAGIC = 'cbd43194';
const FILLER_SIZE = 0x7fffffff;

/** Every good record of the commit log by its physical offset, read from the files with the protocol's own decoder. */
export function readLog(disk: SimulatedDisk, directory: string, end: number): Map<number, MessageView> {
  const records = new Map<number, MessageView>();
  for (const { name } of disk.list(directory)) {
    const base = Number(name);
    const content = disk.readFile(`${directory}/${name}`)!;
    for (let at = 0; at + 8 <= content.length && base + at < end; ) {
      const size = content.readInt32BE(at);
      const next = at + recordSize(content, at, size);
      const record = next > at ? decoded(content, at, base) : undefined;
      if (record !== undefined) {
        if (!isHole(record)) records.set(base + at, record);
        at = next;
      } else if (content.toString('hex', at + 4, at + 8) === BLANK_MAGIC) break;
      else at += 1;
    }
  }
  return records;
}

/** It takes the place of records that were lost. */
function isHole({ topic, sysFlag, queueOffset }: MessageView): boolean {
  return topic !== '' && HOLE_TOPIC.startsWith(topic) && sysFlag === ROLLBACK && queueOffset === 0;
}

/**
 * Walks from record to record as Apache's broker does when it starts, which ends the log at the first thing that is none: there
 * must be nothing but records up to the log's end. `refused`: sizes by offset of the holes that the running store reports as not
 * filled yet, since the disk refused it; they are the exception. Source: CommitLog#recoverNormally.
 */
export function auditHoles(
  disk: SimulatedDisk,
  directory: string,
  { minOffset, end, refused }: { minOffset: number; end: number; refused: ReadonlyMap<number, number> },
): void {
  for (const { name } of disk.list(directory)) {
    const base = Number(name);
    if (!/^\d{20}$/.test(name) || base < minOffset || base >= end) continue;
    const content = disk.readFile(`${directory}/${name}`)!;
    for (let at = 0; base + at < end && at < content.length; ) {
      if (content.toString('hex', at + 4, at + 8) === BLANK_MAGIC && content.readInt32BE(at) <= content.length - at)
        break;
      const refusedBytes = refused.get(base + at);
      if (refusedBytes !== undefined) {
        at += refusedBytes;
        continue;
      }
      const size = recordSize(content, at, content.readInt32BE(at));
      if (size === 0 || decoded(content, at, base) === undefined)
        throw new SimulationFailure('hole', `no record begins at ${base + at}, the log ends at ${end}`);
      at += size;
    }
  }
}

export function foundRecord(record: MessageView): FoundRecord {
  return {
    id: record.body.length < 8 ? -1 : record.body.readDoubleBE(),
    queue: `${record.topic}@${record.queueId}`,
    queueOffset: record.queueOffset,
    physicalOffset: record.physicalOffset,
    properties: record.propertiesText,
  };
}

/**
 * Holds the consume queues against the log's records: every unit leads to its record, and every record
 * that belongs to a queue has its unit, but for those of deleted topics.
 */
export function auditQueues(
  store: MessageStore,
  log: ReadonlyMap<number, MessageView>,
  delayLevelsMs: readonly number[],
  model: Pick<StoreModel, 'isForgotten' | 'isDamaged'>,
): void {
  const records = new Map(log);
  for (const queue of [...store.topics()].flatMap((topic) => [...store.queuesOf(topic)])) {
    for (let queueOffset = queue.minOffset; queueOffset < queue.maxOffset; queueOffset++) {
      const unit = queue.entryAt(queueOffset);
      const place = `unit ${queueOffset} of ${queue.topic} ${queue.queueId}`;
      if (unit === undefined) throw new SimulationFailure('unit', `${place} can't be read`);
      // Of a batch queue: no record has this offset.
      if (unit.size === FILLER_SIZE || unit.queueOffset > queueOffset) continue;
      const record = records.get(unit.physicalOffset);
      if (unit.physicalOffset < store.facts.minOffset || model.isDamaged(unit.physicalOffset)) {
        records.delete(unit.physicalOffset);
        continue;
      }
      if (record === undefined) {
        throw new SimulationFailure('unit', `${place} leads to ${unit.physicalOffset}, where no record begins`);
      }
      if (record.topic !== queue.topic || record.queueId !== queue.queueId || record.queueOffset !== queueOffset) {
        const other = `${record.topic} ${record.queueId} ${record.queueOffset}`;
        throw new SimulationFailure('unit', `${place} leads to a record of ${other}`);
      }
      if (record.storeSize !== unit.size) throw new SimulationFailure('unit', `${place} has the wrong size`);
      const tagsCode = tagsCodeOf(record, delayLevelsMs);
      if (unit.tagsCode !== tagsCode) {
        throw new SimulationFailure('unit', `${place} has the tags code ${unit.tagsCode}, not ${tagsCode}`);
      }
      records.delete(unit.physicalOffset);
    }
  }
  const without = [...records.values()].filter(
    (each) => !isOutside(each) && !model.isForgotten(each.physicalOffset) && !model.isDamaged(each.physicalOffset),
  );
  if (without.length === 0) return;
  const names = without.map((each) => `${each.topic} ${each.queueId} ${each.queueOffset} at ${each.physicalOffset}`);
  throw new SimulationFailure('no unit', `records without unit: ${names.join(', ')}`);
}

/** Half messages and their rollbacks are in no queue. */
function isOutside(record: MessageView): boolean {
  const transaction = record.sysFlag & TRANSACTION_MASK;
  return transaction === PREPARED || transaction === ROLLBACK;
}

/** Source: CommitLog#checkMessageAndReturnSize. */
function tagsCodeOf(record: MessageView, delayLevelsMs: readonly number[]): number {
  const level = Number(record.property(MessageProperty.DELAY_TIME_LEVEL) ?? 0);
  if (record.topic === SystemTopic.SCHEDULE && level > 0) {
    return record.storeTimestamp + (delayLevelsMs[Math.min(level, delayLevelsMs.length) - 1] ?? 1000);
  }
  return record.tags === undefined ? 0 : javaHashCode(record.tags);
}

function recordSize(content: Buffer, at: number, size: number): number {
  return size >= 91 && at + size <= content.length ? size : 0;
}

function decoded(content: Buffer, at: number, base: number): MessageView | undefined {
  try {
    const record = decodeMessage(content, at, { verifyCrc: true, inflate: false });
    // A lost sector may leave a record that holds together, but for the name of its topic or its last properties.
    const isNamed = /^[\w%-]+$/.test(record.topic) && !record.propertiesText.endsWith('\0');
    const isWhole = isNamed && encodeMessage(record.fields()).length === record.storeSize;
    return isWhole && record.physicalOffset === base + at ? record : undefined;
  } catch {
    return undefined;
  }
}
