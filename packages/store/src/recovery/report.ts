import type { Logger } from '@rocketmq-ts/kernel';
import type { CommitLog } from '../log/commit-log.ts';

const DAMAGED = 'a damaged place is in the commit log; what follows it is readable';

/** What one replay of the log finds wrong: counted, and logged with file and place. */
export class RecoveryReport {
  readonly #log: CommitLog;
  readonly #logger: Logger;
  /** Places that are broken although good records follow. */
  damaged = 0;
  /** Records that earlier starts put where some were lost. */
  holeRecords = 0;

  constructor(log: CommitLog, logger: Logger) {
    this.#log = log;
    this.#logger = logger;
  }

  /** True when records were lost where the replay has been: queues may lack them. */
  get explainsGaps(): boolean {
    return this.damaged > 0 || this.holeRecords > 0;
  }

  damagedPlace(offset: number, fields: Readonly<Record<string, unknown>>): void {
    this.damaged += 1;
    this.error(DAMAGED, offset, fields);
  }

  error(sentence: string, offset: number, fields: Readonly<Record<string, unknown>> = {}): void {
    const file = this.#log.files.fileAt(offset)!;
    this.#logger.error(sentence, { file: file.path, position: offset - file.baseOffset, offset, ...fields });
  }
}
