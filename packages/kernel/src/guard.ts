import type { Clock } from './clock.ts';
import { asError } from './errors.ts';
import type { Logger } from './log.ts';
import { RepeatedLines } from './repeated-lines.ts';

/**
 * The one place where a server's own failures end. Every task that the system calls – timers, ends of turns, data and ends
 * of connections, results of the disk – is run by a guard: what it throws is logged with where it happened, each place
 * once and then counted, and the server keeps running. A periodic task runs again at its next time; a connection whose task failed
 * is closed, since it is unknown how far it had come; other connections are not touched.
 *
 * Handlers of requests have a guard of their own, which answers with the error. The store has one as well, and it is the
 * exception: a failure between the disk and the acknowledgement of puts may leave it with a wrong idea of what is durable,
 * so it turns read-only.
 *
 * A process that ends on an uncaught exception is left for what no guard can run: it is not reached by input.
 */
export class Guard {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #lines: RepeatedLines;

  constructor(clock: Pick<Clock, 'monotonicMs'>, logger: Logger) {
    this.#clock = clock;
    this.#lines = new RepeatedLines(logger);
  }

  /** Runs a task; false when it threw, which is logged. */
  run(place: string, task: () => void): boolean {
    try {
      task();
      return true;
    } catch (error) {
      this.report(place, error);
      return false;
    }
  }

  /** Logs a failure. `place` is what failed, the error has where. */
  report(place: string, thrown: unknown): void {
    const error = asError(thrown);
    const nowMs = this.#clock.monotonicMs();
    this.#lines.sweep(nowMs);
    const sentence = `A defect: ${place} failed; the server keeps running without it`;
    this.#lines.log(`${place} ${firstFrame(error)}`, nowMs, 'error', sentence, { error });
  }

  /** Logs what was counted and not logged, at the end. */
  flush(): void {
    this.#lines.flush(this.#clock.monotonicMs());
  }
}

/** Line of the stack in which an error was made: one defect is one place, whatever its message. */
function firstFrame(error: Error): string {
  return /^\s+at .*$/m.exec(error.stack ?? '')?.[0].trim() ?? error.message;
}
