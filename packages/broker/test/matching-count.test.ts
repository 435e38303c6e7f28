import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MatchingCount } from '../src/metrics/matching-count.ts';

/** Every third message has tag code 1. */
const queue = {
  minOffset: 10,
  entryAt: (queueOffset: number) => ({
    ...{ physicalOffset: 0, size: 100, tagsCode: queueOffset % 3 === 0 ? 1 : 2 },
    ...{ queueOffset, messageCount: 1 },
  }),
};
const filter = { matchesUnit: (tagsCode: number) => tagsCode === 1 };
const limits = { maxConsumeQueueScan: 20_000, sampleCountThreshold: 5000 };
const count = (counted: MatchingCount, from: number, to: number, units = 10_000, bounds = limits) =>
  counted.count(queue, filter, from, to, bounds, { units });

test('few messages are counted exactly, those that are gone never', () => {
  const counted = new MatchingCount();
  assert.equal(count(counted, 12, 30), 6);
  assert.equal(count(counted, 12, 31), 7);
  assert.equal(count(counted, 0, 31), 7);
  assert.equal(count(counted, 5, 8), 0);
  assert.equal(count(counted, 40, 40), 0);
});

test('many are estimated by the share of those that were looked at, which are more with each call', () => {
  const counted = new MatchingCount();
  const exact = 1000;
  const first = count(counted, 30, 3030);
  assert.ok(first !== exact && Math.abs(first - exact) < 30, String(first));
  for (let call = 0; call < 11; call++) count(counted, 30, 3030);
  assert.equal(count(counted, 30, 3030), exact);
  // What came since is looked at, and nothing before it again.
  const budget = { units: 10_000 };
  assert.equal(counted.count(queue, filter, 30, 3033, limits, budget), exact + 1);
  assert.equal(budget.units, 10_000 - 3);
});

test('the limits of a queue and of a page hold; without a look all count', () => {
  const few = { maxConsumeQueueScan: 3, sampleCountThreshold: 5000 };
  const counted = new MatchingCount();
  for (let call = 0; call < 3; call++) assert.equal(count(counted, 30, 90, 10_000, few), 20);
  const matched = { maxConsumeQueueScan: 20_000, sampleCountThreshold: 1 };
  assert.equal(count(new MatchingCount(), 30, 90, 10_000, matched), 30);
  assert.equal(count(new MatchingCount(), 30, 90, 0), 60);
});
