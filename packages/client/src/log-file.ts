import { homedir } from 'node:os';
import { join } from 'node:path';
import { createLogDirectory, type Logger, parseLogLevels } from '@rocketmq-ts/kernel';
import { ClientError } from './errors.ts';

const MIB = 1024 * 1024;

/** Where a client logs; the names behind each are those of the Java client's system properties. */
export interface LogFileOptions {
  /** Folder. Default `~/logs/rocketmqlogs`. (`rocketmq.log.root`) */
  readonly directory?: string | undefined;
  /** From which level on: `debug`, `info`, `warn` or `error`, also by logger, as `info,PushConsumer:debug`. Default `info`. (`rocketmq.log.level`) */
  readonly level?: string | undefined;
  /** Rolled files that are kept. Default 10. (`rocketmq.log.file.maxIndex`) */
  readonly maxFiles?: number | undefined;
  /** `json`: each line is an object. Default `text`. */
  readonly format?: 'text' | 'json' | undefined;
}

/** A logger that holds its file. */
export interface LogFile extends Logger {
  /** Writes what waits and closes the file; later lines are ignored. At the end of the process that happens by itself. */
  close(): Promise<void>;
}

/**
 * A logger for the option `logger` that writes `rocketmq_client.log` as the Java client does: 64 MiB each, rolled to `other_days/`. Lines wait
 * at most 200 ms. A file that can't be written costs lines, which are counted, and nothing else. One is enough for all clients of a process.
 * Throws OPTION_ILLEGAL for a level that there is not.
 *
 * ```ts
 * const logger = logFile({ level: 'warn' });
 * const producer = new Producer({ namesrvAddr, producerGroup: 'orders', logger });
 * ```
 */
export function logFile(options: LogFileOptions = {}): LogFile {
  const { directory = join(homedir(), 'logs', 'rocketmqlogs'), level = 'info', maxFiles = 10, format } = options;
  const levels = parseLogLevels(level);
  if (levels === undefined)
    throw new ClientError('OPTION_ILLEGAL', `level ${level} is none of debug, info, warn, error`);
  const file = { file: 'rocketmq_client.log', maxFiles, maxFileBytes: 64 * MIB, rolledDirectory: 'other_days' };
  return createLogDirectory({ directory, routes: {}, fallback: file, levels, format });
}
