import { asError, type Clock, type Logger, sleep } from '@rocketmq-ts/kernel';
import type { ConsumeQueue } from '../queue/consume-queue.ts';
import type { ConsumeQueueTable } from '../queue/table.ts';
import type { UnitCache } from '../read/unit-cache.ts';

/** Queues that are looked at without a pause, so that tens of thousands of them don't hold the loop. */
const SLICE_QUEUES = 64;
const SLICE_MS = 1;
/** A walk that no caller waits for takes a fifth of the loop. */
const PAUSE_MS = 4;
const SHORT_PAUSE_MS = 1;

export interface QueueCleanUpParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly queues: ConsumeQueueTable;
  readonly units: UnitCache;
}

/**
 * Lets the consume queues follow the commit log: their first readable offset is that of the first record which the log
 * still holds, and files that lie wholly before it are removed. A queue's last file stays, since the next offset follows from it.
 * Source: ConsumeQueueStore$CleanConsumeQueueService, ConsumeQueue#correctMinOffset.
 */
export class QueueCleanUp {
  readonly #parts: QueueCleanUpParts;
  #isFailing = false;

  constructor(parts: QueueCleanUpParts) {
    this.#parts = parts;
  }

  /**
   * Walks all queues in slices; `pauseMs` between two that lose files, 0 when a caller waits for the end. Returns false when it was aborted or some queue could
   * not be cleaned, so that it is to be done again. Never rejects.
   */
  async clean(logMinOffset: number, pauseMs: number, signal: AbortSignal): Promise<boolean> {
    const { clock, logger } = this.#parts;
    let inSlice = 0;
    let sliceEndMs = clock.monotonicMs() + SLICE_MS;
    let failed = 0;
    let failure: Error | undefined;
    for (const queue of this.#parts.queues.all()) {
      if (signal.aborted) return false;
      try {
        const wasResting = queue.isResting;
        if (!queue.removed && !queue.isEmpty) queue.raiseMinOffset(logMinOffset);
        // A look at an idle queue leaves nothing behind: there may be a hundred thousand of them.
        if (wasResting && queue.fileCount < 2) queue.rest();
        else if (await this.#removeFiles(queue)) await sleep(clock, pauseMs, signal);
      } catch (error) {
        failed += 1;
        failure ??= asError(error);
      }
      inSlice += 1;
      if (inSlice < SLICE_QUEUES && clock.monotonicMs() < sliceEndMs) continue;
      await sleep(clock, pauseMs === 0 ? SHORT_PAUSE_MS : PAUSE_MS, signal);
      inSlice = 0;
      sliceEndMs = clock.monotonicMs() + SLICE_MS;
    }
    const wasFailing = this.#isFailing;
    this.#isFailing = failed > 0;
    if (failed === 0) return true;
    if (wasFailing) return false;
    logger.warn('consume queues could not be cleaned; they are tried again', { queues: failed, error: failure });
    return false;
  }

  /** False when there was nothing to remove. Rejects with the disk's error. */
  async #removeFiles(queue: ConsumeQueue): Promise<boolean> {
    if (queue.fileCount < 2) return false;
    const { logger, queues, units } = this.#parts;
    const { files } = queue;
    const before = files.files.length;
    while (!queue.removed && files.files.length > 1) {
      const first = files.files[0]!;
      // Units that are only in memory are written first.
      if (first.endOffset > Math.min(queue.minUnit, queue.flushedUnit) * queue.unitBytes) break;
      queues.unsynced.delete(first);
      units.forget(queue);
      const error = await files.removeFirst();
      if (error !== null) throw error;
    }
    if (queue.removed || files.files.length === before) return false;
    logger.info('files of a consume queue were removed', {
      topic: queue.topic,
      queueId: queue.queueId,
      files: before - files.files.length,
      minOffset: queue.minOffset,
    });
    return true;
  }
}
