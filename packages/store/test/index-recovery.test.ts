import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageStore } from '../src/index.ts';
import { put, putAndWait, query } from './store-calls.ts';
import { ROOT, StoreMachine, type StoreSettings } from './store-machine.ts';

/** Files of 744 bytes and 31 entries; a message makes two. */
const small: StoreSettings = { index: { maxHashSlotNum: 16, maxIndexNum: 32 } };
const FILE_BYTES = 40 + 16 * 4 + 32 * 20;

async function fill(store: MessageStore, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) await putAndWait(store, { body: `m${i}`, uniqueKey: `U${i}`, keys: `k${i} all` });
}

async function found(store: MessageStore, to: number): Promise<void> {
  for (let i = 0; i < to; i++) {
    assert.deepEqual(await query(store, `U${i}`), [`m${i}`], `unique key U${i}`);
    assert.deepEqual(await query(store, `k${i}`), [`m${i}`], `key k${i}`);
  }
  assert.equal((await query(store, 'all', { maxNum: 1000 })).length, to, 'each message has one entry of a key');
}

function warnings(machine: StoreMachine): string[] {
  return machine.logLines.filter(({ level }) => level === 'warn').map(({ sentence }) => sentence);
}

const damages: readonly (readonly [string, (machine: StoreMachine, names: readonly string[]) => void])[] = [
  ['the whole folder is missing', (machine) => machine.disk.remove(`${ROOT}/index`)],
  ['the first file is missing', (machine, names) => machine.disk.remove(`${ROOT}/index/${names[0]}`)],
  ['a file in the middle is missing', (machine, names) => machine.disk.remove(`${ROOT}/index/${names[1]}`)],
  ['the last file is missing', (machine, names) => machine.disk.remove(`${ROOT}/index/${names.at(-1)}`)],
  ['a file is short', (machine, names) => machine.truncate(`index/${names[1]}`, FILE_BYTES - 1)],
  ['the last file is empty', (machine, names) => machine.truncate(`index/${names.at(-1)}`, 0)],
  ['a header is zeros', (machine, names) => machine.write(`index/${names[1]}`, 0, Buffer.alloc(40))],
  [
    'a header counts more than there is',
    (machine, names) => machine.write(`index/${names.at(-1)}`, 36, Buffer.from([0, 0, 0, 30])),
  ],
];

for (const [what, damage] of damages) {
  for (const ending of ['a clean stop', 'a kill'] as const) {
    test(`after ${ending} the index is whole again where ${what}`, async () => {
      const machine = new StoreMachine();
      let store = await machine.start(small);
      await fill(store, 0, 45);
      if (ending === 'a kill') {
        await machine.clock.advance(2000);
        machine.killProcess();
      } else await machine.clock.run(store.stop());
      damage(machine, machine.names('index'));
      store = await machine.start(small);
      await found(store, 45);
      await fill(store, 45, 60);
      await found(store, 60);
      await machine.clock.run(store.stop());
      store = await machine.start(small);
      await found(store, 60);
    });
  }
}

test('a foreign file in the folder is left alone with a warning', async () => {
  const machine = new StoreMachine();
  let store = await machine.start(small);
  await fill(store, 0, 20);
  await machine.clock.run(store.stop());
  machine.disk.open(`${ROOT}/index/notes.txt`, 'create').close();
  store = await machine.start(small);
  await found(store, 20);
  assert.ok(machine.names('index').includes('notes.txt'));
  assert.deepEqual(warnings(machine), ['a foreign file is ignored']);
});

test('files of another shape are made again', async () => {
  const machine = new StoreMachine();
  let store = await machine.start(small);
  await fill(store, 0, 20);
  await machine.clock.run(store.stop());
  const other: StoreSettings = { index: { maxHashSlotNum: 64, maxIndexNum: 1000 } };
  store = await machine.start(other);
  await found(store, 20);
  assert.equal(machine.names('index').length, 1);
});

test('an index that was switched off is brought up to date when it is on again', async () => {
  const machine = new StoreMachine();
  let store = await machine.start(small);
  await fill(store, 0, 10);
  await machine.clock.run(store.stop());
  store = await machine.start();
  await fill(store, 10, 25);
  assert.deepEqual(await query(store, 'k3'), []);
  await machine.clock.run(store.stop());
  store = await machine.start(small);
  await found(store, 25);
});

test('a disk that takes no index entries for a while holds up no put, and gets them later', async () => {
  const machine = new StoreMachine();
  let store = await machine.start(small);
  await fill(store, 0, 5);
  machine.disk.faults.add({ operation: 'write', path: '/index/', code: 'ENOSPC', times: 20 });
  for (let i = 5; i < 60; i++) {
    await fill(store, i, i + 1);
    await machine.clock.advance(500);
  }
  await found(store, 60);
  const failures = machine.logLines.filter(({ sentence }) => sentence.includes('could not be written'));
  assert.equal(failures.length, 1);
  await machine.clock.run(store.stop());
  store = await machine.start(small);
  await found(store, 60);
});

