import { Logger } from '@nestjs/common';
import { fromConsole, type LoggerLike } from '@rocketmq-ts/client';

/** The client's warnings and errors as lines of Nest's logger, with the facts behind the sentence. */
export function nestLogger(context: string): ReturnType<typeof fromConsole> {
  const logger = new Logger(context);
  const write =
    (level: 'debug' | 'warn' | 'error') =>
    (sentence: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      const { error: _error, stack, errorClass, ...others } = fields;
      const facts = Object.entries(others)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
      const line = facts.length === 0 ? sentence : `${sentence} (${facts.join(', ')})`;
      if (level === 'error') logger.error(line, typeof stack === 'string' ? stack : undefined);
      else logger[level](line);
    };
  const like: LoggerLike = { debug: write('debug'), info: write('debug'), warn: write('warn'), error: write('error') };
  return fromConsole(like);
}
