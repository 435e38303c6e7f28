import type { Logger } from '@rocketmq-ts/kernel';
import type { MessageStore } from '@rocketmq-ts/store';
import { findCommonPoint } from './common-point.ts';
import type { ProbeParts } from './log-probe.ts';

export interface LogRepairParts extends ProbeParts {
  readonly logger: Logger;
  readonly store: Pick<MessageStore, 'facts' | 'readLog' | 'truncateLog'>;
  readonly fileSizeBytes: number;
  /** Whether the log may be cut now. Default: never. */
  readonly mayTruncate?: (() => boolean) | undefined;
}

/** Cuts a log where it parts from a master's that it has diverged from, as the default protocol allows to find that place. */
export class LogRepair {
  readonly #parts: LogRepairParts;

  constructor(parts: LogRepairParts) {
    this.#parts = parts;
  }

  isPermitted(): boolean {
    return this.#parts.mayTruncate?.() === true;
  }

  /** Rejects when the place can't be found, or the store refuses the cut. */
  async run(masterAddress: string, signal: AbortSignal): Promise<void> {
    const { clock, store, logger } = this.#parts;
    const end = store.facts.appendOffset;
    const found = await findCommonPoint(this.#parts, masterAddress, signal);
    if (found === undefined) throw new Error('the master shows nothing of its log, which seems to be empty');
    const { offset, sentence } = found;
    if (signal.aborted || offset >= end || !this.isPermitted()) return;
    const keep = `${String(offset).padStart(20, '0')}-${clock.now()}`;
    logger.warn('the end of the log is cut off, since the master has something else there; it is kept in a file', {
      ...{ master: masterAddress, because: sentence, cutAt: offset, end, file: `truncated-log/${keep}` },
    });
    await store.truncateLog(offset, keep);
  }
}
