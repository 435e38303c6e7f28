import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { metricsShape, metricValue, readMetrics } from '@rocketmq-ts/testkit';
import { freePort } from '@rocketmq-ts/testkit/java';
import { type Make, ours, startCluster } from '../support/cluster.ts';
import { controllerPage } from '../support/controller-metrics.ts';
import { measured, measuredLoad, TAGGED_TOPIC } from '../support/metrics-scenario.ts';
import { unlessJava, unlessPromtool } from '../support/needs.ts';

const TEST_MS = 150_000;

suite('what brokers of two makes show to Prometheus after the same load', { skip: unlessJava() }, () => {
  test('names, types, texts, labels, bounds and totals are the same', { timeout: TEST_MS }, async () => {
    const [theirs, mine] = await Promise.all([pageOf('apache'), pageOf(ours)]);
    const served = (line: string): boolean => !/^(rocketmq_pop_|rocketmq_ts_)/.test(line);
    assert.deepEqual(metricsShape(mine).filter(served), metricsShape(theirs).filter(served));
    // Of the five messages that it has not committed, two have its tag.
    assert.equal(metricValue(readMetrics(theirs), 'rocketmq_consumer_lag_messages', { topic: TAGGED_TOPIC }), 2);
    for (const name of TOTALS) assert.deepEqual(totals(mine, name), totals(theirs, name), name);
    if (unlessPromtool() === false) promtoolTakes(mine);
  });
});

suite('what controllers of two makes show to Prometheus after the same elections', { skip: unlessJava() }, () => {
  const home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-compat-'));
  after(() => rmSync(home, { recursive: true, force: true }));
  test('names, types, texts, labels, bounds and totals are the same', { timeout: TEST_MS }, async () => {
    const theirs = await controllerPage('apache', join(home, 'apache'));
    const mine = await controllerPage(ours, join(home, 'ours'));
    // The size of Apache's own log of proposals: etcd keeps ours, and shows its size itself.
    const served = (line: string): boolean => !/^(dledger_disk_usage_bytes|rocketmq_ts_)/.test(line);
    assert.deepEqual(metricsShape(mine).filter(served), metricsShape(theirs).filter(served));
    for (const name of ['role', 'active_broker_num', 'election_total'])
      assert.deepEqual(totals(mine, name, ['address']), totals(theirs, name, ['address']), name);
    assert.deepEqual(requestTypes(mine), requestTypes(theirs));
    if (unlessPromtool() === false) promtoolTakes(mine);
  });
});

/** How often each is asked depends on times. */
function requestTypes(text: string): string[] {
  const samples = readMetrics(text).get('request_total')?.samples ?? [];
  return samples.map(({ labels }) => `${labels.request_type} ${labels.request_handle_status}`).sort();
}

test('the alert rules are rules to Prometheus', { skip: unlessPromtool() }, () => {
  const rules = fileURLToPath(new URL('../../deploy/prometheus/rocketmq-alerts.yml', import.meta.url));
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', rules], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /SUCCESS: [1-9]\d* rules found/);
});

/** It would name some otherwise, and have a text for `target_info`, as it would with Apache's page. */
function promtoolTakes(text: string): void {
  const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  const complaints = stderr.split('\n').filter((line) => line !== '' && !TAKEN_AS_APACHES.test(line));
  assert.deepEqual([status, complaints], [3, []]);
}

/** Complaints of promtool about Apache's names. */
const TAKEN_AS_APACHES = /use base unit "seconds"|^target_info no help text|^dledger_op_\w+ label names .*snake_case/;

/** Whose values do not depend on times. */
const TOTALS = [
  'rocketmq_messages_in_total',
  'rocketmq_throughput_in_total',
  'rocketmq_messages_out_total',
  'rocketmq_throughput_out_total',
  'rocketmq_send_to_dlq_messages_total',
  'rocketmq_commit_messages_total',
  'rocketmq_rollback_messages_total',
  'rocketmq_half_messages',
  'rocketmq_consumer_lag_messages',
  'rocketmq_consumer_inflight_messages',
  'rocketmq_consumer_ready_messages',
  'rocketmq_consumer_connections',
  'rocketmq_producer_connections',
  'rocketmq_timer_enqueue_total',
  'rocketmq_timer_dequeue_total',
  'rocketmq_timing_messages',
  'rocketmq_timer_message_snapshot',
  'rocketmq_processor_watermark',
  'rocketmq_broker_permission',
];

function totals(text: string, name: string, without: readonly string[] = []) {
  const samples = readMetrics(text).get(name)?.samples ?? [];
  const key = (labels: Readonly<Record<string, string>>): string =>
    Object.entries(labels)
      .filter(([label]) => !without.includes(label))
      .map((pair) => pair.join('='))
      .sort()
      .join();
  return samples.map(({ labels, value }) => [key(labels), value]).sort();
}

async function pageOf(make: Make): Promise<string> {
  const port = await freePort();
  const cluster = await startCluster({ namesrv: 'ours', broker: make }, measured(port));
  try {
    return await measuredLoad(cluster, async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
  } finally {
    await cluster.stop();
  }
}
