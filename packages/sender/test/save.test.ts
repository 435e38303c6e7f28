import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SenderError } from '@rocketmq-ts/sender';
import { VirtualClock } from '@rocketmq-ts/testkit';
import type { NewMessage, OutboxDatabase } from '../src/database/port.ts';
import { Saves } from '../src/send/save.ts';
import { rejection } from './sender-stage.ts';

const message = (lane: string): NewMessage => ({
  lane,
  ...{ uniqueKey: 'U', topic: 'T', tags: undefined, keys: lane, body: Buffer.of(1) },
});

/** A database that can stop answering. */
function stage(maxSavedMessages = 10) {
  const clock = new VirtualClock();
  const rows: string[] = [];
  const state = { answers: true };
  const ask = <T>(work: () => T): Promise<T> => (state.answers ? Promise.resolve(work()) : new Promise<T>(() => {}));
  const database = {
    count: () => ask(() => rows.length),
    hasLane: (lane: string) => ask(() => rows.includes(lane)),
    save: ({ lane }: NewMessage) => ask(() => rows.push(lane)),
    saveIn: () => ask(() => 1),
  } as unknown as OutboxDatabase;
  return { clock, rows, state, saves: new Saves({ database, clock, saveTimeoutMs: 1000, maxSavedMessages }) };
}

test('a save that the database does not confirm in time is lost, and the count of rows is asked for anew', async () => {
  const { clock, rows, state, saves } = stage(2);
  await clock.run(saves.save(message('a')));
  state.answers = false;
  const late = await rejection(clock.run(saves.save(message('b'))));
  assert.ok(late instanceof SenderError && late.code === 'SAVE_TIMEOUT');
  state.answers = true;
  await clock.run(saves.save(message('b')));
  const full = await rejection(clock.run(saves.save(message('c'))));
  assert.ok(full instanceof SenderError && full.code === 'OUTBOX_FULL');
  rows.length = 0;
  await clock.run(saves.save(message('c')));
  assert.equal(clock.pendingTimers, 0);
});

test('while the database does not answer, only what surely overtakes nothing is sent', async () => {
  const { clock, state, saves } = stage();
  const areSaved = (lane: string): Promise<boolean> => clock.run(saves.areSaved(lane));
  assert.equal(await areSaved('a'), false);
  state.answers = false;
  assert.equal(await areSaved('a'), true, 'a process before this one may have saved some');
  saves.seenEmpty();
  assert.equal(await areSaved('a'), false);
  state.answers = true;
  await clock.run(saves.save(message('a')));
  state.answers = false;
  assert.equal(await areSaved('a'), true);
  assert.equal(await areSaved('b'), false);
});

test('a key is remembered when it is not known whether its message was saved', async () => {
  const { clock, state, saves } = stage();
  saves.seenEmpty();
  await clock.run(saves.save(message('z')));
  state.answers = false;
  await rejection(clock.run(saves.save(message('a'))));
  assert.equal(await clock.run(saves.areSaved('a')), true, 'it may be there');
  assert.equal(await clock.run(saves.areSaved('b')), false);
});

test('a database that was seen empty while a message was being saved, or its transaction was open, may have it', async () => {
  const { clock, state, rows, saves } = stage();
  saves.seenEmpty();
  const transaction = clock.run(saves.saveIn({}, message('t')));
  await transaction;
  saves.seenEmpty();
  state.answers = false;
  assert.equal(await clock.run(saves.areSaved('t')), true, 'its transaction may have committed since');
  state.answers = true;
  rows.push('t');
  const saving = saves.save(message('a'));
  assert.equal(saves.begun, undefined, 'a look at the database proves nothing now');
  await clock.run(saving);
  assert.equal(typeof saves.begun, 'number');
});
