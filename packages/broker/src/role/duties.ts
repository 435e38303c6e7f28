import { asError, type Clock, type Logger, type Timer } from '@rocketmq-ts/kernel';
import type { Feature } from '../feature.ts';
import type { BrokerRole } from './broker-role.ts';

/** Work that one broker of a replica group does at a time: its master, or the slave that acts as one. */
export interface Duty {
  /** For the log. */
  readonly name: string;
  /** Loads its progress anew, since a slave's progress is its master's, and begins to work. May follow a `endDuty`. */
  beginDuty(): Promise<void>;
  /** Resolves when nothing of it is under way and its progress is saved. */
  endDuty(): Promise<void>;
}

export interface DutiesParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly role: BrokerRole;
}

/** A duty that did not begin is tried again after this time. */
const RETRY_MS = 1000;

/**
 * Begins and ends duties as the broker's role changes, one change after the other, in their order and in the reverse of it.
 * What the role was meanwhile does not matter: a change that was undone before its turn does nothing.
 */
export class Duties implements Feature {
  readonly #parts: DutiesParts;
  readonly #duties: readonly Duty[];
  /** Those of `#duties` that work: the first so many. */
  #working = 0;
  #change: Promise<void> | undefined;
  /** The role changed while a change was under way, maybe after its last look at the role: a look follows its end. */
  #changedMeanwhile = false;
  #retry: Timer | undefined;
  #isRunning = false;
  /** Of the end of a duty, while the broker stops. */
  #failure: { readonly error: unknown } | undefined;

  constructor(parts: DutiesParts, duties: readonly Duty[]) {
    this.#parts = parts;
    this.#duties = duties;
    parts.role.onChange(() => this.#follow());
  }

  /** Rejects with why a duty does not begin: a broker whose progress can't be read does not start. */
  async start(): Promise<void> {
    this.#isRunning = true;
    await this.#becomeAsWanted();
  }

  /** Rejects with the first error of a duty that could not save its progress. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#retry?.cancel();
    await this.settled();
    await this.#becomeAsWanted();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** When duties are as the role wants them, or one failed to begin. */
  async settled(): Promise<void> {
    while (this.#change !== undefined) await this.#change;
  }

  #follow(): void {
    if (!this.#isRunning) return;
    if (this.#change !== undefined) {
      this.#changedMeanwhile = true;
      return;
    }
    this.#change = this.#becomeAsWanted()
      .catch((error: unknown) => {
        this.#parts.logger.error('work of the master does not begin; it is tried again', {
          work: this.#duties[this.#working]?.name,
          error: asError(error),
        });
        this.#retry?.cancel();
        if (this.#isRunning) this.#retry = this.#parts.clock.after(RETRY_MS, () => this.#follow());
      })
      .finally(() => {
        this.#change = undefined;
        if (!this.#changedMeanwhile) return;
        this.#changedMeanwhile = false;
        this.#follow();
      });
  }

  async #becomeAsWanted(): Promise<void> {
    for (;;) {
      const isWanted = this.#isRunning && this.#parts.role.isOnDuty;
      if (isWanted && this.#working < this.#duties.length) {
        await this.#duties[this.#working]!.beginDuty();
        this.#working += 1;
      } else if (!isWanted && this.#working > 0) {
        this.#working -= 1;
        await this.#end(this.#duties[this.#working]!);
      } else return;
    }
  }

  /** A duty whose progress can't be saved has ended all the same. */
  async #end(duty: Duty): Promise<void> {
    try {
      await duty.endDuty();
    } catch (error) {
      if (!this.#isRunning) this.#failure ??= { error };
      this.#parts.logger.error('work of the master has ended with an error', {
        work: duty.name,
        error: asError(error),
      });
    }
  }
}
