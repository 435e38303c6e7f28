import type { MessageStore, QueueView } from '@rocketmq-ts/store';
import { SimulationFailure } from '../seeded/failure.ts';
import type { ByTime } from './plan.ts';
import type { ModelRecord, StoreModel } from './store-model.ts';

/**
 * Asks for a queue offset by time and holds the answer against the model. LOWER: what is there is not older, what is before it
 * is. UPPER: what is there is not younger, what is behind it is. Where no clock was put back that holds of all before and all
 * behind; otherwise of the neighbours.
 */
export function checkByTime(store: MessageStore, model: StoreModel, { topic, queueId, at, ms }: ByTime): void {
  const queue = store.findQueue(topic, queueId);
  if (queue === undefined || hasDamage(model, queue)) return;
  const records = readable(model, queue);
  const chosen = records[Math.floor(at * records.length)];
  if (chosen === undefined) return;
  const timestamp = chosen.storeTimestamp + ms;
  const lower = queue.offsetAt(timestamp, 'LOWER');
  const upper = queue.offsetAt(timestamp, 'UPPER');
  const last = records.at(-1)!;
  // A batch queue gives its newest record for a time behind all.
  const isNewest = queue.type === 'BatchCQ' && lower === last.queueOffset && last.storeTimestamp < timestamp;
  const isLower = isNewest || isAnswer(records, lower, (time) => time < timestamp);
  if (isLower && isUpper(records, upper, timestamp)) return;
  const place = `${topic} ${queueId} at ${timestamp}`;
  const times = records.map((record) => `${record.queueOffset}: ${record.storeTimestamp}`).join(', ');
  throw new SimulationFailure('time', `${place} gives ${lower} (LOWER) and ${upper} (UPPER) of ${times}`);
}

/** True when the records before an offset are `before`, and those from it on are not. */
function isAnswer(records: readonly ModelRecord[], offset: number, before: (time: number) => boolean): boolean {
  const at = records.findIndex(({ queueOffset }) => queueOffset >= offset);
  const split = at < 0 ? records.length : at;
  const isUnordered = records.some((record, i) => i > 0 && record.storeTimestamp < records[i - 1]!.storeTimestamp);
  const [from, to] = isUnordered ? [split - 1, split + 1] : [0, records.length];
  return records.every((record, i) => i < from || i >= to || i < split === before(record.storeTimestamp));
}

/** The last one of those that are not younger; the first of all when there is none. */
function isUpper(records: readonly ModelRecord[], upper: number, timestamp: number): boolean {
  const first = records[0]!;
  if (upper === first.queueOffset && first.storeTimestamp > timestamp) return true;
  return isAnswer(records, upper + 1, (time) => time <= timestamp);
}

function readable(model: StoreModel, queue: QueueView): ModelRecord[] {
  return [...model.queue(`${queue.topic}@${queue.queueId}`).values()]
    .filter(({ queueOffset }) => queueOffset >= queue.minOffset && queueOffset < queue.maxOffset)
    .sort((a, b) => a.queueOffset - b.queueOffset);
}

/** A search may come upon a record whose store time was written over. */
function hasDamage(model: StoreModel, queue: QueueView): boolean {
  for (let offset = queue.minOffset; offset < queue.maxOffset; offset++) {
    if (model.isDamaged(queue.entryAt(offset)?.physicalOffset ?? -1)) return true;
  }
  return false;
}
