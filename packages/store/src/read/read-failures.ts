import { type Logger, systemErrorCode } from '@rocketmq-ts/kernel';
import { StoreLimits } from '../options.ts';

/** Files that can't be read in places: each is logged once, since readers try again and again. */
export class ReadFailures {
  readonly #logger: Logger;
  readonly #files = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  report(error: Error, file: string): void {
    if (this.#files.has(file) || this.#files.size >= StoreLimits.unreadableFiles) return;
    this.#files.add(file);
    this.#logger.error('a file can not be read in places; readers of such a place get an error, others are served', {
      errno: systemErrorCode(error),
      file,
      error,
    });
  }
}
