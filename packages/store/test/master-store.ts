import { SystemTopic } from '@rocketmq-ts/protocol';
import { SeededRandom } from '@rocketmq-ts/testkit';
import type { MessageStore } from '../src/index.ts';
import { put, putBatch, recordInput } from './store-calls.ts';
import { StoreMachine } from './store-machine.ts';

export const FILE_BYTES = 16 * 1024;
export const settings = {
  mappedFileSizeCommitLog: FILE_BYTES,
  index: { maxHashSlotNum: 16, maxIndexNum: 60 },
} as const;
const COMMITTED = 0x8;
export const PREPARED = 0x4;
export const ROLLED_BACK = 0xc;

/** A master's store with messages of all kinds in several files, and the bytes of its log. */
export async function masterOf(
  seed: number,
  count = 150,
): Promise<{ machine: StoreMachine; store: MessageStore; log: Buffer }> {
  const random = new SeededRandom(seed);
  const machine = new StoreMachine(seed);
  const store = await machine.start(settings);
  for (let i = 0; i < count; i++) {
    putSome(store, random, i);
    if (random.chance(0.3)) await machine.clock.advance(random.pick([1, 20, 1500]));
  }
  await machine.clock.advance(2000);
  return { machine, store, log: logOf(machine, store) };
}

export function putSome(store: MessageStore, random: SeededRandom, i: number): void {
  const place = { topic: random.pick(['A', 'B', 't'.repeat(200)]), queueId: random.below(3) };
  const body = Buffer.alloc(random.below(random.chance(0.2) ? 4000 : 300), `${i} `);
  const kind = random.below(10);
  if (kind === 0)
    putBatch(store, [
      { ...place, body },
      { ...place, body: 'two', tags: 'b' },
    ]);
  else if (kind === 1)
    put(store, { ...place, body, sysFlag: random.pick([PREPARED, COMMITTED, ROLLED_BACK]), keys: 'h' });
  else if (kind === 2) {
    const input = recordInput({ topic: SystemTopic.SCHEDULE, queueId: 1, body });
    store.put({ ...input, properties: 'DELAY\x012\x02', delayMs: 5000 }, undefined, true);
  } else
    put(store, { ...place, body, tags: random.pick(['a', 'b']), uniqueKey: `ID${i}`, keys: random.pick(['k', 'k l']) });
}

/** Up to the end of the newest record. */
export function logOf(machine: StoreMachine, store: MessageStore): Buffer {
  const files = machine.names('commitlog').map((name) => machine.read(`commitlog/${name}`));
  return Buffer.concat(files).subarray(0, store.facts.appendOffset - store.facts.minOffset);
}

/** How many of the bytes are whole records. */
export function wholeBytes(bytes: Buffer): number {
  let end = 0;
  while (bytes.length >= end + 4 && end + bytes.readInt32BE(end) <= bytes.length) end += bytes.readInt32BE(end);
  return end;
}

/** All units that can be read, by queue. */
export function unitsOf(store: MessageStore): Record<string, unknown> {
  const units: Record<string, unknown> = {};
  for (const topic of [...store.topics()].sort()) {
    for (const queue of store.queuesOf(topic)) {
      const { minOffset, maxOffset } = queue;
      if (minOffset === maxOffset) continue;
      const entries = Array.from({ length: maxOffset - minOffset }, (_, i) => queue.entryAt(minOffset + i));
      units[`${topic}@${queue.queueId}`] = { minOffset, entries };
    }
  }
  return units;
}

/** Contents of the index files in their order; their names are times. */
export function indexOf(machine: StoreMachine): string[] {
  return machine.names('index').map((name) => machine.read(`index/${name}`).toString('hex'));
}
