import { kindOf } from './failure.ts';
import { formatPlan, type Operation, type Plan } from './plan.ts';
import { planOf } from './planner.ts';
import { shrink } from './shrink.ts';
import { simplerOperations } from './simpler.ts';
import { type StoreSubject, theStore } from './store-process.ts';
import { StoreRun, type StoreRunResult } from './store-run.ts';

/** Of the history of the shrunk plan, so many lines are shown. */
const HISTORY_LINES = 80;

/**
 * One store on one simulated machine, through several lives: puts, batches, reads, failing disks, kills, power losses and
 * clean stops, all chosen by the seed, held against a model. Rejects with what is wrong, the smallest part of the plan that
 * still shows it, and the history that led to it.
 */
export async function runStoreSimulation(seed: number, subject: StoreSubject = theStore): Promise<StoreRunResult> {
  const plan = planOf(seed);
  const outcome = await tryPlan(plan, subject);
  if (outcome.result !== undefined) return outcome.result;
  throw await shrunkFailure(plan, kindOf(outcome.error), subject);
}

/** Runs a plan as it stands, for instance one that was printed by a failure. Rejects with what is wrong and the history. */
export async function replayPlan(plan: Plan, subject: StoreSubject = theStore): Promise<StoreRunResult> {
  const outcome = await tryPlan(plan, subject);
  if (outcome.result === undefined) throw failureOf(plan, outcome, 'the plan fails');
  return outcome.result;
}

/** The operations of a seed with these numbers. */
export function partOfSeed(seed: number, numbers: ReadonlySet<number>): Plan {
  const { settings, operations } = planOf(seed);
  return { settings, operations: operations.filter(({ number }) => numbers.has(number)) };
}

/** What a failure of the simulation tells beside its message. */
export class ShrunkFailure extends Error {
  readonly seed: number;
  readonly plan: Plan;
  readonly kind: string;

  constructor(plan: Plan, kind: string, message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'ShrunkFailure';
    this.seed = plan.settings.seed;
    this.plan = plan;
    this.kind = kind;
  }
}

interface Outcome {
  readonly result?: StoreRunResult;
  readonly error?: unknown;
  readonly history: readonly string[];
}

async function tryPlan(plan: Plan, subject: StoreSubject): Promise<Outcome> {
  const run = new StoreRun(plan, subject);
  try {
    return { result: await run.all(), history: run.history };
  } catch (error) {
    return { error, history: run.history };
  }
}

async function shrunkFailure(plan: Plan, kind: string, subject: StoreSubject): Promise<ShrunkFailure> {
  const operations = await shrink<Operation>(plan.operations, livesOf, simplerOperations, async (part) => {
    const outcome = await tryPlan({ ...plan, operations: part }, subject);
    return outcome.result === undefined && kindOf(outcome.error) === kind;
  });
  const shrunk = { ...plan, operations };
  const outcome = await tryPlan(shrunk, subject);
  const title = `seed ${plan.settings.seed}, shrunk from ${plan.operations.length} to ${operations.length} operations`;
  return failureOf(shrunk, outcome, title);
}

function failureOf(plan: Plan, { error, history }: Outcome, title: string): ShrunkFailure {
  const message = error instanceof Error ? error.message : String(error);
  const shown = history.slice(-HISTORY_LINES);
  const text = `${message}\n${title}:\n${formatPlan(plan)}\nhistory:\n${shown.join('\n')}`;
  return new ShrunkFailure(plan, kindOf(error), text, error);
}

/** Operations from one start of a process up to the next. */
function livesOf(operations: readonly Operation[]): Operation[][] {
  const lives: Operation[][] = [];
  for (const operation of operations) {
    if (operation.action.do === 'start' || lives.length === 0) lives.push([]);
    lives.at(-1)!.push(operation);
  }
  return lives;
}
