import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Producer } from '@rocketmq-ts/client';
import { freePort } from '@rocketmq-ts/testkit/java';
import { startOurController } from '@rocketmq-ts/testkit/processes';
import { alertExpressions, boardExpressions, type Expression } from '../support/board.ts';
import { startNamesrv } from '../support/cluster.ts';
import { groupAt, startMember, until } from '../support/controller.ts';
import { startEtcd } from '../support/etcd.ts';
import { MEASURED_TOPIC, measured, measuredLoad } from '../support/metrics-scenario.ts';
import { unlessPrometheus } from '../support/needs.ts';
import { type Prometheus, startPrometheus } from '../support/prometheus.ts';
import { Started } from '../support/started.ts';

const TEST_MS = 120_000;
const JOIN_MS = 30_000;
/** Some reads of each page. */
const READS_MS = 3000;
/** Of what a healthy cluster has nothing. */
const NONE_WHILE_HEALTHY = {
  board: ['Answers that are no success, a second'],
  alerts: ['RocketmqRequestsFail', 'RocketmqReplicationDiverged'],
};

suite('a real Prometheus that reads a name server, a controller and two brokers of ours', {
  skip: unlessPrometheus(),
}, () => {
  const home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-compat-'));
  const started = new Started();
  after(async () => {
    await started.end();
    rmSync(home, { recursive: true, force: true });
  });

  test('each expression of the board and of the alerts gives series under load', { timeout: TEST_MS }, async () => {
    const ports = await Promise.all(['namesrv', 'controller', 'm0', 'm1'].map(() => freePort()));
    const exporter = (at: number) => ({
      ...{ metricsExporterType: 'PROM', metricsPromExporterHost: '127.0.0.1', metricsPromExporterPort: ports[at]! },
    });
    const etcd = await started.keep(startEtcd().then((made) => ({ ...made, kill: () => made.stop() })));
    const controller = await started.keep(
      startOurController({ home: join(home, 'controller'), etcdEndpoints: etcd.endpoints, properties: exporter(1) }),
    );
    const namesrv = await started.keep(startNamesrv('ours', join(home, 'namesrv'), exporter(0)));
    const place = { home, namesrv: namesrv.address, controller: controller.address };
    const properties = { inSyncReplicas: 2 };
    const broker = await started.keep(startMember(place, 'm0', 'ours', { ...measured(ports[2]!), ...properties }));
    await started.keep(startMember(place, 'm1', 'ours', { ...measured(ports[3]!), ...properties }));
    await until(
      () => groupAt(controller.address),
      ({ inSync }) => inSync.length === 2,
      JOIN_MS,
    );
    const prometheus = await started.keep(
      startPrometheus(
        join(home, 'prometheus'),
        ports.map((port) => `127.0.0.1:${port}`),
      ),
    );
    const cluster = { namesrv: namesrv.address, broker: broker.address };
    const [board, alerts] = await measuredLoad(cluster, async () => {
      await sendAndRead(cluster.namesrv);
      return [await empty(prometheus, boardExpressions()), await empty(prometheus, alertExpressions())];
    });
    assert.deepEqual(board, NONE_WHILE_HEALTHY.board);
    assert.deepEqual(alerts, NONE_WHILE_HEALTHY.alerts);
  });
});

/** Rates need events between two reads of a page: this sends for as long as some reads take. */
async function sendAndRead(namesrvAddr: string): Promise<void> {
  const producer = new Producer({ namesrvAddr, producerGroup: 'steady_producers' });
  await producer.start();
  try {
    for (const untilMs = Date.now() + READS_MS; Date.now() < untilMs; await pause(50))
      await producer.send({ topic: MEASURED_TOPIC, body: 'x' });
  } finally {
    await producer.stop();
  }
}

/** What of these gives no series, or no number. */
async function empty(prometheus: Prometheus, expressions: readonly Expression[]): Promise<string[]> {
  assert.ok(expressions.length > 10);
  const found: string[] = [];
  for (const { of, expression } of expressions) {
    const values = await prometheus.query(expression);
    if (!values.some(Number.isFinite)) found.push(of);
  }
  return found;
}
