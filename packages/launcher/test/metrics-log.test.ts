import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ExposedPart, type ExposedSource, Histogram, showAll } from '@rocketmq-ts/kernel';
import { LogLines, VirtualClock } from '@rocketmq-ts/testkit';
import { MetricsLog } from '../src/metrics/metrics-log.ts';

const gauge = { type: 'gauge', help: 'a number', labels: ['topic'] } as const;
const one: ExposedSource = { name: 'm', metric: gauge, show: showAll([[['T'], 1.5]]) };
const part = (...sources: ExposedSource[]): ExposedPart => ({
  exposure: { common: [['cluster', 'c']], limit: 10 },
  sources: () => sources,
});

test('each interval every metric with samples is one line of JSON in the form of OpenTelemetry', async () => {
  const { clock, lines, log } = stage();
  const took = new Histogram([1, 3]);
  for (const value of [1, 2, 9]) took.count(value);
  const histogram: ExposedSource = {
    name: 'h',
    metric: { type: 'histogram', help: 'times', labels: [], bounds: took.bounds },
    show: (samples) => {
      samples.histogram([], took);
      return [];
    },
  };
  const counter: ExposedSource = { name: 'n', metric: { ...gauge, type: 'counter' }, show: showAll([[['T'], 2]]) };
  const empty: ExposedSource = { name: 'none', metric: gauge, show: () => [] };
  const logged = log(() => [part(one, counter, histogram, empty)]);
  await clock.advance(9_999);
  assert.deepEqual(lines(), []);
  await clock.advance(1);
  const timeUnixNano = `${clock.now()}000000`;
  const cluster = { key: 'cluster', value: { stringValue: 'c' } };
  const attributes = [cluster, { key: 'topic', value: { stringValue: 'T' } }];
  const cumulative = { aggregationTemporality: 2 };
  const buckets = { count: '3', sum: 12, bucketCounts: ['1', '1', '1'], explicitBounds: [1, 3] };
  assert.deepEqual(
    lines().map((line) => JSON.parse(line)),
    [
      { name: 'm', description: 'a number', gauge: { dataPoints: [{ attributes, timeUnixNano, asDouble: 1.5 }] } },
      {
        ...{ name: 'n', description: 'a number' },
        sum: { dataPoints: [{ attributes, timeUnixNano, asDouble: 2 }], ...cumulative, isMonotonic: true },
      },
      {
        ...{ name: 'h', description: 'times' },
        histogram: { dataPoints: [{ attributes: [cluster], timeUnixNano, ...buckets }], ...cumulative },
      },
    ],
  );
  await clock.advance(10_000);
  assert.equal(lines().length, 6);
  logged.stop();
  await clock.advance(60_000);
  assert.equal(lines().length, 6);
  assert.equal(clock.pendingTimers, 0);
});

test('a metric that fails is reported, and the others are logged; while a server starts nothing is', async () => {
  const { clock, lines, log } = stage();
  const failing: ExposedSource = {
    ...one,
    name: 'broken',
    show: () => {
      throw new Error('planted');
    },
  };
  let parts: readonly ExposedPart[] | undefined;
  const logged = log(() => parts);
  await clock.advance(10_000);
  assert.deepEqual(lines(), []);
  parts = [part(failing, one)];
  await clock.advance(10_000);
  assert.deepEqual(
    lines().map((line) => (line.startsWith('{') ? JSON.parse(line).name : line)),
    ['a metric could not be logged', 'm'],
  );
  logged.stop();
});

function stage() {
  const clock = new VirtualClock();
  const log = new LogLines();
  return {
    clock,
    lines: () => log.lines.map(({ sentence }) => sentence),
    log: (parts: () => readonly ExposedPart[] | undefined) => {
      const logged = new MetricsLog(parts, 10_000, clock, log.logger);
      logged.start();
      return logged;
    },
  };
}
