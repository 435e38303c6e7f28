import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PromiseName, Verdict } from '../check/promises.ts';
import type { RunOptions } from '../run/options.ts';

/** One run, as it is kept: what it was, how often each fault came, and what was broken. */
export interface RecordedRun {
  readonly date: string;
  readonly set: string;
  readonly brokers: 'ours' | 'apache' | 'mixed';
  readonly flush: string;
  readonly seed: number;
  readonly minutes: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly checked: Readonly<Partial<Record<PromiseName, number>>>;
  readonly violations: Readonly<Partial<Record<PromiseName, number>>>;
}

const file = fileURLToPath(new URL('../../results.jsonl', import.meta.url));

/** All recorded runs, oldest first: an object a line. */
export function recordedRuns(): RecordedRun[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as RecordedRun);
}

export function recordResult(options: RunOptions, faults: readonly string[], verdict: Verdict): void {
  const makes = new Set(options.set.brokers.map(({ broker, id }) => options.makeOf(`${broker}.${id}`)));
  const run: RecordedRun = {
    date: new Date().toISOString().slice(0, 10),
    set: options.set.name,
    brokers: makes.size > 1 ? 'mixed' : [...makes][0]!,
    flush: options.flush,
    seed: options.seed,
    minutes: options.faultsMs / 60_000,
    faults: counts(faults),
    checked: Object.fromEntries(Object.entries(verdict.checked).filter(([, count]) => count > 0)),
    violations: counts(verdict.violations.map(({ promise }) => promise)),
  };
  appendFileSync(file, `${JSON.stringify(run)}\n`);
}

function counts(names: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const name of names) found[name] = (found[name] ?? 0) + 1;
  return found;
}
