import { kindOf } from '../simulation/failure.ts';
import { shrink } from '../simulation/shrink.ts';
import { BrokerRun, type BrokerRunResult, type BrokerSubject } from './broker-run.ts';
import { type BrokerOperation, type BrokerPlan, formatBrokerPlan } from './plan.ts';
import { brokerPlanOf } from './planner.ts';

/** Of the history of the shrunk plan, so many lines are shown. */
const HISTORY_LINES = 80;

/**
 * A whole broker on one simulated machine, through several lives: sends to new and known topics, commits, messages sent
 * back, topics and groups made and deleted, slow, lying and failing disks under the small files, kills and losses of power
 * at any step and between any two system calls. Rejects with what is wrong, the smallest part of the plan that still shows
 * it, and the history that led to it.
 */
export async function runBrokerSimulation(seed: number, subject: BrokerSubject = {}): Promise<BrokerRunResult> {
  const plan = brokerPlanOf(seed);
  const outcome = await tryPlan(plan, subject);
  if (outcome.result !== undefined) return outcome.result;
  const kind = kindOf(outcome.error);
  const operations = await shrink<BrokerOperation>(
    plan.operations,
    livesOf,
    () => [],
    async (part) => {
      const tried = await tryPlan({ ...plan, operations: part }, subject);
      return tried.result === undefined && kindOf(tried.error) === kind;
    },
  );
  const shrunk = { ...plan, operations };
  const title = `seed ${seed}, shrunk from ${plan.operations.length} to ${operations.length} operations`;
  throw failureOf(shrunk, await tryPlan(shrunk, subject), title);
}

/** Runs a plan as it is, for instance one that was printed by a failure. Rejects with what is wrong and the history. */
export async function replayBrokerPlan(plan: BrokerPlan, subject: BrokerSubject = {}): Promise<BrokerRunResult> {
  const outcome = await tryPlan(plan, subject);
  if (outcome.result === undefined) throw failureOf(plan, outcome, 'the plan fails');
  return outcome.result;
}

/** What a failure of the simulation has beside its message. */
export class ShrunkBrokerFailure extends Error {
  readonly plan: BrokerPlan;
  readonly kind: string;

  constructor(plan: BrokerPlan, kind: string, message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'ShrunkBrokerFailure';
    this.plan = plan;
    this.kind = kind;
  }
}

interface Outcome {
  readonly result?: BrokerRunResult;
  readonly error?: unknown;
  readonly history: readonly string[];
}

async function tryPlan(plan: BrokerPlan, subject: BrokerSubject): Promise<Outcome> {
  const run = new BrokerRun(plan, subject);
  try {
    return { result: await run.all(), history: run.history };
  } catch (error) {
    return { error, history: run.history };
  }
}

function failureOf(plan: BrokerPlan, { error, history }: Outcome, title: string): ShrunkBrokerFailure {
  const message = error instanceof Error ? error.message : String(error);
  const shown = history.slice(-HISTORY_LINES);
  const text = `${message}\n${title}:\n${formatBrokerPlan(plan)}\nhistory:\n${shown.join('\n')}`;
  return new ShrunkBrokerFailure(plan, kindOf(error), text, error);
}

/** Operations from one start of a process up to the next. */
function livesOf(operations: readonly BrokerOperation[]): BrokerOperation[][] {
  const lives: BrokerOperation[][] = [];
  for (const operation of operations) {
    if (operation.action.do === 'start' || lives.length === 0) lives.push([]);
    lives.at(-1)!.push(operation);
  }
  return lives;
}
