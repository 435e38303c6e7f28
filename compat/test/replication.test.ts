import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { ResponseCode } from '@rocketmq-ts/protocol';
import type { Make } from '../support/cluster.ts';
import { unlessJava } from '../support/needs.ts';
import { type Pair, startPair } from '../support/pair.ts';

const TEST_MS = 120_000;
const FLUSH_SLAVE_TIMEOUT = ResponseCode.FLUSH_SLAVE_TIMEOUT;
/** Small files, so that the log rolls. */
const properties = {
  mappedFileSizeCommitLog: 64 * 1024,
  mappedFileSizeConsumeQueue: 2000,
  autoCreateTopicEnable: true,
};

suite('replication', { concurrency: 3, skip: unlessJava() }, () => {
  for (const makes of [
    { master: 'apache', slave: 'ours' },
    { master: 'ours', slave: 'apache' },
  ] as const satisfies readonly Record<'master' | 'slave', Make>[]) {
    const name = { ours: 'our', apache: "Apache's" };
    suite(`${name[makes.slave]} slave behind ${name[makes.master]} master`, { concurrency: 1 }, () => {
      let pair: Pair;
      before(async () => {
        pair = await startPair(makes, properties);
        // In this order the slave's first registration is answered with where its master is.
        await pair.start('master');
        await pair.start('slave');
      });
      after(() => pair.end());

      test('the log is copied from its beginning, and over several files', { timeout: TEST_MS }, async () => {
        await pair.send(20);
        await pair.assertCopied();
        await pair.send(400);
        await pair.assertCopied();
        const files = readdirSync(join(pair.storeOf('slave'), 'commitlog'));
        assert.ok(files.length > 2 && Number(files[0]) === 0, files.join());
      });

      test('a killed slave continues behind files that it never saw begin', { timeout: TEST_MS }, async () => {
        await pair.kill('slave');
        await pair.send(300, 1000);
        await pair.start('slave');
        await pair.assertCopied();
      });

      test('a killed master is followed again, and its sends wait for the slave', { timeout: TEST_MS }, async () => {
        await pair.kill('master');
        pair.properties.master = { inSyncReplicas: 2 };
        await pair.start('master');
        // Until the slave is there they are stored and answered with FLUSH_SLAVE_TIMEOUT.
        for (let i = 0; i < 10 && (await pair.send(1))[0] !== 0; i++);
        assert.deepEqual(new Set(await pair.send(50)), new Set([0]));
        await pair.assertCopied();
        await pair.kill('slave');
        assert.deepEqual(await pair.send(1), [FLUSH_SLAVE_TIMEOUT]);
      });

      const notOurs = makes.slave === 'ours' ? false : "Apache's own matter";
      test("the slave's queues and index are those of a replay", { timeout: TEST_MS, skip: notOurs }, async () => {
        await pair.start('slave');
        await pair.assertCopied();
        await pair.stop('slave');
        await pair.assertVerified();
      });
    });
  }

  suite("our slave whose log is another one than that of Apache's master", { concurrency: 1 }, () => {
    let pair: Pair;
    before(async () => {
      pair = await startPair({ master: 'apache', slave: 'ours' }, properties);
      await pair.start('master');
      await pair.start('slave');
    });
    after(() => pair.end());

    test('it says so, and where that is permitted it is cut and follows', { timeout: TEST_MS }, async () => {
      await pair.send(100);
      await pair.assertCopied();
      await Promise.all([pair.kill('slave'), pair.kill('master')]);
      rmSync(pair.storeOf('master'), { recursive: true });
      await pair.start('master');
      await pair.send(300, 400);
      await pair.start('slave');
      for (let i = 0; i < 100 && !(await pair.facts('slave')).has('replicationDivergence'); i++) await pause(100);
      assert.match((await pair.facts('slave')).get('replicationDivergence') ?? '', /this slave from its master/);
      await pair.kill('slave');
      pair.properties.slave = { slaveTruncateOnDivergence: true };
      await pair.start('slave');
      await pair.assertCopied();
      assert.equal(readdirSync(join(pair.storeOf('slave'), 'truncated-log')).length, 1);
      await pair.stop('slave');
      await pair.assertVerified();
    });
  });
});
