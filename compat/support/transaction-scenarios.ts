import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  type LocalTransactionState,
  type MessageExt,
  TransactionProducer,
  type TransactionProducerOptions,
} from '@rocketmq-ts/client';
import { type Program, startProgram } from '@rocketmq-ts/testkit/java';
import type { Cluster } from './cluster.ts';
import { hashes, hashOf } from './deliveries.ts';
import { typescriptConsume } from './typescript-clients.ts';

const TEST_MS = 60_000;

/**
 * Our transactional producer over whatever cluster is given, whose broker asks after a second for what it heard nothing of
 * (`transactionTimeOut`, `transactionCheckInterval`).
 */
export function transactionScenarios(clusterOf: () => Cluster): void {
  const scenario = (name: string, run: (cluster: Cluster) => Promise<void>): void =>
    void test(name, { timeout: TEST_MS }, () => run(clusterOf()));
  scenario('consumers get what is committed, and not what is rolled back', commitAndRollback);
  scenario('what the local transaction left open is asked for, until the check knows', checkBack);
  scenario('a producer that was killed in its local transactions is answered for by another one of its group', killed);
}

async function commitAndRollback(cluster: Cluster): Promise<void> {
  const topic = 'TransactionsEnded';
  const states: LocalTransactionState[] = ['COMMIT', 'ROLLBACK', 'COMMIT', 'ROLLBACK', 'COMMIT'];
  // Larger than what is compressed, too.
  const bodies = states.map((state, index) => `${state} ${index} ${'x'.repeat(index * 2000)}`);
  await withTransactions(cluster, { producerGroup: 'compat_ended', check: async () => 'UNKNOWN' }, async (producer) => {
    for (const [index, state] of states.entries()) {
      const message = { topic, body: bodies[index]!, keys: `order${index}`, tags: 'T' };
      const result = await producer.sendInTransaction(message, async () => state);
      assert.equal(result.sendStatus, 'SEND_OK');
      assert.equal(result.localTransactionState, state);
      assert.equal(result.transactionId, result.msgId);
      assert.equal(result.endTransactionError, undefined);
    }
    const wanted = bodies.filter((_, index) => states[index] === 'COMMIT').map((body) => hashOf(body));
    const got = await typescriptConsume(cluster, { topic, group: 'compat_ended_consumer', count: wanted.length });
    assert.deepEqual(hashes(got), wanted.sort());
  });
}

async function checkBack(cluster: Cluster): Promise<void> {
  const topic = 'TransactionsAsked';
  const asked = new Map<string, number>();
  const answers = new Map<string, LocalTransactionState>([
    ['commit later', 'COMMIT'],
    ['roll back later', 'ROLLBACK'],
  ]);
  /** The first question is answered with what is not known yet, or with an error. */
  const check = async (message: MessageExt): Promise<LocalTransactionState> => {
    const body = message.text();
    const times = (asked.get(body) ?? 0) + 1;
    asked.set(body, times);
    if (times === 1 && body === 'commit later') throw new Error('the database is away');
    return times === 1 ? 'UNKNOWN' : answers.get(body)!;
  };
  await withTransactions(cluster, { producerGroup: 'compat_asked', check }, async (producer) => {
    const thrown = new Error('not now');
    const open = await producer.sendInTransaction({ topic, body: 'commit later' }, () => {
      throw thrown;
    });
    assert.equal(open.localTransactionState, 'UNKNOWN');
    assert.equal(open.localTransactionError, thrown);
    const nothing = await producer.sendInTransaction({ topic, body: 'roll back later' }, async () => undefined);
    assert.equal(nothing.localTransactionState, 'UNKNOWN');
    const [got] = await typescriptConsume(cluster, { topic, group: 'compat_asked_consumer', count: 1 });
    assert.equal(got!.bodyHash, hashOf('commit later'));
    assert.equal(got!.msgId, open.transactionId);
    while ((asked.get('roll back later') ?? 0) < 2) await new Promise((resolve) => setTimeout(resolve, 50));
  });
}

async function killed(cluster: Cluster): Promise<void> {
  const topic = 'TransactionsOrphaned';
  const group = 'compat_orphaned';
  const bodies = ['orphan 1', 'orphan 2', 'orphan 3'];
  const sender = await halfSender(cluster, [cluster.namesrv, group, topic, ...bodies]);
  await sender.waitForLine(/^HALF/, 20_000);
  while (sender.output().split('HALF').length <= bodies.length) await new Promise((resolve) => setTimeout(resolve, 50));
  await sender.kill();
  const options = {
    producerGroup: group,
    topics: [topic],
    check: async (message: MessageExt) => (message.text() === 'orphan 2' ? 'ROLLBACK' : 'COMMIT'),
  };
  await withTransactions(cluster, options, async () => {
    const got = await typescriptConsume(cluster, { topic, group: 'compat_orphaned_consumer', count: 2 });
    assert.deepEqual(hashes(got), [hashOf('orphan 1'), hashOf('orphan 3')].sort());
  });
}

async function withTransactions(
  cluster: Cluster,
  options: Omit<TransactionProducerOptions, 'namesrvAddr'>,
  work: (producer: TransactionProducer) => Promise<void>,
): Promise<void> {
  const producer = new TransactionProducer({ namesrvAddr: cluster.namesrv, sendTimeoutMs: 10_000, ...options });
  await producer.start();
  try {
    await work(producer);
  } finally {
    await producer.stop();
  }
}

function halfSender(cluster: Cluster, args: readonly string[]): Promise<Program> {
  const repository = fileURLToPath(new URL('../..', import.meta.url));
  const program = fileURLToPath(new URL('half-sender.ts', import.meta.url));
  return startProgram({
    command: 'sh',
    args: [join(repository, 'bin', 'node-run'), program, ...args],
    logFile: join(cluster.home, 'half-sender.console.log'),
  });
}
