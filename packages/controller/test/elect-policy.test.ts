import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Candidate, elect } from '../src/group/elect-policy.ts';

const alive = (epoch: number, maxOffset: number, electionPriority = 2_147_483_647): Candidate => ({
  epoch,
  maxOffset,
  electionPriority,
});

function choose(
  candidates: Record<number, Candidate>,
  options: Partial<Omit<Parameters<typeof elect>[0], 'candidate'>> = {},
): number | undefined {
  return elect({
    inSync: [1, 2, 3],
    unclean: undefined,
    oldMaster: undefined,
    designated: undefined,
    candidate: (id) => candidates[id],
    ...options,
  });
}

// Source: DefaultElectPolicy
test('the highest epoch is elected, then the longest log, then the lowest priority, then the lowest id', () => {
  assert.equal(choose({ 1: alive(1, 900), 2: alive(2, 100), 3: alive(2, 50) }), 2);
  assert.equal(choose({ 1: alive(2, 100), 2: alive(2, 8_000_000_000), 3: alive(2, 50) }), 2);
  assert.equal(choose({ 1: alive(2, 100, 5), 2: alive(2, 100, 3), 3: alive(2, 100) }), 2);
  assert.equal(choose({ 1: alive(2, 100), 2: alive(2, 100), 3: alive(2, 100) }), 1);
});

test('only living members of the in-sync set are elected', () => {
  assert.equal(choose({ 2: alive(1, 1), 4: alive(9, 900) }), 2);
  assert.equal(choose({ 4: alive(9, 900) }), undefined);
  assert.equal(choose({}), undefined);
});

test('others are elected only when that is allowed and no in-sync member lives', () => {
  const unclean = [1, 2, 3, 4];
  assert.equal(choose({ 4: alive(9, 900) }, { unclean }), 4);
  assert.equal(choose({ 3: alive(1, 1), 4: alive(9, 900) }, { unclean }), 3);
});

test('the old master stays while it lives, unless another is designated', () => {
  const candidates = { 1: alive(1, 1), 2: alive(2, 900) };
  assert.equal(choose(candidates, { oldMaster: 1 }), 1);
  assert.equal(choose(candidates, { oldMaster: 1, designated: 2 }), 2);
  assert.equal(choose(candidates, { oldMaster: 3 }), 2);
});

test('nobody is elected in place of a designated broker that does not live or is not in sync', () => {
  const candidates = { 1: alive(1, 1), 4: alive(2, 900) };
  assert.equal(choose(candidates, { designated: 3 }), undefined);
  assert.equal(choose(candidates, { designated: 4 }), undefined);
  assert.equal(choose(candidates, { designated: 4, unclean: [1, 2, 3, 4] }), 4);
});
