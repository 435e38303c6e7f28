import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricsShape, metricValue, readMetrics } from '@rocketmq-ts/testkit';
import {
  type ExposedMetric,
  type ExposedPart,
  type ExposedSource,
  type Exposure,
  exposition,
  Histogram,
  readCommonLabels,
  showAll,
  silentLogger,
} from '../src/index.ts';

const gauge: ExposedMetric = { type: 'gauge', help: 'a number', labels: ['topic'] };
const plain: Exposure = { common: [['cluster', 'c']], limit: 100 };
const failures: string[] = [];

/** Time passes by `stepMs` with each look at the clock. */
function clock(stepMs = 0) {
  let nowMs = 0;
  const turns = { count: 0 };
  return {
    turns,
    monotonicMs: () => {
      nowMs += stepMs;
      return nowMs;
    },
    endOfTurn: (task: () => void) => {
      turns.count += 1;
      queueMicrotask(task);
    },
  };
}

async function pieces(parts: readonly ExposedPart[], time = clock()): Promise<string[]> {
  failures.length = 0;
  const found: string[] = [];
  for await (const piece of exposition(parts, time, (name) => failures.push(name))) found.push(piece.toString());
  return found;
}

const textOf = async (...parts: ExposedPart[]): Promise<string> => (await pieces(parts)).join('');
const part = (sources: readonly ExposedSource[], exposure = plain): ExposedPart => ({
  exposure,
  sources: () => sources,
});
const values = (name: string, ...shown: [string, number][]): ExposedSource => {
  return { name, metric: gauge, show: showAll(shown.map(([topic, value]) => [[topic], value] as const)) };
};

test('labels come in alphabetical order with those of the process; what is special in a value is escaped', async () => {
  const text = await textOf(part([values('m', ['a"b\\c\nd', 1.5], ['e', Number.POSITIVE_INFINITY])]));
  assert.equal(
    text,
    '# HELP m a number\n# TYPE m gauge\nm{cluster="c",topic="a\\"b\\\\c\\nd"} 1.5\nm{cluster="c",topic="e"} +Inf\n',
  );
  assert.equal(metricValue(readMetrics(text), 'm', { topic: 'a"b\\c\nd' }), 1.5);
});

test('a metric without samples is not there, and one of two parts is there once', async () => {
  const other: Exposure = { ...plain, common: [['cluster', 'd']] };
  const text = await textOf(part([values('b', ['x', 1]), values('a')]), part([values('b', ['x', 2])], other));
  assert.deepEqual(metricsShape(text), ['b gauge "a number" cluster topic']);
  assert.equal(metricValue(readMetrics(text), 'b', { cluster: 'd' }), 2);
});

test('the buckets of a histogram are cumulative, and a value that equals a bound is within it', async () => {
  const took = new Histogram([1, 3, 10_000_000]);
  for (const value of [0, 1, 2, 3, 4, 10_000_001]) took.count(value);
  const metric: ExposedMetric = { type: 'histogram', help: 'h', labels: [], bounds: took.bounds };
  const show: ExposedSource['show'] = (samples) => {
    samples.histogram([], took);
    return [];
  };
  const text = await textOf(part([{ name: 'h', metric, show }], { common: [], limit: 2 }));
  assert.deepEqual(text.split('\n').slice(2), [
    'h_bucket{le="1.0"} 2',
    'h_bucket{le="3.0"} 4',
    'h_bucket{le="1.0E7"} 5',
    'h_bucket{le="+Inf"} 6',
    'h_count 6',
    'h_sum 10000011',
    '',
  ]);
});

test('what is beyond the limit is in one sample: the largest of gauges, the sum of counters', async () => {
  const shown: [string, number][] = [
    ['a', 1],
    ['b', 2],
    ['c', 30],
    ['d', 4],
  ];
  const counter: ExposedSource = { ...values('n', ...shown), metric: { ...gauge, type: 'counter' } };
  const metrics = readMetrics(await textOf(part([values('m', ...shown), counter], { ...plain, limit: 3 })));
  assert.deepEqual(
    [...metrics.values()].map(({ samples }) => samples.map(({ value }) => value)),
    [
      [1, 2, 30],
      [1, 2, 34],
    ],
  );
  assert.equal(metricValue(metrics, 'n', { otel_metric_overflow: 'true' }), 34);
});

test('a source that fails ends its own samples only', async () => {
  const failing: ExposedSource = {
    ...values('b'),
    *show(samples) {
      samples.value(['kept'], 1);
      yield;
      throw new Error('planted');
    },
  };
  const text = await textOf(part([values('a', ['x', 1]), failing, values('c', ['x', 1])]));
  assert.deepEqual([...readMetrics(text).keys()], ['a', 'b', 'c']);
  assert.deepEqual(failures, ['b']);
});

