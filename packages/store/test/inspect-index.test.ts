import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FindingKind, inspectStore, verifyStore } from '../src/index.ts';
import { put, putAndWait } from './store-calls.ts';
import { ROOT, StoreMachine } from './store-machine.ts';

/** Apache's proportion of entries to slots, which a reader tries first. */
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

test('files of any proportion show their count of slots, unless the entries that do are damaged in all of them', async () => {
  for (const [maxHashSlotNum, maxIndexNum, messages] of [
    [7, 40, 1],
    [50, 120, 30],
    [1, 3, 4],
    [20, 3000, 60],
    // Longer than a piece of the search.
    [300_000, 1000, 3],
  ] as const) {
    const machine = new StoreMachine();
    const store = await machine.start({ index: { maxHashSlotNum, maxIndexNum } });
    for (let i = 0; i < messages; i++) await putAndWait(store, { uniqueKey: `U${i}`, keys: `k${i} l${i}` });
    await machine.clock.run(store.stop());
    const result = verifyStore({ disk: machine.disk, root: ROOT });
    assert.deepEqual(result.findings, [], `${maxHashSlotNum} slots`);
    assert.equal(result.indexEntries, 3 * messages);
    assert.ok(
      inspectStore({ disk: machine.disk, root: ROOT }).index.every((file) => file.slotCount === maxHashSlotNum),
    );
    if (messages > 1) continue;
    machine.write(`index/${machine.names('index')[0]}`, 40 + 7 * 4 + 3 * 20, Buffer.alloc(20, 1));
    assert.deepEqual(kinds(machine), { INDEX_FILE_SIZE: 1 });
    const { findings } = verifyStore({ disk: machine.disk, root: ROOT, indexSlots: 7 });
    assert.ok(findings.length > 0 && findings.every(({ kind }) => kind !== 'INDEX_FILE_SIZE'));
  }
});

test('a file without entries is no damage, whatever its proportion', async () => {
  const machine = new StoreMachine();
  const store = await machine.start({ index: { maxHashSlotNum: 7, maxIndexNum: 40 } });
  await putAndWait(store, { uniqueKey: 'U' });
  await machine.clock.run(store.stop());
  machine.disk.remove(`${ROOT}/index/${machine.names('index')[0]}`);
  machine.disk.open(`${ROOT}/index/20260101000000000`, 'create').close();
  machine.truncate('index/20260101000000000', 40 + 7 * 4 + 40 * 20);
  assert.deepEqual(Object.keys(kinds(machine)).includes('INDEX_FILE_SIZE'), false);
});
