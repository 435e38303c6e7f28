import type { Clock, Logger } from '@rocketmq-ts/kernel';
import { asError } from '@rocketmq-ts/kernel';

/** How long a stop may take before the process ends without it. */
export const STOP_LIMIT_MS = 10_000;
/**
 * npm passes Ctrl-C on to the process that has got the signal from the terminal already: signals that come together count as one.
 */
const SAME_REQUEST_MS = 500;

interface GracefulStopOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends what runs. */
  readonly stop: () => Promise<void>;
  readonly print: (line: string) => void;
  /** Ends the process. */
  readonly exit: (code: number) => void;
}

/**
 * Turns signals into an orderly end: the first one stops the server and ends with 0, or with 1 when the stop failed or
 * took longer than ten seconds; another one, later than a moment after the first, ends at once with 130.
 */
export class GracefulStop {
  readonly #options: GracefulStopOptions;
  #since: number | undefined;

  constructor(options: GracefulStopOptions) {
    this.#options = options;
  }

  onSignal(signal: string): void {
    const { clock, logger, print, exit } = this.#options;
    const now = clock.monotonicMs();
    if (this.#since !== undefined) {
      if (now - this.#since < SAME_REQUEST_MS) return;
      print(`${signal} again: ends at once, the next start will recover`);
      exit(130);
      return;
    }
    this.#since = now;
    logger.info('Stopping', { signal });
    void this.#stop();
  }

  async #stop(): Promise<void> {
    const { clock, logger, stop, print, exit } = this.#options;
    const limit = clock.after(STOP_LIMIT_MS, () => {
      logger.error('The stop took too long: ends without it', { limitMs: STOP_LIMIT_MS });
      print(`Did not stop within ${STOP_LIMIT_MS / 1000} s: ends now, the next start will recover`);
      exit(1);
    });
    try {
      await stop();
    } catch (error) {
      limit.cancel();
      logger.error('The stop failed', { error: asError(error) });
      print(`The stop failed: ${asError(error).message}`);
      exit(1);
      return;
    }
    limit.cancel();
    exit(0);
  }
}
