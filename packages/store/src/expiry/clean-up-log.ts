import { type Clock, type Disk, type Logger, sleep } from '@rocketmq-ts/kernel';
import type { ExpiryConfig } from '../config.ts';
import type { CommitLog } from '../log/commit-log.ts';
import type { MappedFile } from '../log/mapped-file.ts';

const HOUR_MS = 3_600_000;

export interface LogCleanUpParts {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly logger: Logger;
  readonly log: CommitLog;
  readonly config: ExpiryConfig;
}

/** Removes files from the beginning of the commit log. Source: MappedFileQueue#deleteExpiredFileByTime. */
export class LogCleanUp {
  readonly #parts: LogCleanUpParts;
  /** The file whose removal failed last: that is logged once. */
  #failedPath: string | undefined;

  constructor(parts: LogCleanUpParts) {
    this.#parts = parts;
  }

  /**
   * Removes expired files, oldest first, until one is not expired, a round's count is reached or `signal` aborts. `forcibly`
   * is asked before each file: while it holds, age does not count. Returns how many were removed. Never rejects.
   */
  async clean(forcibly: () => boolean, signal: AbortSignal): Promise<number> {
    const { clock, logger, config } = this.#parts;
    for (let count = 0; ; ) {
      const file = this.#oldest();
      if (file === undefined || signal.aborted) return count;
      const forced = !this.#isExpired(file) && config.cleanFileForciblyEnable && forcibly();
      if (!forced && !this.#isExpired(file)) return count;
      const error = await this.#parts.log.files.removeFirst();
      if (error !== null) {
        if (this.#failedPath !== file.path) {
          logger.warn('a commit log file could not be removed; it is tried again', { path: file.path, error });
        }
        this.#failedPath = file.path;
        return count;
      }
      count += 1;
      logger.info('a commit log file was removed', { path: file.path, forced, minOffset: this.#parts.log.minOffset });
      if (count >= config.deleteFileBatchMax) return count;
      if (this.#oldest() !== undefined) await sleep(clock, config.deleteCommitLogFilesInterval, signal);
    }
  }

  /**
   * The oldest file when it may be removed: never the one that is appended to, nor one that is not whole on the disk (a flush may
   * still hold it until something behind it is flushed).
   */
  #oldest(): MappedFile | undefined {
    const { log } = this.#parts;
    const file = log.files.files[0];
    return file !== undefined && file.endOffset < log.flushedOffset ? file : undefined;
  }

  #isExpired(file: MappedFile): boolean {
    const { clock, disk, config } = this.#parts;
    const modifiedMs = disk.stat(file.path)?.modifiedMs ?? 0;
    return clock.now() >= modifiedMs + config.fileReservedTime * HOUR_MS;
  }
}
