import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LocalStore } from '../src/door/local-store.ts';
import { verifyStore } from '../src/index.ts';
import { apacheLogEnd } from './apache-reader.ts';
import { putAndWait, readAll, readBodies } from './store-calls.ts';
import { ROOT, StoreMachine } from './store-machine.ts';

const LOG = 'commitlog/00000000000000000000';
const settings = { flushDiskType: 'SYNC_FLUSH' } as const;

interface Scene {
  readonly machine: StoreMachine;
  readonly store: LocalStore;
  /** Of the damaged record, whose place the start could not fill. */
  readonly hole: number;
  readonly end: number;
}

/** A store of ten messages that was killed, lost the fifth, and could not fill its place when it was opened. */
async function scene(): Promise<Scene> {
  const machine = new StoreMachine();
  const before = await machine.start(settings);
  for (let i = 0; i < 10; i++) await putAndWait(before, { body: `${i}`.padEnd(500, '.') });
  const hole = (await readAll(before))[5]!.physicalOffset;
  machine.killProcess();
  machine.write(LOG, hole + 200, Buffer.from('!!'));
  refuse(machine, 1);
  const store = await machine.start(settings);
  const end = store.facts.appendOffset;
  assert.equal(apacheLogEnd(machine), hole, 'the place is not filled');
  assert.equal((await readBodies(store)).length, 9);
  return { machine, store, hole, end };
}

function refuse(machine: StoreMachine, times: number): void {
  machine.disk.faults.add({ operation: 'write', path: 'commitlog', code: 'ENOSPC', times });
}

function linesOf(machine: StoreMachine): string[] {
  return machine.logLines.map(({ sentence }) => sentence).filter((sentence) => sentence.includes('damaged place'));
}

test('a hole that a full disk did not let be filled is filled, durably, within a second of there being room', async () => {
  const { machine, store, hole, end } = await scene();
  refuse(machine, 2);
  await machine.clock.advance(2500);
  assert.equal(apacheLogEnd(machine), hole);
  await machine.clock.advance(1000);
  assert.equal(apacheLogEnd(machine), end);
  assert.deepEqual(linesOf(machine), [
    'a damaged place is in the commit log; what follows it is readable',
    'what a damaged place of the commit log held is kept',
    'a damaged place of the commit log could not be filled; it is tried again',
    'a damaged place of the commit log is filled, which the disk had refused',
  ]);
  assert.equal((await putAndWait(store, { body: 'after' })).answer, 'PUT_OK');
  machine.losePower();
  const again = await machine.start(settings);
  assert.equal(again.recovery?.damaged, 0);
  assert.equal((await readBodies(again)).length, 10);
});

test('a stop fills it, and is a clean one', async () => {
  const { machine, store, end } = await scene();
  await machine.clock.run(store.stop());
  assert.equal(apacheLogEnd(machine), end);
  assert.equal(verifyStore({ disk: machine.disk, root: ROOT }).damaged, false);
  const again = await machine.start(settings);
  assert.deepEqual([again.recovery?.cleanStop, (await readBodies(again)).length], [true, 9]);
});

test('a stop that can not fill it is not a clean one, so that the next start finds it and fills it', async () => {
  const { machine, store, hole, end } = await scene();
  refuse(machine, 1);
  await machine.clock.run(store.stop());
  machine.disk.faults.clear();
  assert.equal(apacheLogEnd(machine), hole);
  const again = await machine.start(settings);
  assert.deepEqual([again.recovery?.cleanStop, again.recovery?.damaged], [false, 1]);
  assert.equal(apacheLogEnd(machine), end);
  assert.equal((await readBodies(again)).length, 9);
});

for (const operation of ['write', 'sync'] as const) {
  test(`a failed ${operation} while it is filled leaves the file in doubt: the store takes no puts any more`, async () => {
    const { machine, store } = await scene();
    machine.disk.faults.add({ operation, path: 'commitlog', code: 'EIO' });
    await machine.clock.advance(1500);
    assert.deepEqual([store.facts.state, store.facts.writable], ['READ_ONLY', false]);
    assert.equal((await readBodies(store)).length, 9);
  });
}

test('half a filling is made whole with the next try', async () => {
  const { machine, end } = await scene();
  machine.disk.faults.add({ operation: 'write', path: 'commitlog', code: 'ENOSPC', skip: 1 });
  await machine.clock.advance(2500);
  assert.equal(apacheLogEnd(machine), end);
});
