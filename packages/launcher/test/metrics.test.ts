import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ExposedPart, nodeClock, nodeServePages, showAll, silentLogger } from '@rocketmq-ts/kernel';
import { metricValue, readMetrics } from '@rocketmq-ts/testkit';
import { freePort } from '@rocketmq-ts/testkit/java';
import { MetricsPage } from '../src/metrics/metrics-page.ts';
import { MetricsPort } from '../src/metrics/metrics-port.ts';
import { mergedTexts } from '../src/workers/worker-metrics.ts';
import { listen } from './broker-process.ts';

const gauge = { type: 'gauge', help: 'x', labels: [] } as const;
const partOf = (node: string, value: number): ExposedPart => ({
  exposure: { common: [['node_id', node]], limit: 10 },
  sources: () => [{ name: 'm', metric: gauge, show: showAll([[[], value]]) }],
});

test('the page has all servers of the process and the process; while they start it says so', async () => {
  let parts: readonly ExposedPart[] | undefined;
  const page = new MetricsPage({ parts: () => parts }, nodeClock, silentLogger);
  const port = await freePort();
  const served = new MetricsPort({ host: '127.0.0.1', port }, page, nodeServePages);
  await served.start();
  const get = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
  };
  assert.deepEqual([(await get()).status, (await get()).text], [503, 'it is starting\n']);
  parts = [partOf('broker-a', 1), partOf('namesrv', 2)];
  const { status, type, text } = await get();
  assert.deepEqual([status, type], [200, 'text/plain; version=0.0.4; charset=utf-8']);
  const metrics = readMetrics(text);
  assert.equal(metricValue(metrics, 'm', { node_id: 'namesrv' }), 2);
  assert.ok(metricValue(metrics, 'rocketmq_ts_process_memory_bytes', { area: 'rss', node_id: 'broker-a' })! > 1e6);
  assert.ok(metrics.has('rocketmq_ts_event_loop_delay_milliseconds'));
  await served.stop();
  page.stop();
});

test('four readers are served at a time, and a reader that leaves makes room', async () => {
  const page = new MetricsPage({ parts: () => [partOf('a', 1)] }, nodeClock, silentLogger);
  const readers = Array.from({ length: 4 }, () => {
    const { body } = page.page();
    assert.ok(typeof body !== 'string');
    return body[Symbol.asyncIterator]();
  });
  for (const reader of readers) await reader.next();
  assert.equal(page.page().status, 503);
  await readers[0]!.return?.();
  assert.equal(page.page().status, 200);
  for (const reader of readers) await reader.return?.();
  page.stop();
});

test('a port that is taken is named', async () => {
  const taken = await listen(await freePort());
  const page = new MetricsPage({ parts: () => [] }, nodeClock, silentLogger);
  const port = new MetricsPort({ host: '127.0.0.1', port: taken!.port }, page, nodeServePages);
  await assert.rejects(port.start(), { code: 'METRICS_PORT_IN_USE', message: /set another metricsPromExporterPort/ });
  await taken!.close();
  page.stop();
});

test('texts of several threads become one, with each metric once', () => {
  const one = '# HELP a x\n# TYPE a gauge\na{node_id="1"} 1\n# HELP b x\n# TYPE b gauge\nb 2\n';
  const other = '# HELP a x\n# TYPE a gauge\na{node_id="2"} 3\n';
  const metrics = readMetrics([...mergedTexts([one, other, ''])].join(''));
  assert.deepEqual([metricValue(metrics, 'a'), metricValue(metrics, 'b')], [4, 2]);
});

test('a page of many pieces arrives whole at a reader that is slow, and one that leaves half-way ends it', async () => {
  const topics = 30_000;
  const many: ExposedPart = {
    exposure: { common: [], limit: topics + 1 },
    sources: () => [
      {
        name: 'many',
        metric: { ...gauge, labels: ['topic'] },
        *show(samples) {
          for (let at = 0; at < topics; at++) yield samples.value([`topic-${at}-${'x'.repeat(200)}`], at);
        },
      },
    ],
  };
  const page = new MetricsPage({ parts: () => [many] }, nodeClock, silentLogger);
  const port = await freePort();
  const served = new MetricsPort({ host: '127.0.0.1', port }, page, nodeServePages);
  await served.start();
  const leaving = await fetch(`http://127.0.0.1:${port}/metrics`);
  await leaving.body!.cancel();
  const slow = await fetch(`http://127.0.0.1:${port}/metrics`);
  const pieces: Uint8Array[] = [];
  for await (const piece of slow.body!) {
    pieces.push(piece);
    await new Promise((next) => setImmediate(next));
  }
  const { samples } = readMetrics(Buffer.concat(pieces).toString()).get('many')!;
  assert.deepEqual(
    samples.map(({ value }) => value),
    Array.from({ length: topics }, (_, at) => at),
  );
  await served.stop();
  page.stop();
});
