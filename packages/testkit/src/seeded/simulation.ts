import { kindOf } from './failure.ts';
import { formatPlan, type PlannedAction, type PlannedOperation, parsePlan, type SeededPlan } from './plan.ts';
import { shrink } from './shrink.ts';

/** Of the history of the shrunk plan, so many lines are shown. */
const HISTORY_LINES = 80;

/** One run of a plan. */
interface SeededRun<R> {
  /** What happened so far, line by line. */
  readonly history: readonly string[];
  /** Rejects with a SimulationFailure, or whatever else fails. */
  all(): Promise<R>;
}

interface SeededSimulationParts<S extends { readonly seed: number }, A extends PlannedAction, Subject, R> {
  /** First word of a plan's text. */
  readonly kind: string;
  /** What is simulated by default. */
  readonly subject: Subject;
  planOf(seed: number): SeededPlan<S, A>;
  run(plan: SeededPlan<S, A>, subject: Subject): SeededRun<R>;
  /** Operations that begin a piece of a plan which can be left out as a whole. */
  beginsPiece(action: A): boolean;
  /** Simpler forms of an operation, the simplest first. Default: none. */
  simpler?(operation: PlannedOperation<A>): Iterable<PlannedOperation<A>>;
}

/** Makes plans from seeds, runs them, and shrinks those that fail to the few operations that still show what is wrong. */
export class SeededSimulation<S extends { readonly seed: number }, A extends PlannedAction, Subject, R> {
  readonly #parts: SeededSimulationParts<S, A, Subject, R>;

  constructor(parts: SeededSimulationParts<S, A, Subject, R>) {
    this.#parts = parts;
  }

  planOf(seed: number): SeededPlan<S, A> {
    return this.#parts.planOf(seed);
  }

  /** The operations of a seed with these numbers. */
  partOf(seed: number, numbers: ReadonlySet<number>): SeededPlan<S, A> {
    const { settings, operations } = this.planOf(seed);
    return { settings, operations: operations.filter(({ number }) => numbers.has(number)) };
  }

  format(plan: SeededPlan<S, A>): string {
    return formatPlan(this.#parts.kind, plan);
  }

  /** A plan as it was printed, also in the middle of other text; undefined where there is none of this simulation. */
  parse(text: string): SeededPlan<S, A> | undefined {
    return parsePlan(this.#parts.kind, text);
  }

  /**
   * Runs what a seed makes. Rejects with a ShrunkFailure: what is wrong, the smallest part of the plan that still shows it, and
   * the history that led to it.
   */
  async run(seed: number, subject: Subject = this.#parts.subject): Promise<R> {
    const plan = this.planOf(seed);
    const outcome = await this.#try(plan, subject);
    if (outcome.result !== undefined) return outcome.result;
    const kind = kindOf(outcome.error);
    const { simpler = () => [] } = this.#parts;
    const operations = await shrink<PlannedOperation<A>>(
      plan.operations,
      (all) => this.#pieces(all),
      simpler,
      async (part) => {
        const tried = await this.#try({ ...plan, operations: part }, subject);
        return tried.result === undefined && kindOf(tried.error) === kind;
      },
    );
    const shrunk = { ...plan, operations };
    const title = `seed ${seed}, shrunk from ${plan.operations.length} to ${operations.length} operations`;
    throw this.#failure(shrunk, await this.#try(shrunk, subject), title);
  }

  /** Runs a plan as it is, for instance one that was printed by a failure. Rejects with a ShrunkFailure. */
  async replay(plan: SeededPlan<S, A>, subject: Subject = this.#parts.subject): Promise<R> {
    const outcome = await this.#try(plan, subject);
    if (outcome.result === undefined) throw this.#failure(plan, outcome, 'the plan fails');
    return outcome.result;
  }

  /** Runs the operations of a seed with these numbers. */
  async replayPart(seed: number, numbers: ReadonlySet<number>): Promise<R> {
    return await this.replay(this.partOf(seed, numbers));
  }

  /** Runs a plan as it was printed, also in the middle of other text. Throws a SyntaxError where there is none. */
  async replayText(text: string, subject: Subject = this.#parts.subject): Promise<R> {
    const plan = this.parse(text);
    if (plan === undefined) throw new SyntaxError(`there is no plan that begins with "${this.#parts.kind}"`);
    return await this.replay(plan, subject);
  }

  async #try(plan: SeededPlan<S, A>, subject: Subject): Promise<Outcome<R>> {
    const run = this.#parts.run(plan, subject);
    try {
      return { result: await run.all(), history: run.history };
    } catch (error) {
      return { error, history: run.history };
    }
  }

  #failure(plan: SeededPlan<S, A>, { error, history }: Outcome<R>, title: string): ShrunkFailure<SeededPlan<S, A>> {
    const message = error instanceof Error ? error.message : String(error);
    const shown = history.slice(-HISTORY_LINES);
    const text = `${message}\n${title}:\n${this.format(plan)}\nhistory:\n${shown.join('\n')}`;
    return new ShrunkFailure(plan, kindOf(error), text, error);
  }

  #pieces(operations: readonly PlannedOperation<A>[]): PlannedOperation<A>[][] {
    const pieces: PlannedOperation<A>[][] = [];
    for (const operation of operations) {
      if (pieces.length === 0 || this.#parts.beginsPiece(operation.action)) pieces.push([]);
      pieces.at(-1)!.push(operation);
    }
    return pieces;
  }
}

interface Outcome<R> {
  readonly result?: R;
  readonly error?: unknown;
  readonly history: readonly string[];
}

/** What a failed run has beside its message. */
export class ShrunkFailure<P> extends Error {
  readonly plan: P;
  /** Its kind. */
  readonly kind: string;

  constructor(plan: P, kind: string, message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'ShrunkFailure';
    this.plan = plan;
    this.kind = kind;
  }
}
