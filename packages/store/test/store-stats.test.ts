import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PutTimes } from '../src/put/put-times.ts';

/** All in one minute that is over. */
function minuteOf(...timesMs: number[]): PutTimes {
  const times = new PutTimes();
  times.roll(0);
  for (const ms of timesMs) times.count(ms);
  times.roll(60_000);
  return times;
}

test('put times fall into thirteen classes, each without its upper bound', () => {
  const times = minuteOf(0, 1, 9, 10, 49, 50, 99, 100, 200, 500, 999, 1000, 2000, 3000, 4000, 5000, 9999, 10_000, 1e9);
  assert.equal(
    times.distribution(),
    '[<=0ms]:1 [0~10ms]:2 [10~50ms]:2 [50~100ms]:2 [100~200ms]:1 [200~500ms]:1 [500ms~1s]:2 [1~2s]:1 [2~3s]:1 [3~4s]:1 [4~5s]:1 [5~10s]:2 [10s~]:2 ',
  );
  assert.equal(times.max, 1e9);
});

test('percentiles lie within their class, in proportion', () => {
  const times = minuteOf(...Array.from({ length: 100 }, (_, i) => i));
  assert.deepEqual(
    [0.5, 0.9, 0.99].map((share) => times.percentile(share)),
    [49, 89, 98.75],
  );
  assert.equal(minuteOf().percentile(0.99), 0);
});

test('a minute that is not over shows nothing', () => {
  const times = new PutTimes();
  times.roll(0);
  times.count(5);
  times.roll(59_999);
  assert.deepEqual([times.distribution(), times.percentile(0.99), times.max], [undefined, 0, 5]);
});
