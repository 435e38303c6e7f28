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

/** The examples run side by side with the other scenarios, from `begin` on: timers take ten seconds. */
export function exampleScenarios(clusterOf: () => Cluster): { begin(): void; end(): Promise<void> } {
  let examples: RunningExamples | undefined;
  const programs = new Map<string, Promise<Program>>();
  const scenario = (title: string, run: () => Promise<void>): void => void test(title, { timeout: 60_000 }, run);
  const outputOf = async (name: string): Promise<string> => {
    const { code, output } = await (await programs.get(name)!).end(45_000);
    assert.equal(code, 0, output);
    return output;
  };
  scenario('the example of transactions is asked for its states', async () => {
    const program = await programs.get('transaction.TransactionProducer')!;
    for (const line of [/^Check \S+ Hello RocketMQ 1: COMMIT/, /^Check \S+ Hello RocketMQ 2: ROLLBACK/]) {
      await program.waitForLine(line, 30_000);
    }
    await program.waitForLine(/^Check \S+ Hello RocketMQ 3: UNKNOWN/, 30_000);
    assert.equal(count(program.output(), /^SendResult \[sendStatus=SEND_OK/gm), 10);
  });
  scenario('the examples of timers come ten seconds later, but for the recalled one', async () => {
    await outputOf('schedule.TimerMessageProducer');
    assert.match(await outputOf('schedule.RecallMessageProducer'), /^Recalled \S+$/m);
    const consumer = await programs.get('schedule.TimerMessageConsumer')!;
    const pattern = /^Receive message\[msgId=(\S+) (\d+) {2}ms later\]$/gm;
    while (count(consumer.output(), pattern) < 11) await new Promise((resolve) => setTimeout(resolve, 100));
    // The consumer counts from the birth of the message; the producer chose its time before, by up to a send's time-out.
    for (const [, , later] of consumer.output().matchAll(pattern)) assert.ok(Number(later) >= 6900, `${later} ms`);
    assert.equal(count(consumer.output(), pattern), 11);
  });
  scenario('the examples of traces send and receive', async () => {
    const output = await outputOf('tracemessage.TraceProducer');
    assert.equal(count(output, /^SendResult \[sendStatus=SEND_OK/gm), 128);
    await (await programs.get('tracemessage.TracePushConsumer')!).waitForLine(/Receive New Messages/, 30_000);
  });
  return {
    begin() {
      const running = new RunningExamples(clusterOf());
      examples = running;
      const begin = (name: string, behind?: string): void => {
        // A consumer that is there before its topic looks for it half a minute later.
        const made = behind === undefined ? undefined : programs.get(behind)!.then((program) => program.exited);
        const program = Promise.resolve(made).then(() => running.start(name));
        program.catch(() => {});
        programs.set(name, program);
      };
      begin('transaction.TransactionProducer');
      begin('schedule.TimerMessageProducer');
      begin('schedule.RecallMessageProducer');
      begin('tracemessage.TraceProducer');
      begin('schedule.TimerMessageConsumer', 'schedule.TimerMessageProducer');
      begin('tracemessage.TracePushConsumer', 'tracemessage.TraceProducer');
    },
    end: async () => examples?.stop(),
  };
}
