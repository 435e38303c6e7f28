import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { builtPrograms, findBuilt, PROGRAMS } from '@rocketmq-ts/launcher';

/**
 * Whether `npm ci` has left programs that run instead of their sources, and say the same: each is there, belongs to the sources as
 * they are, and gives the same help and exit code. Ends with `N passed, N failed`.
 */
let passed = 0;
let failed = 0;

function help(name: string, sources: string): string {
  const file = join(builtPrograms.root, 'packages/launcher/src/main', `${name}.ts`);
  const env = { ...process.env, ROCKETMQ_TS_SOURCES: sources };
  const { status, stdout } = spawnSync(process.execPath, [...process.execArgv, file, '-h'], { env, encoding: 'utf8' });
  return `exit code ${status}\n${stdout}`;
}

function check(name: string): string | undefined {
  if (findBuilt(builtPrograms, name) === undefined) return 'is not built from the sources as they are';
  // A thread of a broker, which has no help.
  if (name === 'broker-worker') return undefined;
  return help(name, '') === help(name, '1') ? undefined : 'has another help than its sources';
}

for (const name of PROGRAMS) {
  const problem = check(name);
  if (problem === undefined) passed += 1;
  else {
    failed += 1;
    console.error(`${name} ${problem}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
