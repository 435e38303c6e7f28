import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { assertAsDeclared, type StepResult } from './run-steps.ts';
import { PAIRINGS, type Pairing, type Step } from './step.ts';

/** What docs/mqadmin.md shows of a command: how many lines were compared, and why a pairing differs. */
interface CommandRecord {
  readonly lines: number;
  /** Sentences; empty where all lines are the same. */
  readonly differs: Readonly<Partial<Record<Pairing, readonly string[]>>>;
  readonly notOn?: readonly string[];
}

const FILE = new URL('../../recorded/mqadmin-pairings.json', import.meta.url);

/**
 * Holds the results of one test file, all of which must be as declared, against what is recorded for them; with `COMPAT_RECORD=1` writes it. The page
 * docs/mqadmin.md is made of the record by `npm run docs`.
 */
export function assertRecorded(results: readonly StepResult[]): void {
  for (const result of results) assertAsDeclared(result);
  const steps = results.map(({ step }) => step);
  const recorded = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, CommandRecord>) : {};
  const found: Record<string, CommandRecord> = {};
  for (const name of new Set(steps.map(nameOf))) found[name] = recordOf(steps.filter((step) => nameOf(step) === name));
  if (process.env.COMPAT_RECORD === '1') {
    const all = Object.entries({ ...recorded, ...found }).sort(([a], [b]) => (a < b ? -1 : 1));
    writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(all), undefined, 2)}\n`);
    return;
  }
  const there = Object.fromEntries(Object.keys(found).map((name) => [name, recorded[name]]));
  assert.deepEqual(there, JSON.parse(JSON.stringify(found)), `run this test with COMPAT_RECORD=1, then npm run docs`);
}

function nameOf({ line }: Step): string {
  return line.split(' ', 1)[0]!;
}

function recordOf(steps: readonly Step[]): CommandRecord {
  const differs: Partial<Record<Pairing, string[]>> = {};
  for (const pairing of PAIRINGS) {
    const reasons = [...new Set(steps.flatMap((step) => step.differs?.[pairing] ?? []))];
    if (reasons.length > 0) differs[pairing] = reasons;
  }
  const notOn = [...new Set(steps.flatMap((step) => Object.values(step.notOn ?? {})))];
  return { lines: steps.length, differs, ...(notOn.length === 0 ? {} : { notOn }) };
}
