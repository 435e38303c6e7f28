import { sleep } from '@rocketmq-ts/kernel';
import { QUIET_MS } from '../queue/ends-file.ts';
import type { StoreParts } from './parts.ts';

/**
 * Answers the puts that wait, flushes everything, and marks the stop as a clean one when all of it is durable; otherwise the
 * next start checks as much as after a crash.
 */
export async function closeStore(parts: StoreParts): Promise<void> {
  const { running, repair, refill, stats, expiry, flush, derivedFlush, log, pool, folder, logger, checkpoint, marks } =
    parts;
  running.transitionTo('STOPPED');
  checkpoint.confirmOffset = marks.visible;
  repair.stop();
  stats.stop();
  await expiry.stop();
  await flush.stop();
  const logIsWhole = refill.stop();
  const derivedIsDurable = await derivedFlush.stop();
  const logIsDurable = running.failure === undefined && log.flushedOffset === log.writtenOffset;
  const clean = logIsDurable && logIsWhole && derivedIsDurable && (await markClean(parts));
  if (logIsDurable && !clean) await saveFlushPoint(parts);
  pool.closeAll();
  folder.leave();
  logger.info('the store is closed', { maxOffset: log.appendOffset, clean });
}

/** What is durable stays promised where queues or index are not: damage in it must not look like writes that were lost. */
async function saveFlushPoint({ checkpoint, logger }: StoreParts): Promise<void> {
  try {
    await checkpoint.saveAndSync();
  } catch (error) {
    logger.warn('how far the log is durable could not be saved', { error });
  }
}

/** False when the disk does not take it. */
async function markClean(parts: StoreParts): Promise<boolean> {
  const { clock, log, checkpoint, progress, ends, queues, puts, index, folder, logger } = parts;
  try {
    log.tidyEnd();
    checkpoint.physicMsgTimestamp = progress.confirmedTimestamp;
    checkpoint.logicsMsgTimestamp = progress.confirmedTimestamp;
    await sleep(clock, QUIET_MS);
    await checkpoint.saveAndSync();
    ends.save(queues, {
      minOffset: log.minOffset,
      endOffset: log.appendOffset,
      lastRecordOffset: puts.lastPhysicalOffset,
      indexState: index?.messages.completeState() ?? -1,
    });
    folder.markStopped();
    return true;
  } catch (error) {
    logger.warn('the stop could not be marked as clean; the next start checks what is open', { error });
    return false;
  }
}
