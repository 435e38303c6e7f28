import { spawnSync } from 'node:child_process';
import { PUBLISHED } from '../packages.ts';
import { nodeVersionsFrom } from './environments.ts';

const RUNS = 5;

/** Prints how long a process takes that does nothing but load a package: the shortest of a few, beside one that loads nothing. */
export function printStartTimes(folder: string): void {
  for (const { room, engines } of PUBLISHED) {
    const { name, path } = nodeVersionsFrom(engines).at(-1)!;
    const load = (code: string): number => {
      const times = Array.from({ length: RUNS }, () => {
        const began = process.hrtime.bigint();
        const run = spawnSync(path, ['--no-warnings', '--input-type=module', '-e', code], { cwd: folder });
        if (run.status !== 0) throw new Error(run.stderr.toString());
        return Number(process.hrtime.bigint() - began) / 1e6;
      });
      return Math.round(Math.min(...times));
    };
    const [empty, loaded] = [load(''), load(`import '@rocketmq-ts/${room}';`)];
    console.log(`      ${room}: loaded ${loaded} ms after the start of ${name}, which takes ${empty} ms by itself`);
  }
}
