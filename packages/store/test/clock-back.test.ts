import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MessageStore, verifyStore } from '../src/index.ts';
import { putAndWait, query, readAll } from './store-calls.ts';
import { ROOT, StoreMachine, type StoreSettings } from './store-machine.ts';

const HOUR_MS = 3_600_000;
/** To the year 2050, about. */
const AHEAD_MS = 24 * 365 * 24 * HOUR_MS;
const LOG = 'commitlog/00000000000000000000';
const settings: StoreSettings = {
  flushDiskType: 'SYNC_FLUSH',
  mappedFileSizeCommitLog: 16 * 1024,
  flushConsumeQueueThoroughInterval: 1000,
  index: { maxHashSlotNum: 16, maxIndexNum: 32 },
};

const bodies = async (store: MessageStore): Promise<string[]> =>
  (await readAll(store)).map((message) => message.body.toString().trimEnd());

/** Messages of about 1 KB, one a second; two index entries each. */
async function fill(store: MessageStore, machine: StoreMachine, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await putAndWait(store, { body: name.padEnd(900), uniqueKey: `U${name}`, keys: `K${name}` });
    await machine.clock.advance(1000);
  }
}

const numbers = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => String(from + i));

for (const [name, aheadMs] of [
  ['an hour', HOUR_MS],
  ['twenty-four years', AHEAD_MS],
] as const) {
  test(`a clock that was ${name} ahead hides nothing from a start after a loss of power, over many files`, async () => {
    const machine = new StoreMachine();
    let store = await machine.start(settings);
    const all = numbers(0, 120);
    await fill(store, machine, all.slice(0, 20));
    machine.clock.jumpWallClock(aheadMs);
    await fill(store, machine, all.slice(20, 40));
    machine.clock.jumpWallClock(-aheadMs);
    await fill(store, machine, all.slice(40, 119));
    await putAndWait(store, { body: all[119]!.padEnd(900), uniqueKey: 'U119', keys: 'K119' });
    for (let crash = 0; crash < 3; crash++) {
      machine.losePower();
      store = await machine.start(settings);
      assert.deepEqual(await bodies(store), all);
      for (const each of all) {
        assert.deepEqual(
          (await query(store, `U${each}`)).map((body) => body.trimEnd()),
          [each],
        );
        assert.deepEqual(
          (await query(store, `K${each}`)).map((body) => body.trimEnd()),
          [each],
        );
      }
    }
    await machine.clock.run(store.stop());
    store = await machine.start(settings);
    assert.deepEqual(await query(store, 'K30').then((found) => found.length), 1);
    assert.deepEqual(await bodies(store), all);
    await machine.clock.run(store.stop());
    assert.deepEqual(verifyStore({ disk: machine.disk, root: ROOT }).findings, []);
  });
}

test('a message of the right time is found by key in a window of that time, though the index began with a wrong one', async () => {
  const machine = new StoreMachine();
  const store = await machine.start({ index: { maxHashSlotNum: 16, maxIndexNum: 1000 } });
  const right = machine.clock.now();
  machine.clock.jumpWallClock(AHEAD_MS);
  await putAndWait(store, { body: 'wrong', keys: 'k' });
  machine.clock.jumpWallClock(-AHEAD_MS);
  await putAndWait(store, { body: 'right', keys: 'k' });
  assert.deepEqual(await query(store, 'k', { begin: right, end: right + HOUR_MS }), ['right']);
  assert.deepEqual(await query(store, 'k'), ['wrong', 'right']);
});

test('what follows a damaged record is kept, though the clock was put back just there', async () => {
  const machine = new StoreMachine();
  let store = await machine.start();
  await putAndWait(store, { body: 'a' });
  machine.clock.jumpWallClock(-HOUR_MS);
  const damaged = await putAndWait(store, { body: 'damaged' });
  await putAndWait(store, { body: 'b' });
  await putAndWait(store, { body: 'c' });
  machine.killProcess();
  machine.write(LOG, damaged.physicalOffset + 89, Buffer.from('xx'));
  store = await machine.start();
  assert.deepEqual(await bodies(store), ['a', 'b', 'c']);
});