for (const when of ['while the store runs', 'while the store is opened'] as const) {
  test(`entries that a failed sync gave up are on the disk after the next clean stop: it failed ${when}`, async () => {
    // The first entries lie in other sectors than the last ones, by which a lost end is noticed.
    const settings: StoreSettings = { index: { maxHashSlotNum: 1000, maxIndexNum: 1000 } };
    const machine = new StoreMachine();
    const failOnce = (): void => machine.disk.faults.add({ operation: 'sync', path: '/index/', code: 'EIO', times: 1 });
    let store = await machine.start({ ...settings, flushConsumeQueueThoroughInterval: 1000 });
    await fill(store, 0, 40);
    if (when === 'while the store is opened') {
      machine.killProcess();
      machine.disk.remove(`${ROOT}/index`);
      failOnce();
      store = await machine.start({ ...settings, flushConsumeQueueThoroughInterval: 1000 });
    } else failOnce();
    await machine.clock.advance(3000);
    await fill(store, 40, 80);
    await machine.clock.advance(3000);
    if (when === 'while the store is opened') await machine.clock.run(store.stop());
    else machine.killProcess();
    store = await machine.start(settings);
    await found(store, 80);
    await machine.clock.run(store.stop());
    machine.losePower();
    store = await machine.start(settings);
    await found(store, 80);
  });
}

test('where the disk takes no entries for too long indexing stops with one line, and the next opening makes them', async () => {
  const machine = new StoreMachine();
  let store = await machine.start(small);
  machine.disk.faults.add({ operation: 'write', path: '/index/', code: 'EIO', times: 1_000_000 });
  for (let i = 0; i < 700; i++) put(store, { body: `m${i}`, uniqueKey: `U${i}`, keys: `k${i} all` });
  await machine.clock.advance(3000);
  const lines = machine.logLines.filter(({ sentence }) => sentence.includes('indexing stops here'));
  assert.equal(lines.length, 1);
  assert.deepEqual(await query(store, 'U699'), []);
  machine.disk.faults.clear();
  await machine.clock.run(store.stop());
  store = await machine.start(small);
  for (const i of [0, 350, 699]) assert.deepEqual(await query(store, `k${i}`), [`m${i}`]);
  assert.equal((await query(store, 'all', { maxNum: 1000 })).length, 700);
});

test('what lies behind the end of the log is removed from a full file, also where an empty one follows it', async () => {
  const machine = new StoreMachine();
  let store = await machine.start(small);
  // 31 entries fill the first file; the last of them is of the record that gets lost.
  for (let i = 0; i < 30; i++) await putAndWait(store, { body: `m${i}`, keys: `k${i}` });
  const lost = await putAndWait(store, { body: 'lost', keys: 'last' });
  await machine.clock.run(store.stop());
  const next = machine.disk.open(`${ROOT}/index/${String(BigInt(machine.names('index')[0]!) + 1n)}`, 'create');
  next.truncate(FILE_BYTES);
  next.close();
  machine.write('commitlog/00000000000000000000', lost.physicalOffset, Buffer.alloc(8));
  store = await machine.start(small);
  assert.deepEqual(await query(store, 'last'), []);
  const again = await putAndWait(store, { body: 'another', keys: 'last' });
  assert.equal(again.physicalOffset, lost.physicalOffset);
  machine.killProcess();
  store = await machine.start(small);
  assert.deepEqual(await query(store, 'last'), ['another']);
});

test('entries of records that the log rolls back are rolled back as well', async () => {
  const machine = new StoreMachine();
  const store = await machine.start(small);
  await fill(store, 0, 14);
  machine.disk.faults.add({ operation: 'write', path: 'commitlog', code: 'ENOSPC', times: 1 });
  // Across the end of a file of the index.
  const refused = Array.from({ length: 4 }, (_, i) => put(store, { body: 'refused', uniqueKey: `R${i}`, keys: 'all' }));
  await machine.clock.advance(10);
  assert.ok(refused.every(({ answer }) => answer === 'SERVICE_NOT_AVAILABLE'));
  await machine.clock.advance(20_000);
  await fill(store, 14, 50);
  await found(store, 50);
  assert.deepEqual(await query(store, 'R0'), []);
});

test('files are removed with the part of the log that they index, never the last one', async () => {
  const machine = new StoreMachine();
  const store = await machine.start({
    ...small,
    mappedFileSizeCommitLog: 4096,
    expiry: undefined,
  });
  await fill(store, 0, 100);
  await machine.clock.advance(2000);
  const before = machine.names('index').length;
  await store.parts.log.files.removeFirst();
  await machine.clock.run(store.followNow());
  assert.ok(machine.names('index').length < before);
  assert.deepEqual(await query(store, 'k0'), []);
  assert.deepEqual(await query(store, 'k99'), ['m99']);
});

/** 45 messages with keys and a hundred without; stopped cleanly. */
async function keysThenNone(): Promise<StoreMachine> {
  const machine = new StoreMachine();
  const store = await machine.start(small);
  await fill(store, 0, 45);
  for (let i = 0; i < 100; i++) await putAndWait(store, { body: 'no keys' });
  await machine.clock.run(store.stop());
  await machine.clock.advance(10);
  return machine;
}

const READS_LOG = 'records are indexed that the index files lack';

test('after a clean stop no record is read for the index, also where the last ones have no keys', async () => {
  const machine = await keysThenNone();
  const store = await machine.start(small);
  assert.ok(!machine.logLines.some(({ sentence }) => sentence === READS_LOG));
  await fill(store, 45, 60);
  await found(store, 60);
});

for (const [what, damage] of damages) {
  test(`where the last records have no keys the log is read for the index after a clean stop when ${what}`, async () => {
    const machine = await keysThenNone();
    damage(machine, machine.names('index'));
    const store = await machine.start(small);
    assert.ok(machine.logLines.some(({ sentence }) => sentence === READS_LOG));
    await found(store, 45);
  });
}

test('messages that were put while the store had no index are indexed with the next start that has one', async () => {
  const machine = await keysThenNone();
  let store = await machine.start({});
  await fill(store, 45, 60);
  await machine.clock.run(store.stop());
  store = await machine.start(small);
  await found(store, 60);
});
