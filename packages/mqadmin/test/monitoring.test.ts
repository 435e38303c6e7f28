import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';
import { runMqadmin } from '../src/index.ts';

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

async function run(cluster: Cluster, argv: readonly string[], interruptAfterMs: number): Promise<Outcome> {
  const outputs = { stdout: '', stderr: '' };
  const interrupt = new AbortController();
  const timer = cluster.clock.after(interruptAfterMs, () => interrupt.abort());
  const exitCode = await cluster.run(
    runMqadmin([...argv, '-n', cluster.namesrvAddr], {
      ...{ platform: cluster.environment.machine('tools'), env: {}, signal: interrupt.signal },
      stdout: (piece) => (outputs.stdout += piece),
      stderr: (piece) => (outputs.stderr += piece),
    }),
  );
  timer.cancel();
  return { ...outputs, exitCode };
}

describe('a cluster of ours is watched', () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ topics: { Orders: 1 } });
    const producer = await cluster.producer({ producerGroup: 'sellers' });
    // A listener that never ends.
    await cluster.consumer({ consumerGroup: 'billing', topics: { Orders: '*' } }, () => new Promise(() => {}));
    for (let i = 0; i < 3; i++) await cluster.run(producer.send({ topic: 'Orders', body: `order ${i}` }));
    await cluster.advance(90_000);
  });
  after(() => cluster.stop());

  // Source: MonitorService, DefaultMonitorListener.
  test('startMonitoring reports each minute how far groups are behind, and queues that are blocked', async () => {
    const { stdout, stderr, exitCode } = await run(cluster, ['startMonitoring'], 100_000);
    assert.deepEqual([stdout, exitCode], ['', 0]);
    const frame = '=========================================';
    assert.equal(stderr.split(`[MONITOR] ${frame}beginRound\n`).length, 3);
    assert.equal(stderr.split(`[MONITOR] ${frame}endRound\n`).length, 3);
    const undone =
      'consumerGroup=billing, topic=Orders, undoneMsgsTotal=3, undoneMsgsSingleMQ=3, undoneMsgsDelayTimeMills=0';
    assert.ok(stderr.includes(`[MONITOR] reportUndoneMsgs: UndoneMsgs [${undone}]\n`), stderr);
    const blocked =
      /\[MONITOR\] {2}\[NOTIFY\] reportConsumerRunningInfo: ConsumerGroup: billing, ClientId: \S+, \S+ MessageQueue \[topic=Orders, brokerName=broker-a, queueId=0\] can't consume for a while, maybe blocked, \d+ms\n/;
    assert.match(stderr, blocked);
  });

  test('consumerStatus writes what each member reports, and warns of the blocked queue', async () => {
    const { stdout, exitCode } = await run(cluster, ['consumerStatus', '-g', 'billing'], 10_000);
    assert.equal(exitCode, 0);
    const [, file = ''] = /^1 +\S+ +V5_4_0 +(\S+)$/m.exec(stdout) ?? [];
    const report = cluster.environment.machine('tools').disk.readFile(file)?.toString() ?? '';
    assert.match(report, /^#Consumer Properties#\n/);
    assert.match(report, /^Orders +broker-a +0 +0 +$/m);
    assert.match(
      stdout,
      /\n\nSame subscription in the same group of consumer\n\nRebalance OK\n\S+ MessageQueue .*blocked, \d+ms\n$/,
    );
  });

  test('clusterRT sends to each broker again and again until it is interrupted', async () => {
    const { stdout, stderr, exitCode } = await run(cluster, ['clusterRT', '-a', '3', '-i', '5'], 12_000);
    assert.deepEqual([stderr, exitCode], ['', 0]);
    const rows = stdout.split('\n').slice(1, -1);
    assert.equal(rows.length, 3);
    for (const row of rows) assert.match(row, /^DefaultCluster +broker-a +\d+\.\d\d +3 +0 +$/);
    const log = await run(cluster, ['clusterRT', '-a', '2', '-p', 'true', '-m', 'room'], 5_000);
    assert.match(log.stdout, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\|room\|DefaultCluster\|broker-a\|\d+\n$/);
  });

  test('clusterRT ends when the cluster does not exist', async () => {
    const { stdout, exitCode } = await run(cluster, ['clusterRT', '-c', 'Nowhere'], 60_000);
    assert.match(stdout, /#failCount *\ncluster \[Nowhere\] not exist$/);
    assert.equal(exitCode, 2);
  });

  test('sends that fail are rows, and the reason is reported once', async () => {
    const { stdout, stderr, exitCode } = await run(
      cluster,
      ['checkMsgSendRT', '-t', 'TRANS_CHECK_MAX_TIME_TOPIC', '-a', '3'],
      60_000,
    );
    assert.equal(stdout.match(/ false {16,}/g)?.length, 3);
    assert.equal(stderr.split('\n').length, 2);
    assert.equal(exitCode, 2);
  });
});
