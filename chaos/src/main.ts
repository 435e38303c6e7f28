import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PromiseName, promiseNames, type Verdict } from './check/promises.ts';
import { removeLeftovers } from './nodes/leftovers.ts';
import { folderPrefix } from './nodes/names.ts';
import { recordResult } from './report/results.ts';
import { type Options, type RunOptions, readOptions, usage } from './run/options.ts';
import { Run } from './run/run.ts';

/** Every run checks something for these. */
const ALWAYS_CHECKED: readonly PromiseName[] = ['kept', 'delivered', 'progress'];
/** So much of the timeline of a failed run is shown again at the end, since logs are often cut at their front. */
const LINES_SHOWN_AGAIN = 40;

/**
 * `npm run chaos -- --help`. Each promise that a run could check counts as one test; a run that could not be made counts as a failed one.
 * Needs root on Linux: namespaces, mounts.
 */
if (process.argv.includes('--help')) {
  console.log(usage);
  process.exit(0);
}
process.exitCode = await main(readOptions(process.argv.slice(2)));

/** What a run came to. */
interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** What failed and how it came to that; empty where nothing failed. */
  readonly report: readonly string[];
  readonly isInterrupted: boolean;
}

async function main({ runs, record, keep }: Options): Promise<number> {
  for (const removed of await removeLeftovers()) console.log(`removed what an earlier run left: ${removed}`);
  const outcomes: Outcome[] = [];
  for (const options of runs) {
    const outcome = await makeRun(options, record, keep);
    outcomes.push(outcome);
    if (outcome.isInterrupted) break;
  }
  const sum = (of: 'passed' | 'failed'): number => outcomes.reduce((total, outcome) => total + outcome[of], 0);
  for (const { report } of outcomes) for (const line of report) console.log(line);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
  return sum('failed') === 0 && sum('passed') > 0 ? 0 : 1;
}

async function makeRun(options: RunOptions, record: boolean, keep: boolean): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), folderPrefix(process.pid)));
  const timeline: string[] = [];
  const print = (line: string): void => {
    console.log(line);
    timeline.push(line);
  };
  console.log(`=== ${describe(options)}`);
  const run = new Run(options, folder, print);
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
  const failures: string[] = [];
  try {
    const { verdict, faults, sent, acknowledged } = await Promise.race([run.run(), interruption]);
    const checks = promiseNames.map((name) => `${name} ${verdict.checked[name]}`).join(', ');
    print(`${faults.length} faults, ${sent} sent, ${acknowledged} acknowledged; checked: ${checks}`);
    for (const name of promiseNames) {
      const reasons = brokenBy(verdict, name);
      if (reasons.length > 0) failed += 1;
      else if (verdict.checked[name] > 0) passed += 1;
      failures.push(...reasons);
    }
    if (record) recordResult(options, faults, verdict);
  } catch (error) {
    failures.push(`the run could not be made: ${error instanceof Error ? error.stack : String(error)}`);
    failed += 1;
  }
  await run.end();
  await removeLeftovers(process.pid);
  if (failed === 0 && !keep) rmSync(folder, { recursive: true });
  else failures.push(`history and logs: ${folder}; again with ${repetition(options)}`);
  for (const line of failures) console.log(line);
  const { seed, set } = options;
  const report =
    failed === 0 ? [] : [`=== FAILED: seed ${seed}, ${set.name}`, ...timeline.slice(-LINES_SHOWN_AGAIN), ...failures];
  return { passed, failed, report, isInterrupted: interrupted !== undefined };
}

/** A line for each violation of a promise, and one where there had to be something to check and was not. */
function brokenBy({ checked, violations }: Verdict, name: PromiseName): string[] {
  const lines = violations.filter(({ promise }) => promise === name).map(({ text }) => `VIOLATION ${name}: ${text}`);
  if (checked[name] === 0 && lines.length === 0 && ALWAYS_CHECKED.includes(name))
    lines.push(`FAILED: nothing was there to check for "${name}"`);
  return lines;
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
