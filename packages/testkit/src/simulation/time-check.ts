import type { ConsumeQueue, MessageStore } from '@rocketmq-ts/store';
import { SimulationFailure } from './failure.ts';
import type { ByTime } from './plan.ts';
import type { ModelRecord, StoreModel } from './store-model.ts';

/**
 * Asks for a queue offset by time and holds the answer against the model. LOWER: all before it are older, and what is there
 * is not. UPPER: all behind it are younger, and what is there is not, unless all are.
 */
export function checkByTime(store: MessageStore, model: StoreModel, { topic, queueId, at, ms }: ByTime): void {
  const queue = store.queues.find(topic, queueId);
  if (queue === undefined || hasDamage(model, queue)) return;
  const records = readable(model, queue);
  const chosen = records[Math.floor(at * records.length)];
  if (chosen === undefined) return;
  const timestamp = chosen.storeTimestamp + ms;
  const lower = store.lookup.offsetByTime(topic, queueId, timestamp, 'LOWER');
  const upper = store.lookup.offsetByTime(topic, queueId, timestamp, 'UPPER');
  const isLower = records.every(
    ({ queueOffset, storeTimestamp }) => queueOffset < lower === storeTimestamp < timestamp,
  );
  const isUpper = records.every(
    ({ queueOffset, storeTimestamp }) => queueOffset > upper === storeTimestamp > timestamp || queueOffset === upper,
  );
  const atUpper = records.find(({ queueOffset }) => queueOffset === upper);
  const isFirstUpper = atUpper === undefined || atUpper.storeTimestamp <= timestamp || atUpper === records[0];
  if (isLower && isUpper && isFirstUpper) return;
  const place = `${topic} ${queueId} at ${timestamp}`;
  const times = records.map((record) => `${record.queueOffset}: ${record.storeTimestamp}`).join(', ');
  throw new SimulationFailure('time', `${place} gives ${lower} (LOWER) and ${upper} (UPPER) of ${times}`);
}

function readable(model: StoreModel, queue: ConsumeQueue): ModelRecord[] {
  return [...model.queue(`${queue.topic}@${queue.queueId}`).values()]
    .filter(({ queueOffset }) => queueOffset >= queue.minOffset && queueOffset < queue.visibleOffset)
    .sort((a, b) => a.queueOffset - b.queueOffset);
}

/** A search may come upon a record whose store time was written over. */
function hasDamage(model: StoreModel, queue: ConsumeQueue): boolean {
  for (let offset = queue.minOffset; offset < queue.visibleOffset; offset++) {
    if (model.isDamaged(queue.unitAt(offset)?.physicalOffset ?? -1)) return true;
  }
  return false;
}
