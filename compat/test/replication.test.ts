import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Make } from '../support/cluster.ts';
import { unlessJava } from '../support/needs.ts';
import { type Pair, startPair } from '../support/pair.ts';

const TEST_MS = 120_000;
/** Small files, so that the log rolls. */
const properties = {
  mappedFileSizeCommitLog: 64 * 1024,
  mappedFileSizeConsumeQueue: 2000,
  autoCreateTopicEnable: true,
};

for (const makes of [
  { master: 'apache', slave: 'ours' },
  { master: 'ours', slave: 'apache' },
] as const satisfies readonly Record<'master' | 'slave', Make>[]) {
  const name = { ours: 'our', apache: "Apache's" };
  suite(`${name[makes.slave]} slave behind ${name[makes.master]} master`, { skip: unlessJava() }, () => {
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

    test('a killed master is followed again', { timeout: TEST_MS }, async () => {
      await pair.kill('master');
      await pair.start('master');
      await pair.send(50);
      await pair.assertCopied();
    });

    test("the slave's queues and index are those of a replay", { timeout: TEST_MS }, async () => {
      await pair.kill('slave');
      await pair.start('slave');
      await pair.assertCopied();
      await pair.stop('slave');
      await pair.assertVerified();
    });
  });
}
