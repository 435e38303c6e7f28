import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FindingKind, inspectStore, verifyStore } from '../src/index.ts';
import { put, putAndWait } from './store-calls.ts';
import { ROOT, StoreMachine } from './store-machine.ts';

/** Apache's proportion of entries to slots, by which a reader tells them from the length of a file. */
const index = { maxHashSlotNum: 10, maxIndexNum: 40 };
const ENTRIES_AT = 40 + 4 * index.maxHashSlotNum;

/** Forty messages with three keys each; stopped cleanly. */
async function written(tags?: string): Promise<StoreMachine> {
  const machine = new StoreMachine();
  const store = await machine.start({ index });
  for (let i = 0; i < 40; i++) {
    put(store, { body: `a${i}`, uniqueKey: `U${i}`, keys: `k${i} shared`, ...(tags === undefined ? {} : { tags }) });
    await machine.clock.advance(1000);
  }
  await machine.clock.run(store.stop());
  return machine;
}

function kinds(machine: StoreMachine): Partial<Record<FindingKind, number>> {
  const { findings } = verifyStore({ disk: machine.disk, root: ROOT });
  return Object.fromEntries(findings.map(({ kind, count }) => [kind, count]));
}

test('every key is in the index, over several files', async () => {
  const machine = await written();
  const result = verifyStore({ disk: machine.disk, root: ROOT });
  assert.deepEqual(result.findings, []);
  assert.deepEqual([result.indexFiles, result.indexEntries], [4, 120]);
  const { index: files } = inspectStore({ disk: machine.disk, root: ROOT });
  assert.deepEqual(
    files.map(({ entryCount }) => entryCount),
    [39, 39, 39, 3],
  );
  assert.equal(files[0]!.beginPhysicalOffset, 0);
});

test('tags may be in the index, as Apache’s 5.4.0 has them', async () => {
  const machine = await written('paid');
  assert.deepEqual(kinds(machine), {});
});

test('each way in which an index file is wrong has its name', async () => {
  const entry = (number: number, position: number, bytes: string) => (machine: StoreMachine) => {
    const name = machine.names('index')[1]!;
    machine.write(`index/${name}`, ENTRIES_AT + number * 20 + position, Buffer.from(bytes, 'hex'));
  };
  const slot = (machine: StoreMachine): void =>
    machine.write(`index/${machine.names('index')[0]}`, 40, Buffer.alloc(4, 1));
  const cases: readonly [readonly FindingKind[], (machine: StoreMachine) => void][] = [
    [['INDEX_TIME'], entry(5, 12, '00000fff')],
    [['INDEX_CHAIN'], entry(38, 16, '7fffffff')],
    [['INDEX_CHAIN'], slot],
    [['INDEX_ENTRY_WITHOUT_KEY', 'KEY_NOT_INDEXED'], entry(5, 4, '0000000000000001')],
  ];
  for (const [wanted, damage] of cases) {
    const machine = await written();
    damage(machine);
    const found = Object.keys(kinds(machine));
    assert.deepEqual(found.sort(), [...wanted].sort());
  }
});

test('an entry whose hash is another leads to no key, and the key is missing', async () => {
  const machine = await written();
  const name = machine.names('index')[1]!;
  // By the count of slots, so that the chain stays.
  const at = ENTRIES_AT + 7 * 20;
  const hash = machine.read(`index/${name}`).readInt32BE(at);
  const other = Buffer.alloc(4);
  other.writeInt32BE(hash > 1000 ? hash - 10 : hash + 10);
  machine.write(`index/${name}`, at, other);
  assert.deepEqual(kinds(machine), { INDEX_ENTRY_WITHOUT_KEY: 1, KEY_NOT_INDEXED: 1 });
});

test('an index file that is missing leaves keys that are not covered; without any there is nothing to check', async () => {
  const machine = await written();
  const names = machine.names('index');
  machine.disk.remove(`${ROOT}/index/${names[1]}`);
  assert.deepEqual(kinds(machine), { KEY_NOT_COVERED: 39 });
  machine.disk.remove(`${ROOT}/index/${names[3]}`);
  assert.deepEqual(kinds(machine), { KEY_NOT_COVERED: 39, KEY_NOT_INDEXED: 3 });
  machine.disk.remove(`${ROOT}/index`);
  assert.deepEqual(kinds(machine), {});
});

test('files of another proportion need the count of slots', async () => {
  const machine = new StoreMachine();
  const other = { maxHashSlotNum: 7, maxIndexNum: 40 };
  const store = await machine.start({ index: other });
  await putAndWait(store, { uniqueKey: 'U' });
  await machine.clock.run(store.stop());
  assert.deepEqual(kinds(machine), { INDEX_FILE_SIZE: 1 });
  assert.deepEqual(verifyStore({ disk: machine.disk, root: ROOT, indexSlots: 7 }).findings, []);
});
