import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Distribution, type Metric, Metrics } from '@rocketmq-ts/kernel';

const DECLARED = {
  PUT: { unit: 'messages', labels: ['topic'], bytesName: 'PUT_BYTES', meaning: 'stored' },
  GOT: { unit: 'messages', labels: ['topic', 'group'], meaning: 'handed out' },
  FAILED: { unit: 'calls', meaning: 'failed' },
} as const satisfies Record<string, Metric>;

const newMetrics = () => new Metrics(1000, { second: { ticks: 1, kept: 2 }, three: { ticks: 1, kept: 4 } });

test('everything that was counted is read with its name, labels and meaning, and nothing that never was', () => {
  const metrics = newMetrics();
  const { PUT, GOT, FAILED } = metrics.counters(DECLARED);
  const times = metrics.distribution(
    'TIMES',
    { unit: 'milliseconds', meaning: 'of puts' },
    new Distribution([0, 9, Infinity]),
  );
  PUT.of('a').add(2, 1, 20);
  PUT.of('a').add(1, 1, 10);
  GOT.of('a@g').add(5, 1, 0);
  times.count(9);
  const readings = [...metrics].map(({ name, metric, labels, value }) => [name, metric.meaning, labels, value]);
  assert.deepEqual(readings, [
    ['PUT', 'stored', ['a'], PUT.find('a')],
    ['GOT', 'handed out', ['a', 'g'], GOT.find('a@g')],
    ['TIMES', 'of puts', [], times],
  ]);
  const { value, calls, bytes } = PUT.of('a');
  assert.deepEqual([value, calls, bytes], [3, 2, 30]);
  FAILED.of().add(1, 1, 0);
  assert.deepEqual([...metrics][2], { name: 'FAILED', metric: DECLARED.FAILED, labels: [], value: FAILED.of() });
});

test('a gauge is read with everything else, as it is at that moment', () => {
  const metrics = newMetrics();
  const metric = { unit: 'bytes', labels: ['slave'], meaning: 'behind' } as const;
  let behind = [7, 0];
  metrics.gauge('LAG', metric, () => behind.map((value, at) => ({ labels: [`s${at}`], value })));
  const read = () => [...metrics].map(({ name, labels, value }) => [name, labels, value]);
  assert.deepEqual(read(), [
    ['LAG', ['s0'], 7],
    ['LAG', ['s1'], 0],
  ]);
  behind = [];
  assert.deepEqual(read(), []);
});

test('what has a value of a label is dropped, also where the value begins another one', () => {
  const { GOT, FAILED } = newMetrics().counters(DECLARED);
  for (const key of ['a@g', 'a@h', 'ab@g', 'g@a']) GOT.of(key).add(1, 1, 0);
  FAILED.of().add(1, 1, 0);
  for (const counters of [GOT, FAILED]) counters.dropLabel('topic', 'a');
  assert.deepEqual(
    ['a@g', 'a@h', 'ab@g', 'g@a'].filter((key) => GOT.find(key) !== undefined),
    ['ab@g', 'g@a'],
  );
  assert.equal(FAILED.of().value, 1);
});

test('a rate is known when its whole span has passed, and a negative value lowers it', () => {
  const metrics = newMetrics();
  const counter = metrics.counters(DECLARED).FAILED.of();
  const rates: unknown[] = [];
  for (const [tick, more] of [3, 0, 4, -4, 0, 2].entries()) {
    counter.add(more, 1, 0);
    metrics.takeSnapshots(tick * 1000);
    rates.push(counter.rates());
  }
  assert.deepEqual(rates, [
    [undefined, undefined],
    [0, undefined],
    [4, undefined],
    [-4, 0],
    [0, 0],
    [2, (-2 / 3000) * 1000],
  ]);
});

test('a value counts in the first class whose bound is not below it', () => {
  const times = new Distribution([0, 9, 49, Infinity]);
  for (const value of [0, 1, 9, 10, 49, 50, 1e12]) times.count(value);
  assert.deepEqual([...times.counts], [1, 2, 2, 2]);
  assert.equal(times.max, 1e12);
});