test('after a quarter of a millisecond, or enough text, whatever else waits has its turn', async () => {
  const many: ExposedSource = {
    ...values('m'),
    *show(samples) {
      for (let i = 0; i < 20_000; i++) {
        samples.value([`topic-${i}`], i);
        yield;
      }
    },
  };
  const [slow, fast] = [clock(1), clock()];
  const inSlices = await pieces([part([many], { ...plain, limit: 30_000 })], slow);
  assert.ok(slow.turns.count >= 20_000 / 8 - 1, String(slow.turns.count));
  const inPieces = await pieces([part([many], { ...plain, limit: 30_000 })], fast);
  assert.ok(inPieces.length > 1 && inPieces.every((piece) => piece.length < 280_000), String(inPieces.length));
  assert.equal(inPieces.join(''), inSlices.join(''));
  assert.equal(readMetrics(inPieces.join('')).get('m')?.samples.length, 20_000);
});

test('a page from kept lines is the page that is written anew, whatever has changed, come or gone', async () => {
  const bounds = [10, 100];
  const labels = Array.from({ length: 300 }, (_, at) => [`topic-${at}`]);
  const shown = new Map(labels.map((each) => [each, { value: 5, took: new Histogram(bounds) }]));
  const sources: ExposedSource[] = [
    { name: 'g', metric: gauge, show: (samples) => showEach(([each, { value }]) => samples.value(each, value)) },
    {
      ...{ name: 'h', metric: { ...gauge, type: 'histogram', bounds } },
      show: (samples) => showEach(([each, { took }]) => samples.histogram(each, took)),
    },
  ];
  function* showEach(show: (entry: [string[], { value: number; took: Histogram }]) => void): Iterable<void> {
    for (const entry of shown) yield show(entry);
  }
  const kept = new Map();
  const changes: (() => void)[] = [
    () => {},
    () => shown.get(labels[3]!)!.took.count(7),
    () => (shown.get(labels[100]!)!.value = 9),
    () => (shown.get(labels[100]!)!.value = 10),
    () => (shown.get(labels[101]!)!.value = 0.5),
    () => (shown.get(labels[101]!)!.value = Number.NaN),
    () => (shown.get(labels[101]!)!.value = -1),
    () => shown.delete(labels[0]!),
    () => shown.delete(labels[70]!) && shown.delete(labels[299]!),
    () => shown.set(['new'], { value: 1, took: new Histogram(bounds) }),
    () => shown.set(['newer'], { value: 2 ** 40, took: new Histogram(bounds) }),
    () => {
      for (const each of labels.slice(0, 250)) shown.delete(each);
    },
    () => shown.clear(),
    () => shown.set(labels[8]!, { value: 3, took: new Histogram(bounds) }),
  ];
  for (const [at, change] of changes.entries()) {
    change();
    const fromKept = await textOf(part(sources, { ...plain, limit: 1000, kept }));
    assert.equal(fromKept, await textOf(part(sources, { ...plain, limit: 1000 })), `change ${at}`);
  }
});

test('where others had work in a turn, they have the next one too, but not for ever', async () => {
  const many: ExposedSource = {
    ...values('m'),
    *show(samples) {
      for (let i = 0; i < 4; i++) yield samples.value([String(i)], i);
    },
  };
  const [idle, busy] = [clock(0.01), clock(0.3)];
  await pieces([part([many])], idle);
  assert.equal(idle.turns.count, 0);
  await pieces([part([many])], busy);
  assert.equal(busy.turns.count, 8);
});

test('labels of the operator are pairs; anything else is left out', () => {
  assert.deepEqual(readCommonLabels('a:1,,b_2:x y,3c:4,d,e:f:g', silentLogger), [
    ['a', '1'],
    ['b_2', 'x y'],
  ]);
});

test('numbers are written as Prometheus reads them, whole ones digit by digit', async () => {
  const numbers = [0, 7, 10, 99, 100, 2147483647, 2147483648, 9007199254740991, 0.5, -1, 1e-7, 1e21];
  const shown = numbers.map((value, at): [string, number] => [String(at), value]);
  const lines = (await textOf(part([values('m', ...shown)]))).trim().split('\n').slice(2);
  assert.deepEqual(
    lines.map((line) => line.split(' ')[1]),
    numbers.map(String),
  );
});

test('labels of any script and length are whole', async () => {
  const long = '主题é'.repeat(60_000);
  const text = await textOf(part([values('m', [long, 1], ['é', 2])]));
  assert.equal(metricValue(readMetrics(text), 'm', { topic: long }), 1);
  assert.equal(metricValue(readMetrics(text), 'm', { topic: 'é' }), 2);
});
