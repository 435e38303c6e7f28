import type { Timer } from '@rocketmq-ts/kernel';
import type { MessageStore } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import { SafeProgress } from '../safe-progress.ts';
import { CheckRound, type CheckRoundParts } from './check-round.ts';
import { EscapeRound } from './escape-round.ts';
import { type HalfQueue, loadQueue } from './half-queue.ts';
import type { HalfQueueTable } from './half-queues.ts';

const PROGRESS_PERIOD_MS = 1000;

export interface TransactionChecksParts extends CheckRoundParts {
  readonly config: CheckRoundParts['config'] & Pick<BrokerConfig, 'transactionCheckInterval'>;
  readonly store: MessageStore;
  readonly queues: HalfQueueTable;
}

/**
 * Asks producers for their open transactions, in rounds. Progress is saved only behind what is on the disk: after a loss of
 * power no half message is passed whose copy or commit was lost. Source: TransactionalMessageCheckService.
 */
export class TransactionChecks {
  readonly #parts: TransactionChecksParts;
  readonly #safe: SafeProgress;
  #timers: Timer[] = [];
  #roundTimer: Timer | undefined;
  #round: Promise<void> | undefined;
  #stopped = false;
  #lastRoundMs = 0;

  constructor(parts: TransactionChecksParts) {
    this.#parts = parts;
    this.#safe = new SafeProgress(parts.clock, parts.store);
  }

  start(): void {
    this.#stopped = false;
    this.#safe.begin(this.#progress());
    this.#timers = [this.#parts.clock.every(PROGRESS_PERIOD_MS, () => this.#saveProgress())];
    this.#arm();
  }

  /** Resolves when no round is under way; then nothing is stored any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) timer.cancel();
    this.#roundTimer?.cancel();
    await this.#round;
  }

  /** The last progress, once all is stored. */
  async stopProgress(): Promise<void> {
    await this.#safe.settleLast(this.#progress());
    this.#takeSafe();
  }

  #arm(): void {
    if (this.#stopped) return;
    const { clock, config, logger } = this.#parts;
    this.#roundTimer = clock.after(config.transactionCheckInterval, () => {
      this.#round = this.#run()
        .catch((error: unknown) =>
          logger.error('a round of transaction checks failed; the next one follows', { error }),
        )
        .finally(() => {
          this.#round = undefined;
          this.#arm();
        });
    });
  }

  async #run(): Promise<void> {
    const { clock, logger, queues, checks } = this.#parts;
    const nowMs = clock.now();
    for (const queue of queues.all()) {
      if (this.#stopped) return;
      if (!queue.isLoaded) await loadQueue(queue, logger);
      if (!queue.isLoaded) continue;
      // By a clock that was set back they would wait too long.
      if (nowMs < this.#lastRoundMs) queue.immune.clear();
      await this.#check(queue);
    }
    this.#lastRoundMs = nowMs;
    checks.reportUnasked();
  }

  async #check(queue: HalfQueue): Promise<void> {
    if (this.#parts.mover.movesElsewhere) return await this.#sendElsewhere(queue);
    const round = new CheckRound(this.#parts, queue);
    await round.run(() => this.#stopped);
    const { asked, discarded } = round;
    if (asked + discarded === 0) return;
    const { queueId, offset } = queue;
    this.#parts.logger.info('open transactions were checked', { queueId, asked, discarded, offset });
  }

  async #sendElsewhere(queue: HalfQueue): Promise<void> {
    const round = new EscapeRound(this.#parts, queue);
    await round.run(() => this.#stopped);
    const { queueId, offset } = queue;
    if (round.escaped === 0) return;
    this.#parts.logger.info('open transactions of the absent master are another master’s now', {
      ...{ queueId, transactions: round.escaped, offset },
    });
  }

  #progress(): number[] {
    return this.#parts.queues.all().flatMap(({ offset, opOffset }) => [offset, opOffset]);
  }

  #saveProgress(): void {
    if (this.#safe.settle()) this.#takeSafe();
    const progress = this.#progress();
    if (progress.some((offset, index) => offset !== this.#safe.offsets[index])) this.#safe.want(progress);
    if (this.#safe.settle()) this.#takeSafe();
  }

  #takeSafe(): void {
    for (const [index, queue] of this.#parts.queues.all().entries()) {
      const offset = this.#safe.offsets[2 * index];
      const opOffset = this.#safe.offsets[2 * index + 1];
      if (offset !== undefined && opOffset !== undefined) queue.saveProgress(offset, opOffset);
    }
  }
}
