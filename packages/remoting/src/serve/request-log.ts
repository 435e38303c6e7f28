import type { Clock, LogFields, Logger, RepeatedLines } from '@rocketmq-ts/kernel';
import type { Command } from '@rocketmq-ts/protocol';

/** Lines about requests and their handlers; peers may cause any number of them, so equal ones are counted. */
export class RequestLog {
  readonly #logger: Logger;
  readonly #lines: RepeatedLines;
  readonly #clock: Pick<Clock, 'monotonicMs'>;

  constructor(logger: Logger, lines: RepeatedLines, clock: Pick<Clock, 'monotonicMs'>) {
    this.#logger = logger;
    this.#lines = lines;
    this.#clock = clock;
  }

  handlerFailed(command: Command, peer: string, error: Error): void {
    this.#log('failed', 'error', 'A handler failed', command, { command: command.name, peer, error });
  }

  refused(command: Command, peer: string, error: Error): void {
    const fields = { peer, command: command.name, reason: error.message };
    this.#log('refused', 'warn', 'A request was refused', command, fields);
  }

  answeredTwice(command: Command, peer: string): void {
    this.#log('twice', 'error', 'A handler answered twice', command, { command: command.name, peer });
  }

  answerTooLarge(command: Command, peer: string, error: Error): void {
    this.#log('too large', 'error', 'An answer could not be sent', command, { command: command.name, peer, error });
  }

  badHeader(command: Command, peer: string, error: Error): void {
    this.#logger.debug('A request was refused', { peer, code: command.code, reason: error.message });
  }

  #log(kind: string, level: 'warn' | 'error', sentence: string, command: Command, fields: LogFields): void {
    this.#lines.log(`${kind} ${command.name}`, this.#clock.monotonicMs(), level, sentence, fields);
  }
}
