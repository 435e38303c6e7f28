import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { ApacheMqadmin, SEPARATE } from '../apache-mqadmin.ts';
import type { Make } from '../cluster.ts';
import { unlessJava } from '../needs.ts';
import { assertRecorded } from './record.ts';
import { assertAsDeclared, runSteps, type StepResult } from './run-steps.ts';
import type { Scene } from './scene.ts';
import type { Step } from './step.ts';

/**
 * A suite with one test for each step: both tools on scenes of both makes. Unless `isRecorded` is false, the page of the
 * commands has what was found, and no other suite has lines of the same commands.
 */
export function pairingSuite(
  title: string,
  steps: readonly Step[],
  startScene: (make: Make) => Promise<Scene>,
  { isRecorded = true }: { readonly isRecorded?: boolean } = {},
): void {
  // Times are printed in local time, by Java and by ours.
  process.env.TZ = 'UTC';

  suite(title, { skip: unlessJava() }, () => {
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
      const start = async (make: Make): Promise<Scene> => {
        const scene = await startScene(make);
        scenes.push(scene);
        // The first request of a virtual machine that still reads its classes takes longer than its tool waits.
        await mqadmins[make].outputs(['clusterList', '-n', scene.namesrv]);
        return scene;
      };
      // The second waits for the classes that the first may have to build.
      const apache = await start('apache');
      results = await runSteps(steps, { apache, ours: await start('ours') }, mqadmins);
    });
    after(async () => {
      for (const mqadmin of Object.values(mqadmins)) await mqadmin.stop();
      for (const scene of scenes) await scene.stop();
      process.chdir('/');
      rmSync(home, { recursive: true, force: true });
    });

    for (const [index, { line }] of steps.entries()) {
      test(`mqadmin ${line}`, () => assertAsDeclared(results[index]!));
    }

    if (isRecorded) test('the page docs/mqadmin.md has what was found', () => assertRecorded(results));
  });
}
