import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { startApacheBroker } from '@rocketmq-ts/testkit/java';
import { type OurServer, runOurCommand, startOurBroker } from '@rocketmq-ts/testkit/processes';
import { TRANSACTION_PROPERTIES, type TransactionStep, transactionScenario } from '@rocketmq-ts/testkit/scenarios';
import { type Make, ours, startBroker, startNamesrv } from '../support/cluster.ts';
import { bodyOf, hashes, hashOf } from '../support/deliveries.ts';
import { javaTransactions } from '../support/java-clients.ts';
import { unlessJava } from '../support/needs.ts';
import {
  COMMIT,
  endHalf,
  type Half,
  ROLLBACK,
  registerProducer,
  sendHalf,
  transactionsUnderTest,
} from '../support/transactions-under-test.ts';
import { typescriptConsume } from '../support/typescript-clients.ts';

/** Asks after a second, and never gives up. */
const SOON = { ...TRANSACTION_PROPERTIES, transactionTimeOut: 1000, transactionCheckMax: 100 };

async function stepsOf(make: Make): Promise<TransactionStep[]> {
  const home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-transactions-'));
  const namesrv = await startNamesrv('ours', join(home, 'namesrv'));
  try {
    const broker = await startBroker(make, join(home, 'broker'), namesrv.address, TRANSACTION_PROPERTIES);
    const talk = transactionsUnderTest(broker.address);
    try {
      return await transactionScenario(talk);
    } finally {
      await talk.stop();
      await broker.kill();
    }
  } finally {
    await namesrv.kill();
    rmSync(home, { recursive: true, force: true });
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
  const home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-transactions-'));
  const namesrv = await startNamesrv('ours', join(home, 'namesrv'));
  const open = async (make: Make, transactionCheckInterval: number): Promise<OurServer> => {
    const properties = { ...SOON, transactionCheckInterval };
    const options = {
      home: join(home, make),
      namesrv: namesrv.address,
      storeDirectory: join(home, 'store'),
      properties,
    };
    return make === 'ours' ? startOurBroker(options) : startApacheBroker(options);
  };
  try {
    const writer = await open(first, 3_600_000);
    const writes = transactionsUnderTest(writer.address);
    const halves = new Map<string, Half>();
    for (let i = 0; i < 9; i++) halves.set(`half ${i}`, await sendHalf(writes, `half ${i}`));
    for (const [index, half] of [...halves.values()].entries()) {
      if (index % 3 > 0) await endHalf(writes, half, index % 3 === 1 ? COMMIT : ROLLBACK);
    }
    // A stop of ours stores the op message at once; Apache's broker leaves it to the crash.
    if (first === 'apache') await writes.pass(2000);
    await writes.stop();
    await (first === 'apache' ? writer.kill() : writer.stop(30_000));

    const heir = await open(second, 1000);
    const talk = transactionsUnderTest(heir.address);
    await registerProducer(talk);
    await talk.pass(6000);
    const asked = [...new Set(talk.checks.map(({ body }) => body))].sort();
    assert.deepEqual(asked, ['half 0', 'half 3', 'half 6']);
    await talk.stop();
    const words = ['listTransactions', '-n', namesrv.address, '-b', heir.address];
    const listed = await runOurCommand('mqadmin', words, { home });
    assert.match(listed.output, /Open: 0, unknown: 3, discarded: 0/);
    await heir.kill();
    const inFolder = await runOurCommand('mqstore', ['transactions', join(home, 'store')], { home });
    assert.match(inFolder.output, /^3 transactions: 0 open, 3 unknown, 0 discarded$/m);
    const { code, output } = await runOurCommand('mqstore', ['verify', join(home, 'store')], { home });
    assert.equal(code, 0, output);
  } finally {
    await namesrv.kill();
    rmSync(home, { recursive: true, force: true });
  }
}

/** Commits, rollbacks and checks of Java producers, one of which is killed, and of a broker that is killed. */
async function javaOverOurs(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-transactions-'));
  const namesrv = await startNamesrv('ours', join(home, 'namesrv'));
  const properties = SOON;
  const options = {
    home: join(home, 'broker'),
    namesrv: namesrv.address,
    storeDirectory: join(home, 'store'),
    properties,
  };
  let broker = await startOurBroker(options);
  const cluster = { namesrv: namesrv.address, broker: broker.address, home, stop: () => Promise.resolve() };
  const consume = async (group: string, count: number): Promise<string[]> =>
    hashes(await typescriptConsume(cluster, { topic: 'JavaTransactions', group, count }));
  const common = { topic: 'JavaTransactions', group: 'java_transactions' };
  const sent = (prefix: string, indexes: readonly number[]): string[] =>
    indexes.map((i) => hashOf(bodyOf(prefix, i, 40)));
  try {
    const first = await javaTransactions(cluster, { ...common, count: 6, prefix: 'one', check: 'COMMIT_MESSAGE' });
    // 0 and 3 are committed, 1 and 4 rolled back, 2 and 5 committed when they are asked for.
    const expected = sent('one', [0, 2, 3, 5]);
    assert.deepEqual(await consume('java_one', 4), expected.toSorted());
    const left = await javaTransactions(cluster, { ...common, count: 3, prefix: 'two', open: 'yes' });
    await left.kill();
    await broker.kill();
    broker = await startOurBroker(options);
    // The first producer answers for the one that is gone.
    const all = [...expected, ...sent('two', [0, 1, 2])];
    assert.deepEqual(await consume('java_two', 7), all.toSorted());
    await first.kill();
    // Ends gather for half a second before the op topic says them.
    for (const giveUpAt = Date.now() + 20_000; ; ) {
      const words = ['listTransactions', '-n', namesrv.address, '-b', broker.address];
      const { output } = await runOurCommand('mqadmin', words, { home });
      if (output.includes('Open: 0, unknown: 0, discarded: 0')) break;
      assert.ok(Date.now() < giveUpAt, output);
    }
  } finally {
    await broker.kill();
    await namesrv.kill();
    rmSync(home, { recursive: true, force: true });
  }
}
