import { decodeMessage, parseMessageProperties } from '@rocketmq-ts/protocol';
import { SimulationFailure } from '../seeded/failure.ts';
import type { Query } from './plan.ts';
import type { ModelRecord, StoreModel } from './store-model.ts';
import type { StoreProcess } from './store-process.ts';

const EVERYTHING = 1000;
/** Of the records that are asked for by their unique keys after a start. */
const UNIQUE_KEYS = 6;

/** Asks for messages by key and holds the answer against the records of the log, whatever became of their topics. */
export async function checkQuery(process: StoreProcess, model: StoreModel, query: Omit<Query, 'do'>): Promise<void> {
  const { topic, key, maxNum, begin = 0, end = Number.MAX_SAFE_INTEGER } = query;
  const { minOffset, confirmOffset } = process.store.facts;
  const expected = model
    .inLog()
    .filter((record) => record.physicalOffset >= minOffset && record.endOffset <= confirmOffset)
    .filter((record) => record.topic === topic && keysOf(record).includes(key))
    .filter(({ storeTimestamp }) => storeTimestamp >= begin && storeTimestamp <= end);
  // What may be damaged may be found or not, and then takes the place of another.
  if (expected.some((record) => record.isDamaged || model.mayBeForgotten(record))) return;
  const answer = await process.query({ topic, key, maxNum, begin, end });
  const found = answer.map((bytes) => decodeMessage(bytes, 0, { verifyCrc: true, inflate: false }).body.readDoubleBE());
  // A put that was not acknowledged may be in the log or not.
  const there = expected.filter(({ id, isRefused }) => !isRefused || found.includes(id));
  const wanted = there.slice(-maxNum).map(({ id }) => id);
  if (found.join() === wanted.join()) return;
  throw new SimulationFailure('index', `${topic} ${key} (${maxNum} from ${begin}) gives ${found}, not ${wanted}`);
}

/** The index is a replay of the log: asks for all keys that are in use, and some unique ones. */
export async function checkIndex(process: StoreProcess, model: StoreModel): Promise<void> {
  const records = model.inLog();
  const asked = new Map<string, Omit<Query, 'do'>>();
  const step = Math.ceil(records.length / UNIQUE_KEYS);
  for (const [index, record] of records.entries()) {
    const keys = keysOf(record);
    for (const key of index % step === 0 ? keys : keys.slice(1)) {
      asked.set(`${record.topic} ${key}`, { topic: record.topic, key, maxNum: EVERYTHING });
    }
  }
  for (const query of asked.values()) await checkQuery(process, model, query);
}

/** The unique key, then the others. */
function keysOf(record: ModelRecord): string[] {
  const properties = parseMessageProperties(record.properties);
  return [properties.get('UNIQ_KEY') ?? '', ...(properties.get('KEYS') ?? '').split(' ')].filter((key) => key !== '');
}
