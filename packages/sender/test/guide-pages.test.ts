import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCluster } from '@rocketmq-ts/testkit/cluster';
import { GuideStage, guidePrograms } from '@rocketmq-ts/testkit/guide';
import { senderModules } from './guide-modules.ts';
import { temporaryFolder } from './sender-stage.ts';

const guide = join(import.meta.dirname, '../../../docs/guide');
/** Longer than every delay and pause on the pages. */
const LATER_MS = 70_000;

for (const name of readdirSync(guide)) {
  const programs = guidePrograms(readFileSync(join(guide, name), 'utf8'));
  if (programs.length === 0) continue;
  test(`the programs of docs/guide/${name} print what the page says`, async (t) => {
    const cluster = await startCluster({
      seed: 23,
      topics: { Orders: 1, Clicks: 1, Prices: 1, Reminders: 1, Changes: 1 },
      brokerProperties: {
        ...{ timerWheelEnable: 'true', recallMessageEnable: 'true' },
        ...{ transactionTimeOut: '6000', transactionCheckInterval: '5000' },
      },
    });
    const stage = new GuideStage(
      cluster,
      senderModules(temporaryFolder(t), (stop) => stage.onStop(stop)),
    );
    t.after(async () => {
      await stage.stop();
      await cluster.stop();
    });
    for (const { source, line, prints } of programs) {
      await stage.run(source).catch((cause: unknown) => {
        throw new Error(`The program in line ${line} of ${name} failed.`, { cause });
      });
      if (prints !== undefined) assert.equal(await stage.printed(LATER_MS), prints, `line ${line} of ${name}`);
    }
  });
}
