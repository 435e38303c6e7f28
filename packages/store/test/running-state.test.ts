import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '@rocketmq-ts/kernel';
import { RunningState, STORE_MOVES, type StoreState } from '../src/put/running-state.ts';

const states = Object.keys(STORE_MOVES) as StoreState[];
/** How each state is reached. */
const paths: Readonly<Record<StoreState, readonly StoreState[]>> = {
  CREATED: [],
  RUNNING: ['RUNNING'],
  READ_ONLY: ['RUNNING', 'READ_ONLY'],
  STOPPED: ['STOPPED'],
};

function stateAt(state: StoreState): RunningState {
  const running = new RunningState(silentLogger);
  for (const each of paths[state]) running.transitionTo(each);
  return running;
}

for (const from of states) {
  for (const to of states) {
    const isLegal = STORE_MOVES[from].includes(to);
    test(`a store that is ${from} ${isLegal ? 'may become' : 'never becomes'} ${to}`, () => {
      const running = stateAt(from);
      if (isLegal) {
        running.transitionTo(to);
        assert.equal(running.state, to);
      } else {
        assert.throws(() => running.transitionTo(to), new RegExp(`${from}.*${to}`));
        assert.equal(running.state, from);
      }
    });
  }
}

test('puts are taken while it runs and no reason against them is raised; each reason is lowered by itself', () => {
  const running = stateAt('RUNNING');
  assert.equal(running.writable, true);
  running.raise('NO_SPACE', 'no space');
  running.raise('DISK_RATIO', 'too full');
  assert.equal(running.writable, false);
  assert.equal(running.notWritableBecause, 'no space; too full');
  running.lower('NO_SPACE');
  assert.equal(running.notWritableBecause, 'too full');
  running.lower('DISK_RATIO');
  running.lower('DISK_RATIO');
  assert.equal(running.writable, true);
  assert.equal(running.notWritableBecause, undefined);
  running.transitionTo('READ_ONLY');
  assert.equal(running.notWritableBecause, 'the store is READ_ONLY');
});
