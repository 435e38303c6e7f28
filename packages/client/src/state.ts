import { ClientError } from './errors.ts';

/** States of producers, consumers and client instances. Source: ServiceState; STARTING is ours, since start is asynchronous. */
export type ServiceState = 'CREATE_JUST' | 'STARTING' | 'RUNNING' | 'START_FAILED' | 'SHUTDOWN_ALREADY';

/**
 * The legal moves. `stop` is possible in every state, also while starting; a start that failed may be tried again.
 *
 * | state | `start` | `stop` |
 * | --- | --- | --- |
 * | CREATE_JUST | starts | from now on nothing starts |
 * | STARTING | refused | the start is interrupted and rejects, what it had begun is undone |
 * | RUNNING | refused | stops |
 * | START_FAILED | tries again | from now on nothing starts |
 * | SHUTDOWN_ALREADY | refused | the same stop once more; after one that failed, another try |
 */
export const serviceMoves: Readonly<Record<ServiceState, readonly ServiceState[]>> = {
  CREATE_JUST: ['STARTING', 'SHUTDOWN_ALREADY'],
  STARTING: ['RUNNING', 'START_FAILED', 'SHUTDOWN_ALREADY'],
  RUNNING: ['SHUTDOWN_ALREADY'],
  START_FAILED: ['STARTING', 'SHUTDOWN_ALREADY'],
  SHUTDOWN_ALREADY: [],
};

/** Holds the state of one service and refuses illegal moves and calls by name. */
export class ServiceStateMachine {
  readonly what: string;
  #state: ServiceState = 'CREATE_JUST';

  /** `what` names the owner in error texts, e.g. `Producer of group orders`. */
  constructor(what: string) {
    this.what = what;
  }

  get state(): ServiceState {
    return this.#state;
  }

  get running(): boolean {
    return this.#state === 'RUNNING';
  }

  /** Throws ClientError `WRONG_STATE` when the table has no such move. */
  moveTo(next: ServiceState): void {
    if (!serviceMoves[this.#state].includes(next)) {
      throw new ClientError('WRONG_STATE', `${this.what} is ${this.#state} and cannot become ${next}.`, {
        facts: { state: this.#state },
      });
    }
    this.#state = next;
  }

  /** Throws ClientError `WRONG_STATE` unless running. */
  requireRunning(method: string): void {
    if (this.#state !== 'RUNNING') {
      throw new ClientError('WRONG_STATE', `${this.what} is ${this.#state}; ${method} needs RUNNING.`, {
        facts: { state: this.#state, method },
      });
    }
  }
}

/** What one producer or consumer does in its life. */
export interface ServiceWork {
  /** Ends soon after `stopping` aborts. */
  begin(stopping: AbortSignal): Promise<void>;
  /** Undoes what `begin` did, finished or not. */
  undo(): Promise<void>;
  /** Ends what is running. */
  end(): Promise<void>;
}

/** Start and stop of one producer or consumer, in any order of calls. */
export class ServiceLife {
  readonly #state: ServiceStateMachine;
  readonly #stopping = new AbortController();
  #starting: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;
  /** Whether there is something for `end`. */
  #toEnd = false;

  readonly #ended: () => void;

  /** `what` names the owner in error texts; `ended` is called at the end of each `stop`, also of one that failed. */
  constructor(what: string, ended: () => void = () => {}) {
    this.#state = new ServiceStateMachine(what);
    this.#ended = ended;
  }

  /** Throws ClientError `WRONG_STATE` unless running. */
  requireRunning(method: string): void {
    this.#state.requireRunning(method);
  }

  /** Rejects with what `begin` rejects with, after `undo`; with ClientError `WRONG_STATE` when it was stopped or may not start. */
  async start(work: ServiceWork): Promise<void> {
    this.#state.moveTo('STARTING');
    const starting = this.#start(work);
    this.#starting = starting.catch(() => {});
    return starting;
  }

  /** Rejects only with what `end` rejects with; then it may be called again. */
  stop(work: ServiceWork): Promise<void> {
    this.#stopped ??= this.#stop(work).catch((error: unknown) => {
      this.#stopped = undefined;
      throw error;
    });
    return this.#stopped;
  }

  async #start(work: ServiceWork): Promise<void> {
    const { signal } = this.#stopping;
    try {
      await work.begin(signal);
      if (signal.aborted)
        throw new ClientError('WRONG_STATE', `${this.#state.what} was stopped while it started.`, {
          facts: { state: this.#state.state, method: 'start' },
        });
    } catch (error) {
      await work.undo();
      if (this.#state.state === 'STARTING') this.#state.moveTo('START_FAILED');
      throw error;
    }
    this.#state.moveTo('RUNNING');
    this.#toEnd = true;
  }

  async #stop(work: ServiceWork): Promise<void> {
    if (this.#state.state !== 'SHUTDOWN_ALREADY') this.#state.moveTo('SHUTDOWN_ALREADY');
    this.#stopping.abort();
    await this.#starting;
    try {
      if (this.#toEnd) await work.end();
      this.#toEnd = false;
    } finally {
      this.#ended();
    }
  }
}

/** Resolves when `work` has settled or the signal aborts, whichever is first; rejects when the work did before that. */
export function unlessAborted(signal: AbortSignal, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => resolve();
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(() => resolve(), reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
