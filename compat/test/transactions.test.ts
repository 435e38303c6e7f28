import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { MessageSysFlag } from '@rocketmq-ts/protocol';
import { runOurCommand } from '@rocketmq-ts/testkit/processes';
import {
  endHalf,
  registerProducer,
  sendHalf,
  TRANSACTION_PROPERTIES,
  type TransactionStep,
  transactionScenario,
} from '@rocketmq-ts/testkit/scenarios';
import { type Make, ours, startCluster } from '../support/cluster.ts';
import { bodyOf, hashes, hashOf } from '../support/deliveries.ts';
import { javaTransactions } from '../support/java-clients.ts';
import { unlessJava } from '../support/needs.ts';
import { SharedStore } from '../support/shared-store.ts';
import { transactionsUnderTest } from '../support/transactions-under-test.ts';
import { typescriptConsume } from '../support/typescript-clients.ts';

/** Asks after a second, and never gives up. */
const SOON = { ...TRANSACTION_PROPERTIES, transactionTimeOut: 1000, transactionCheckMax: 100 };

async function stepsOf(make: Make): Promise<TransactionStep[]> {
  const cluster = await startCluster({ namesrv: 'ours', broker: make }, TRANSACTION_PROPERTIES);
  const talk = transactionsUnderTest(cluster.broker);
  try {
    return await transactionScenario(talk);
  } finally {
    await talk.stop();
    await cluster.stop();
  }
}

suite('transactions beside Apache’s programs', { skip: unlessJava() }, () => {
  test('halves, their ends and checks are stored and answered byte for byte', { timeout: 120_000 }, async () => {
    const [here, there] = await Promise.all([stepsOf(ours), stepsOf('apache')]);
    const readable = (step: TransactionStep | undefined): unknown => ({
      ...step,
      records: step?.records?.map((record) => ({
        ...record,
        properties: Buffer.from(record.properties, 'hex').toString(),
      })),
    });
    for (const [index, step] of there.entries()) assert.deepEqual(readable(here[index]), readable(step), step.name);
    assert.equal(here.length, there.length);
  });

  test('Apache’s transactional producer over our broker, killed and started again', { timeout: 120_000 }, javaOverOurs);

  for (const [first, second] of [
    [ours, 'apache'],
    ['apache', ours],
  ] as const) {
    const name = `what ${first} ended ${second} does not ask for, and what was open there it asks for`;
    test(name, { timeout: 120_000 }, () => takeOver(first, second));
  }
});

/** One broker leaves its folder with open and ended transactions to the other one. */
async function takeOver(first: Make, second: Make): Promise<void> {
  const { TRANSACTION_COMMIT, TRANSACTION_ROLLBACK } = MessageSysFlag;
  const store = new SharedStore('transactions');
  const home = store.root;
  const propertiesWith = (transactionCheckInterval: number) => ({ properties: { ...SOON, transactionCheckInterval } });
  try {
    await store.start();
    await store.open(first, propertiesWith(3_600_000));
    const writes = transactionsUnderTest(store.broker);
    for (let i = 0; i < 9; i++) {
      const half = await sendHalf(writes, { topic: 'Taken' }, `half ${i}`, { UNIQ_KEY: `half ${i}` });
      if (i % 3 === 0) continue;
      const { code, remark } = await endHalf(writes, half, i % 3 === 1 ? TRANSACTION_COMMIT : TRANSACTION_ROLLBACK);
      assert.equal(code, 0, remark);
    }
    // A stop of ours stores the op message at once; Apache's broker leaves it to the crash.
    if (first === 'apache') await writes.pass(2000);
    await writes.stop();
    await store.close(first === 'apache' ? 'kill' : 'stop');

    await store.open(second, propertiesWith(1000));
    const talk = transactionsUnderTest(store.broker);
    await registerProducer(talk);
    await talk.pass(6000);
    const asked = [...new Set(talk.checks.map(({ body }) => body))].sort();
    assert.deepEqual(asked, ['half 0', 'half 3', 'half 6']);
    await talk.stop();
    const words = ['listTransactions', '-n', store.namesrv, '-b', store.broker];
    const listed = await runOurCommand('mqadmin', words, { home });
    assert.match(listed.output, /Open: 0, unknown: 3, discarded: 0/);
    await store.close('kill');
    const inFolder = await runOurCommand('mqstore', ['transactions', store.directory], { home });
    assert.match(inFolder.output, /^3 transactions: 0 open, 3 unknown, 0 discarded$/m);
    await store.verify();
  } finally {
    await store.remove();
  }
}

/** Commits, rollbacks and checks of Java producers, one of which is killed, and of a broker that is killed. */
async function javaOverOurs(): Promise<void> {
  const store = new SharedStore('transactions');
  const home = store.root;
  try {
    await store.start();
    await store.open('ours', { properties: SOON });
    const cluster = { namesrv: store.namesrv, broker: store.broker, home, stop: () => Promise.resolve() };
    const consume = async (group: string, count: number): Promise<string[]> =>
      hashes(await typescriptConsume(cluster, { topic: 'JavaTransactions', group, count }));
    const common = { topic: 'JavaTransactions', group: 'java_transactions' };
    const sent = (prefix: string, indexes: readonly number[]): string[] =>
      indexes.map((i) => hashOf(bodyOf(prefix, i, 40)));
    const first = await javaTransactions(cluster, { ...common, count: 6, prefix: 'one', check: 'COMMIT_MESSAGE' });
    // 0 and 3 are committed, 1 and 4 rolled back, 2 and 5 committed when they are asked for.
    const expected = sent('one', [0, 2, 3, 5]);
    assert.deepEqual(await consume('java_one', 4), expected.toSorted());
    const left = await javaTransactions(cluster, { ...common, count: 3, prefix: 'two', open: 'yes' });
    await left.kill();
    await store.close('kill');
    await store.open('ours', { properties: SOON });
    // The first producer answers for the one that is gone.
    const all = [...expected, ...sent('two', [0, 1, 2])];
    assert.deepEqual(await consume('java_two', 7), all.toSorted());
    await first.kill();
    // Ends gather for half a second before the op topic says them.
    for (const giveUpAt = Date.now() + 20_000; ; ) {
      const words = ['listTransactions', '-n', store.namesrv, '-b', store.broker];
      const { output } = await runOurCommand('mqadmin', words, { home });
      if (output.includes('Open: 0, unknown: 0, discarded: 0')) break;
      assert.ok(Date.now() < giveUpAt, output);
    }
  } finally {
    await store.remove();
  }
}
