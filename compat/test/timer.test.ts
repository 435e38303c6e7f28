import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type Cluster, type Make, ours, startCluster } from '../support/cluster.ts';
import { linesOf } from '../support/deliveries.ts';
import { javaRun } from '../support/java-clients.ts';
import { unlessJava } from '../support/needs.ts';
import { TIMER_PRECISION_MS, timerScenarios } from '../support/timer-scenarios.ts';

const TEST_MS = 120_000;
/** On a busy machine. */
const LATE_MS = 3000;

function clusterOf(broker: Make): () => Cluster {
  let cluster: Cluster;
  const properties = { timerPrecisionMs: TIMER_PRECISION_MS, recallMessageEnable: true };
  before(async () => {
    cluster = await startCluster({ namesrv: ours, broker }, properties);
  });
  after(() => cluster?.stop());
  return () => cluster;
}

suite('timer messages of our client over our broker', { skip: unlessJava() }, () => {
  timerScenarios(clusterOf(ours));
});

suite("timer messages of Apache's Java client over our broker", { skip: unlessJava() }, () => {
  const cluster = clusterOf(ours);

  test('its three kinds come to the millisecond, past ones at once, recalled ones never', {
    timeout: TEST_MS,
  }, async () => {
    const output = await javaRun(cluster(), 'TimerProgram', { topic: 'JavaTimers' });
    const came = linesOf(output, 'TIMED').map(([name, lateMs]) => ({ name, lateMs: Number(lateMs) }));
    assert.deepEqual(came.map(({ name }) => name).sort(), ['last', 'milliseconds', 'past', 'seconds', 'time']);
    for (const { name, lateMs } of came) assert.ok(lateMs >= 0 && lateMs < LATE_MS, `${name}: ${lateMs} ms`);
    const [[recalledId, sentId] = []] = linesOf(output, 'RECALLED');
    assert.equal(recalledId, sentId);
    assert.deepEqual(linesOf(output, 'REFUSED'), [['13']]);
  });
});
