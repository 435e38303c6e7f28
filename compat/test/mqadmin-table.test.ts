import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { ApacheMqadmin, SEPARATE } from '../support/apache-mqadmin.ts';
import { assertRecorded } from '../support/mqadmin-table/record.ts';
import { assertAsDeclared, runSteps, type StepResult } from '../support/mqadmin-table/run-steps.ts';
import { type Scene, startScene } from '../support/mqadmin-table/scene.ts';
import { MESSAGES } from '../support/mqadmin-table/steps/messages.ts';
import { OPERATIONS } from '../support/mqadmin-table/steps/operations.ts';
import { QUEUES_AND_STATISTICS } from '../support/mqadmin-table/steps/queues-and-statistics.ts';
import { SERVERS } from '../support/mqadmin-table/steps/servers.ts';
import { TOPICS_AND_GROUPS } from '../support/mqadmin-table/steps/topics-and-groups.ts';
import { unlessJava } from '../support/needs.ts';

// Times are printed in local time, by Java and by ours.
process.env.TZ = 'UTC';

const STEPS = [...MESSAGES, ...TOPICS_AND_GROUPS, ...SERVERS, ...QUEUES_AND_STATISTICS, ...OPERATIONS];

suite('each command of mqadmin, ours and Apache’s, on clusters of both makes', { skip: unlessJava() }, () => {
  const home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-mqadmin-'));
  const mqadmins = {
    apache: new ApacheMqadmin(join(home, 'mqadmin-on-apache'), SEPARATE),
    ours: new ApacheMqadmin(join(home, 'mqadmin-on-ours'), SEPARATE),
  };
  const scenes: Scene[] = [];
  let results: readonly StepResult[] = [];
  before(async () => {
    // Some commands leave files in the working folder.
    process.chdir(home);
    const start = async (make: 'apache' | 'ours'): Promise<Scene> => {
      const scene = await startScene(make);
      scenes.push(scene);
      return scene;
    };
    // The second waits for the classes that the first may have to build.
    const apache = await start('apache');
    results = await runSteps(STEPS, { apache, ours: await start('ours') }, mqadmins);
  });
  after(async () => {
    for (const mqadmin of Object.values(mqadmins)) await mqadmin.stop();
    for (const scene of scenes) await scene.stop();
    process.chdir('/');
    rmSync(home, { recursive: true, force: true });
  });

  for (const [index, { line }] of STEPS.entries()) {
    test(`mqadmin ${line}`, () => assertAsDeclared(results[index]!));
  }

  test('the page docs/mqadmin.md has what was found', () => assertRecorded(results));
});
