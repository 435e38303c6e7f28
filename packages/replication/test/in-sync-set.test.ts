import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { heldByCount, heldByMembers, InSyncSet } from '../src/autoswitch/in-sync-set.ts';

const replica = (brokerId: number, ackOffset: number | undefined, isLearner = false) => ({
  brokerId,
  ackOffset,
  isLearner,
});

suite('the in-sync set', () => {
  test('while the controller is asked members of both sets count, until it answers', () => {
    const set = new InSyncSet();
    set.set([1, 2]);
    set.ask([1]);
    assert.deepEqual([...set.possible], [1, 2]);
    assert.equal(set.size, 2);
    set.ask([1, 3]);
    assert.deepEqual([...set.possible], [1, 2, 3]);
    set.set([1, 3]);
    assert.deepEqual([...set.possible], [1, 3]);
    assert.equal(set.size, 2);
  });

  test('what every member has is confirmed; one that is not there confirms nothing', () => {
    const possible = new Set([1, 2, 3]);
    assert.equal(heldByMembers(possible, 1, 900, [replica(2, 500), replica(3, 700), replica(4, 100)]), 500);
    assert.equal(heldByMembers(possible, 1, 400, [replica(2, 500), replica(3, 700)]), 400);
    assert.equal(heldByMembers(possible, 1, 900, [replica(2, 500)]), undefined);
    assert.equal(heldByMembers(possible, 1, 900, [replica(2, 500), replica(3, undefined)]), undefined);
    assert.equal(heldByMembers(new Set([1]), 1, 900, []), 900);
  });

  test('a count of replicas includes the master, and no learner', () => {
    const replicas = [replica(2, 500), replica(3, 700), replica(4, 900, true)];
    assert.equal(heldByCount(1, 800, replicas), 800);
    assert.equal(heldByCount(2, 800, replicas), 700);
    assert.equal(heldByCount(3, 800, replicas), 500);
    assert.equal(heldByCount(4, 800, replicas), 0);
  });
});
