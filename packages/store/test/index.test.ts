import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageStore } from '../src/index.ts';
import { put, putAndWait, putBatch, query, queryResult, readAll } from './store-calls.ts';
import { StoreMachine, type StoreSettings } from './store-machine.ts';

const HEADER_BYTES = 40;
/** Files of 40 + 4 × 16 + 20 × 32 bytes, of 31 entries. */
const small: StoreSettings = { index: { maxHashSlotNum: 16, maxIndexNum: 32 } };
const large: StoreSettings = { index: { maxHashSlotNum: 5000, maxIndexNum: 20_000 } };
/** MessageSysFlag: half message, rolled back. */
const PREPARED = 4;
const ROLLED_BACK = 12;

async function fill(
  store: MessageStore,
  from: number,
  to: number,
  keysOf: (i: number) => string = String,
): Promise<void> {
  for (let i = from; i < to; i++) await putAndWait(store, { body: `m${i}`, uniqueKey: `U${i}`, keys: keysOf(i) });
}

async function found(store: MessageStore, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    assert.deepEqual(await query(store, `U${i}`), [`m${i}`], `unique key U${i}`);
    assert.deepEqual(await query(store, String(i)), [`m${i}`], `key ${i}`);
  }
}

function indexFiles(machine: StoreMachine): string[] {
  return machine.names('index').map((name) => `index/${name}`);
}

test('a message is found by its unique key and by each of its keys, in its topic only', async () => {
  const machine = new StoreMachine();
  const store = await machine.start(large);
  await putAndWait(store, { body: 'one', uniqueKey: 'AC11', keys: 'order-1  user-7 ' });
  await putAndWait(store, { body: 'two', keys: 'order-2 user-7' });
  await putAndWait(store, { topic: 'Other', body: 'three', keys: 'user-7' });
  await putAndWait(store, { body: 'none' });
  assert.deepEqual(await query(store, 'AC11'), ['one']);
  assert.deepEqual(await query(store, 'order-1'), ['one']);
  assert.deepEqual(await query(store, 'user-7'), ['one', 'two']);
  assert.deepEqual(await query(store, 'user-7', { topic: 'Other' }), ['three']);
  assert.deepEqual(await query(store, ''), []);
  assert.deepEqual(await query(store, 'order-1  user-7 '), []);
});

test('a message is found by its tag, which is no key', async () => {
  const machine = new StoreMachine();
  const store = await machine.start(large);
  await putAndWait(store, { body: 'one', tags: 'red', keys: 'blue' });
  await putAndWait(store, { body: 'two', tags: 'blue' });
  assert.deepEqual(await query(store, 'blue'), ['one']);
  assert.deepEqual(await query(store, 'blue', { kind: 'TAG' }), ['two']);
  assert.deepEqual(await query(store, 'red'), []);
});

test('members of a batch and half messages are found, what was rolled back is not', async () => {
  const machine = new StoreMachine();
  const store = await machine.start(large);
  await putBatch(store, [
    { body: 'first', uniqueKey: 'B1', keys: 'k' },
    { body: 'second', uniqueKey: 'B2', keys: 'k' },
  ]).answered;
  await putAndWait(store, { body: 'half', keys: 'k', sysFlag: PREPARED });
  await putAndWait(store, { body: 'rolled back', keys: 'k', sysFlag: ROLLED_BACK });
  assert.deepEqual(await query(store, 'B2'), ['second']);
  assert.deepEqual(await query(store, 'k'), ['first', 'second', 'half']);
});

test('the newest are found where there are more than asked for, across files', async () => {
  const machine = new StoreMachine();
  const store = await machine.start(small);
  await fill(store, 0, 100, () => 'same');
  await machine.clock.advance(3000);
  assert.equal(machine.names('index').length, 7);
  assert.deepEqual(await query(store, 'same', { maxNum: 3 }), ['m97', 'm98', 'm99']);
  assert.equal((await query(store, 'same', { maxNum: 1000 })).length, 100);
});

