import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '@rocketmq-ts/testkit';
import { HalfState, HalfStates } from '../src/transaction/half-states.ts';

test('states are those that were set, whatever the order, and the next open one is found', () => {
  const random = new SeededRandom(7);
  const states = new HalfStates();
  const model = new Map<number, number>();
  const end = 20_000;
  for (let step = 0; step < 60_000; step++) {
    const offset = random.below(end);
    const state = random.below(7) as HalfState;
    states.set(offset, state);
    model.set(offset, state);
  }
  for (let offset = 0; offset < end; offset++) assert.equal(states.get(offset), model.get(offset) ?? 0);
  for (let from = 0; from < end; from += 37) {
    let expected = from;
    while (expected < end && (model.get(expected) ?? 0) > HalfState.ENDING) expected += 1;
    assert.equal(states.nextOpen(from, end), expected);
  }
});

test('a hundred million ended ones beside a hundred thousand open ones cost little and are passed quickly', () => {
  const states = new HalfStates();
  const chunk = 4096;
  for (let at = 0; at < 400 * chunk; at++) states.set(at, HalfState.COMMITTED);
  assert.ok(states.chunkCount <= 64, `${states.chunkCount} chunks have bytes`);
  assert.equal(states.get(5), HalfState.ENDED);
  assert.equal(states.get(399 * chunk), HalfState.COMMITTED);
  assert.equal(states.nextOpen(0, 400 * chunk + 1), 400 * chunk);
  assert.equal(states.nextOpen(0, 399 * chunk), 399 * chunk);
  states.set(5, HalfState.OPEN);
  assert.equal(states.nextOpen(0, 400 * chunk), 5);
  assert.equal(states.openRun(5, 400 * chunk, 32), 1);
  states.dropBelow(399 * chunk);
  assert.equal(states.get(5), HalfState.OPEN);
  assert.ok(states.chunkCount <= 2);
});
