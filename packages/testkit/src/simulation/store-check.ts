import type { SimulatedDisk } from '@rocketmq-ts/testing/simulated';
import { SimulationFailure } from '../seeded/failure.ts';
import { auditHoles, auditQueues, foundRecord, readLog } from './log-audit.ts';
import type { Ending } from './plan.ts';
import { checkIndex } from './query-check.ts';
import type { FoundRecord, StoreModel } from './store-model.ts';
import { DELAY_LEVELS_MS, ROOT, type StoreProcess } from './store-process.ts';

/** Reads everything after a start and holds it against the model. */
export async function checkStarted(
  process: StoreProcess,
  disk: SimulatedDisk,
  model: StoreModel,
  ending: Ending,
): Promise<void> {
  const { store } = process;
  const log = readLog(disk, `${ROOT}/commitlog`, store.facts.writtenOffset);
  const found = new Map([...log].map(([offset, record]) => [offset, foundRecord(record)]));
  model.logAfter(ending, found, store.facts.appendOffset);
  const { replayedFrom: minOffset, writtenOffset: end } = store.facts;
  auditHoles(disk, `${ROOT}/commitlog`, { minOffset, end, refused: process.refusedHoles });
  auditQueues(store, log, DELAY_LEVELS_MS, model);
  await checkQueues(process, model, ending);
  await checkIndex(process, model);
}

/** Reads all queues from their first to their last message. */
export async function checkQueues(process: StoreProcess, model: StoreModel, ending: Ending | 'put'): Promise<void> {
  const { store } = process;
  const names = new Set(model.queueNames());
  for (const topic of store.topics()) for (const { queueId } of store.queuesOf(topic)) names.add(`${topic}@${queueId}`);
  for (const name of names) await checkQueue(process, model, name, ending);
}

async function checkQueue(
  process: StoreProcess,
  model: StoreModel,
  name: string,
  ending: Ending | 'put',
): Promise<void> {
  const [topic, queueId] = name.split('@');
  const queue = process.store.findQueue(topic!, Number(queueId));
  const minOffset = queue?.minOffset ?? 0;
  const endOffset = queue?.maxOffset ?? 0;
  const records = new Map<number, FoundRecord>();
  for (let from = minOffset; queue !== undefined && from < endOffset; ) {
    const { messages, nextOffset } = await process.read(queue, from, 32);
    for (const found of messages.map(foundRecord))
      if (!model.isFromDamage(found)) records.set(found.queueOffset, found);
    if (nextOffset <= from) throw new SimulationFailure('stuck', `a read of ${name} from ${from} does not advance`);
    from = nextOffset;
  }
  model.queueAfter(ending, { name, minOffset, endOffset, records });
}
