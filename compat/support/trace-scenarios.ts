import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { runApacheMqadmin, shortLivedJavaOptions } from '@rocketmq-ts/testkit/java';
import { runOurCommand } from '@rocketmq-ts/testkit/processes';
import type { Cluster } from './cluster.ts';
import { javaConsume, javaProduce } from './java-clients.ts';
import { typescriptConsume, withProducer } from './typescript-clients.ts';

const TEST_MS = 90_000;

/** Traces of Apache's client and of ours over whatever cluster is given, whose broker has the trace topic (`traceTopicEnable`). */
export function traceScenarios(clusterOf: () => Cluster): void {
  const scenario = (name: string, run: (cluster: Cluster) => Promise<void>): void =>
    void test(name, { timeout: TEST_MS }, () => run(clusterOf()));
  scenario("Apache's mqadmin and ours read the trace of our producer and Apache's consumer", fromTypescript);
  scenario("Apache's mqadmin and ours read the trace of Apache's producer and our consumer", fromJava);
}

async function fromTypescript(cluster: Cluster): Promise<void> {
  const topic = 'TraceFromTypescript';
  const message = { topic, body: 'traced', tags: 'A', keys: 'traced1 traced2' };
  const traced = { enableMsgTrace: true, producerGroup: 'compat_trace_ts_producer' };
  const { msgId } = await withProducer(cluster, (producer) => producer.send(message), traced);
  await javaConsume(cluster, { topic, group: 'compat_trace_java_consumer', count: 1, trace: 'yes' });
  await bothRead(cluster, msgId, ['Pub compat_trace_ts_producer', 'Sub compat_trace_java_consumer']);
}

async function fromJava(cluster: Cluster): Promise<void> {
  const topic = 'TraceFromJava';
  const args = {
    topic,
    count: 1,
    mode: 'sync',
    tags: 'A',
    keys: 'key',
    trace: 'yes',
    group: 'compat_trace_java_producer',
  };
  const [sent] = await javaProduce(cluster, args);
  let refused = false;
  const options = { enableMsgTrace: true };
  const group = 'compat_trace_ts_consumer';
  await typescriptConsume(cluster, {
    topic,
    group,
    count: 1,
    options,
    verdict: () => {
      const first = !refused;
      refused = true;
      return first ? 'refuse' : 'accept';
    },
  });
  const rows = await bothRead(cluster, sent!.msgId, ['Pub compat_trace_java_producer', `Sub ${group}`, `Sub ${group}`]);
  assert.deepEqual(
    rows.map((row) => row.split(' ').at(-1)),
    ['success', 'failed', 'success'],
  );
}

/** Both tools print the same, with these rows; returns these. */
async function bothRead(cluster: Cluster, msgId: string, wanted: readonly string[]): Promise<readonly string[]> {
  const args = ['queryMsgTraceById', '-i', msgId, '-n', cluster.namesrv];
  const ours = await runOurCommand('mqadmin', args, { home: join(cluster.home, 'mqadmin-ours') });
  const options = { home: join(cluster.home, 'mqadmin'), javaOptions: shortLivedJavaOptions };
  const theirs = await runApacheMqadmin(args, options);
  assert.deepEqual(tableOf(ours.output), tableOf(theirs.output));
  const rows = tableOf(ours.output).filter((line) => /^(Pub|Sub) /.test(line));
  assert.deepEqual(
    rows.map((row) => row.split(/ +/).slice(0, 2).join(' ')),
    wanted,
  );
  for (const row of rows)
    assert.match(row, /^\S+ \S+ 127\.0\.0\.1 \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \d+ms (success|failed)$/);
  return rows;
}

/** Lines of the table; Java's logging prints others before. */
function tableOf(output: string): string[] {
  return output
    .split('\n')
    .filter((line) => /^(#Type|Pub|Sub) /.test(line))
    .map((line) => line.trim().replaceAll(/ +/g, ' '));
}
