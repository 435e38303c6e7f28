import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promiseNames } from './check/promises.ts';
import { removeLeftovers } from './nodes/leftovers.ts';
import { folderPrefix } from './nodes/names.ts';
import { recordResult } from './report/results.ts';
import { type Options, type RunOptions, readOptions, usage } from './run/options.ts';
import { Run } from './run/run.ts';

/**
 * `npm run chaos -- --help`. Each promise that a run could check counts as one test; a run that could not be made counts as a failed one.
 * Needs root on Linux: namespaces, mounts.
 */
if (process.argv.includes('--help')) {
  console.log(usage);
  process.exit(0);
}
process.exitCode = await main(readOptions(process.argv.slice(2)));

async function main({ runs, record, keep }: Options): Promise<number> {
  for (const removed of await removeLeftovers()) console.log(`removed what an earlier run left: ${removed}`);
  let passed = 0;
  let failed = 0;
  for (const options of runs) {
    const counts = await makeRun(options, record, keep);
    passed += counts.passed;
    failed += counts.failed;
    if (counts.isInterrupted) break;
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

async function makeRun(options: RunOptions, record: boolean, keep: boolean) {
  const folder = mkdtempSync(join(tmpdir(), folderPrefix(process.pid)));
  console.log(`=== ${describe(options)}`);
  const run = new Run(options, folder, (line) => console.log(line));
  let interrupted: string | undefined;
  const interruption = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        interrupted = signal;
        reject(new Error(`ended by ${signal}`));
      });
    }
  });
  interruption.catch(() => {});
  let passed = 0;
  let failed = 0;
  try {
    const { verdict, faults, sent, acknowledged } = await Promise.race([run.run(), interruption]);
    const broken = new Set(verdict.violations.map(({ promise }) => promise));
    for (const { promise, text } of verdict.violations) console.log(`VIOLATION ${promise}: ${text}`);
    for (const name of promiseNames) {
      if (broken.has(name)) failed += 1;
      else if (verdict.checked[name] > 0) passed += 1;
    }
    const checks = promiseNames.map((name) => `${name} ${verdict.checked[name]}`).join(', ');
    console.log(`${faults.length} faults, ${sent} sent, ${acknowledged} acknowledged; checked: ${checks}`);
    for (const name of ['kept', 'delivered', 'progress'] as const) {
      if (verdict.checked[name] > 0) continue;
      console.log(`FAILED: nothing was there to check for "${name}"`);
      failed += 1;
    }
    if (record) recordResult(options, faults, verdict);
  } catch (error) {
    console.log(`FAILED: the run could not be made: ${error instanceof Error ? error.stack : String(error)}`);
    failed += 1;
  }
  await run.end();
  await removeLeftovers(process.pid);
  if (failed === 0 && !keep) rmSync(folder, { recursive: true });
  else console.log(`history and logs: ${folder}; again with ${repetition(options)}`);
  return { passed, failed, isInterrupted: interrupted !== undefined };
}

function describe({ seed, set, faultsMs, flush, faults }: RunOptions): string {
  return `seed ${seed}, ${set.name} (${set.what}), ${flush}, ${faultsMs / 60_000} minutes of ${faults.map(({ name }) => name).join(', ') || 'no faults'}`;
}

/** The options of this command, but for this run alone. */
function repetition({ seed, set }: RunOptions): string {
  const others: string[] = [];
  const args = process.argv.slice(2);
  for (let at = 0; at < args.length; at++) {
    if (['--seed', '--runs', '--set'].includes(args[at]!)) at += 1;
    else if (args[at] !== '--record') others.push(args[at]!);
  }
  return ['--seed', seed, '--set', set.name, ...others].join(' ');
}