test('a time range is exact at both borders, to the millisecond', async () => {
  const machine = new StoreMachine();
  const store = await machine.start(small);
  const times: number[] = [];
  for (let i = 0; i < 60; i++) {
    times.push((await putAndWait(store, { body: `m${i}`, keys: 'k' })).storeTimestamp);
    await machine.clock.advance(377);
  }
  for (const [from, to] of [
    [0, 0],
    [5, 5],
    [30, 33],
    [29, 30],
    [59, 59],
    [10, 50],
  ] as const) {
    const all = Array.from({ length: to - from + 1 }, (_, i) => `m${from + i}`);
    const range = { begin: times[from]!, end: times[to]! };
    assert.deepEqual(await query(store, 'k', range), all);
    assert.deepEqual(await query(store, 'k', { begin: range.begin + 1, end: range.end - 1 }), all.slice(1, -1));
  }
  assert.deepEqual(await query(store, 'k', { end: times[0]! - 1 }), []);
  assert.deepEqual(await query(store, 'k', { begin: times[59]! + 1 }), []);
});

test('keys that share a hash are distinguished by their records', async () => {
  const machine = new StoreMachine();
  const store = await machine.start(large);
  // Java's hashes of both are the same.
  await putAndWait(store, { body: 'one', keys: 'AaAa' });
  await putAndWait(store, { body: 'two', keys: 'BBBB' });
  await putAndWait(store, { body: 'both', keys: 'AaBB BBAa' });
  assert.deepEqual(await query(store, 'AaAa'), ['one']);
  assert.deepEqual(await query(store, 'BBBB'), ['two']);
  assert.deepEqual(await query(store, 'AaBB'), ['both']);
});

test('a record that is not confirmed is neither found nor in the file', async () => {
  const machine = new StoreMachine();
  const store = await machine.start({ ...large, flushDiskType: 'SYNC_FLUSH' });
  await fill(store, 0, 2);
  machine.disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs: 60_000 });
  const late = put(store, { body: 'late', keys: 'late' });
  await machine.clock.advance(3000);
  assert.deepEqual(await query(store, 'late'), []);
  assert.equal(machine.read(indexFiles(machine)[0]!).readInt32BE(HEADER_BYTES + 4 * 5000 + 5 * 20), 0);
  await machine.clock.advance(60_000);
  assert.equal(late.answer, 'FLUSH_DISK_TIMEOUT');
  assert.deepEqual(await query(store, 'late'), ['late']);
});

for (const [how, stop] of [
  ['a clean stop', async (machine: StoreMachine, store: MessageStore) => machine.clock.run(store.stop())],
  ['a kill', async (machine: StoreMachine) => machine.killProcess()],
  [
    'a kill a while later',
    async (machine: StoreMachine) => {
      await machine.clock.advance(90_000);
      machine.killProcess();
    },
  ],
] as const) {
  test(`after ${how} everything is found again, and the files grow further`, async () => {
    const machine = new StoreMachine();
    let store = await machine.start(small);
    await fill(store, 0, 40);
    await stop(machine, store);
    store = await machine.start(small);
    await found(store, 0, 40);
    await fill(store, 40, 70);
    await found(store, 0, 70);
    await stop(machine, store);
    store = await machine.start(small);
    await found(store, 0, 70);
    const { indexLastUpdatePhyoffset, records } = await queryResult(store, 'U69');
    assert.equal(indexLastUpdatePhyoffset, store.facts.appendOffset - records[0]!.length);
  });
}

test('after a loss of power everything that is in the log is found, once', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const machine = new StoreMachine(seed);
    let store = await machine.start(small);
    for (let round = 0; round < 4; round++) {
      await fill(store, round * 20, round * 20 + 20);
      await machine.clock.advance(seed * 700);
      machine.losePower();
      store = await machine.start(small);
      const inLog = await readAll(store);
      for (let i = 0; i < round * 20 + 20; i++) {
        // A record at the edge of a hole may be passed over by its queue and found by its keys.
        const inQueue = inLog.filter((message) => message.uniqueKey === `U${i}`).map(({ body }) => body.toString());
        const byUniqueKey = await query(store, `U${i}`);
        assert.ok(byUniqueKey.every((body) => body === `m${i}`) && byUniqueKey.length <= 1, `seed ${seed}, U${i}`);
        assert.ok(byUniqueKey.length >= inQueue.length, `seed ${seed}, round ${round}, unique key U${i}`);
        const withKey = inLog.filter(({ keys }) => keys.includes(String(i)));
        assert.ok((await query(store, String(i))).length >= withKey.length, `seed ${seed}, round ${round}, key ${i}`);
      }
    }
  }
});
