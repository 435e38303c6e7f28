import { ClientError } from './errors.ts';

/** States of producers, consumers and client instances. Source: ServiceState; STARTING is ours, since start is asynchronous. */
export type ServiceState = 'CREATE_JUST' | 'STARTING' | 'RUNNING' | 'START_FAILED' | 'SHUTDOWN_ALREADY';

/** The legal moves. */
export const serviceMoves: Readonly<Record<ServiceState, readonly ServiceState[]>> = {
  CREATE_JUST: ['STARTING', 'SHUTDOWN_ALREADY'],
  STARTING: ['RUNNING', 'START_FAILED'],
  RUNNING: ['SHUTDOWN_ALREADY'],
  START_FAILED: ['SHUTDOWN_ALREADY'],
  SHUTDOWN_ALREADY: [],
};

/** Holds the state of one service and refuses illegal moves and calls by name. */
export class ServiceStateMachine {
  readonly #what: string;
  #state: ServiceState = 'CREATE_JUST';

  /** `what` names the owner in error texts, e.g. `Producer of group orders`. */
  constructor(what: string) {
    this.#what = what;
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
      throw new ClientError('WRONG_STATE', `${this.#what} is ${this.#state} and cannot become ${next}.`);
    }
    this.#state = next;
  }

  /** Throws ClientError `WRONG_STATE` unless running. */
  requireRunning(method: string): void {
    if (this.#state !== 'RUNNING') {
      throw new ClientError('WRONG_STATE', `${this.#what} is ${this.#state}; ${method} needs RUNNING.`);
    }
  }
}
