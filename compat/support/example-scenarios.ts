import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Program } from '@rocketmq-ts/testkit/java';
import { startOurCommand } from '@rocketmq-ts/testkit/processes';
import type { Cluster } from './cluster.ts';

/** Our examples of transactions, timers and traces, run as users run them. */
export class RunningExamples {
  readonly #cluster: Cluster;
  readonly #programs: Program[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** `sh bin/tools.sh <class name>`, as Apache's examples are started. */
  async start(name: string): Promise<Program> {
    const args = [`-Drocketmq.namesrv.addr=${this.#cluster.namesrv}`, `org.apache.rocketmq.example.${name}`];
    const program = await startOurCommand('tools.sh', args, join(this.#cluster.home, `example-${name}`));
    this.#programs.push(program);
    return program;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.stop()));
  }
}

const count = (output: string, pattern: RegExp): number => output.match(pattern)?.length ?? 0;

/** The examples run side by side with other scenarios: timers take ten seconds. Call `begin` first. */
export function exampleScenarios(clusterOf: () => Cluster): { begin(): Promise<void>; end(): Promise<void> } {
  let examples: RunningExamples;
  let timers: Program;
  let transactions: Program;
  let traced: Program;
  test('the example of transactions is asked for its states', { timeout: 60_000 }, async () => {
    await transactions.waitForLine(/^Check \S+ Hello RocketMQ 1: COMMIT/, 30_000);
    await transactions.waitForLine(/^Check \S+ Hello RocketMQ 2: ROLLBACK/, 30_000);
    await transactions.waitForLine(/^Check \S+ Hello RocketMQ 3: UNKNOWN/, 30_000);
    assert.equal(count(transactions.output(), /^SendResult \[sendStatus=SEND_OK/gm), 10);
  });
  test('the examples of timers come ten seconds later, but for the recalled one', { timeout: 60_000 }, async () => {
    const pattern = /^Receive message\[msgId=(\S+) (\d+) {2}ms later\]$/gm;
    while (count(timers.output(), pattern) < 11) await new Promise((resolve) => setTimeout(resolve, 100));
    for (const [, , later] of timers.output().matchAll(pattern)) assert.ok(Number(later) >= 9800, `${later} ms`);
    assert.equal(count(timers.output(), pattern), 11);
  });
  test('the examples of traces send and receive', { timeout: 60_000 }, async () => {
    await traced.waitForLine(/Receive New Messages/, 30_000);
  });
  return {
    async begin() {
      examples = new RunningExamples(clusterOf());
      const producer = await examples.start('schedule.TimerMessageProducer');
      [timers, transactions, traced] = await Promise.all([
        examples.start('schedule.TimerMessageConsumer'),
        examples.start('transaction.TransactionProducer'),
        examples.start('tracemessage.TracePushConsumer'),
      ]);
      const recall = await examples.start('schedule.RecallMessageProducer');
      assert.equal((await producer.end(30_000)).code, 0);
      const { output, code } = await recall.end(30_000);
      assert.equal(code, 0);
      assert.match(output, /^Recalled \S+$/m);
      const sender = await (await examples.start('tracemessage.TraceProducer')).end(30_000);
      assert.equal(sender.code, 0);
      assert.equal(count(sender.output, /^SendResult \[sendStatus=SEND_OK/gm), 128);
    },
    end: () => examples?.stop(),
  };
}
