import { dispatch } from '../dispatch/dispatch.ts';
import type { MessageIndex } from '../index/message-index.ts';
import type { LogHoles } from '../log/holes.ts';
import { rewriteLog } from '../log/rewrite.ts';
import { LogScan } from '../log/scan.ts';
import { storedTagsCode } from '../queue/tags-code.ts';
import { IndexRebuild } from './index-rebuild.ts';
import { FirstUnits, QueueRebuild } from './queue-rebuild.ts';
import { LogReplay, type ReplayResult } from './replay.ts';
import { RecoveryReport } from './report.ts';
import { type StartParts, type StartPoint, type StoreBefore, startPoint, wholeLog } from './start-policy.ts';

/** Bounds the memory that rebuilt units take. */
const RECORDS_BETWEEN_FLUSHES = 100_000;

/** What was found in the log, and made of it. */
export interface RecoveryResult extends Omit<ReplayResult, 'holes' | 'openFrom'> {
  /** Places that were broken although good records follow. */
  readonly damaged: number;
  /** Where the replay began: what lies before was not looked at. */
  readonly replayedFrom: number;
}

export interface RecoveryParts extends Omit<StartParts, 'scan'> {
  readonly holes: LogHoles;
  readonly index: MessageIndex | undefined;
}

export interface RecoveryOptions {
  readonly delayLevelsMs: readonly number[];
  /** How far behind zeros the log may continue, where nothing is known to be durable. */
  readonly zerosLookAheadBytes: number;
}

/** One replay of the log, and whether the queues that it rebuilt can be right. */
interface Replayed extends ReplayResult, RecoveryResult {
  readonly queuesLackUnits: boolean;
}

/**
 * Finds the end of the log and brings the consume queues and the index in line with it: units of records from the start point
 * on are dropped and built again from the log. Reads only from the point that a clean stop or the checkpoint leaves open.
 * What is broken in the middle of the log is filled, so that no reader of the log ends there; its queue offsets stay empty.
 */
export function recover(parts: RecoveryParts, before: StoreBefore, options: RecoveryOptions): RecoveryResult {
  return parts.log.files.files.length === 0 ? emptyStore(parts) : new Recovery(parts, before, options).run();
}

/** A store without a file of the log has no queues and no index. */
function emptyStore({ log, queues, index, logger }: RecoveryParts): RecoveryResult {
  for (const queue of queues.all()) queue.reset();
  if (index !== undefined) new IndexRebuild(index, log, new LogScan(log.files), logger).finish(0);
  return {
    ...{ endOffset: 0, replayedFrom: 0, records: 0, damaged: 0 },
    ...{ firstStoreTimestamp: -1, lastStoreTimestamp: 0, lastRecordOffset: -1 },
  };
}

class Recovery {
  readonly #parts: RecoveryParts;
  readonly #before: StoreBefore;
  readonly #options: RecoveryOptions;
  readonly #scan: LogScan;
  readonly #index: IndexRebuild | undefined;
  readonly #firstUnits = new FirstUnits();

  constructor(parts: RecoveryParts, before: StoreBefore, options: RecoveryOptions) {
    const { log, index, checkpoint, logger } = parts;
    this.#parts = parts;
    this.#before = before;
    this.#options = options;
    this.#scan = new LogScan(log.files);
    this.#scan.leastTimestamp = checkpoint.leastTimestamp;
    this.#index = index && new IndexRebuild(index, log, this.#scan, logger);
  }

  run(): RecoveryResult {
    const { log, checkpoint, logger } = this.#parts;
    const start = startPoint({ ...this.#parts, scan: this.#scan }, this.#before);
    if (start.rebuildsQueues) checkpoint.resetQueueStamp();
    this.#index?.fillUpTo(start.offset, start.continues?.place.indexState ?? -1);
    let replayed = this.#replay(start);
    if (replayed.queuesLackUnits) {
      logger.warn('consume queues lack units from before the checkpoint; they are rebuilt from the whole log');
      checkpoint.resetQueueStamp();
      replayed = this.#replay(wholeLog(log));
    }
    this.#mendLog(replayed);
    this.#index?.finish(replayed.endOffset);
    this.#tidyQueues(replayed.replayedFrom, start);
    return replayed;
  }

  /** Dispatches every record from the start point on. */
  #replay({ offset: start, continues }: StartPoint): Replayed {
    const { log, queues, holes, checkpoint, logger } = this.#parts;
    const { delayLevelsMs, zerosLookAheadBytes } = this.#options;
    const report = new RecoveryReport(log, logger);
    const rebuild = new QueueRebuild({ log, queues, report, firstUnits: this.#firstUnits, start });
    if (continues === undefined) {
      rebuild.dropUnits({ clearsBehindEnds: !this.#before.cleanStop, checksAll: !checkpoint.trustsQueues });
    }
    rebuild.checkEnds();
    const replay = new LogReplay(
      { log, scan: this.#scan, holes, report, checkpoint },
      {
        zerosLookAheadBytes,
        cleanStop: this.#before.cleanStop,
        lastRecordOffset: continues?.place.lastRecordOffset ?? -1,
        lastStoreTimestamp: continues?.lastStoreTimestamp ?? 0,
      },
    );
    const index = this.#index;
    let records = 0;
    const result = replay.run(start, {
      take(record): boolean {
        if (!dispatch(record, storedTagsCode(record, delayLevelsMs), rebuild, index)) return false;
        rebuild.passed(record);
        records += 1;
        if (records % RECORDS_BETWEEN_FLUSHES === 0) queues.flushSync();
        return true;
      },
      get isDone(): boolean {
        return rebuild.lacksUnits;
      },
    });
    rebuild.finish();
    return { ...result, replayedFrom: start, damaged: report.damaged, queuesLackUnits: rebuild.lacksUnits };
  }

  /**
   * Holes are filled. Files behind the end are removed and the rest of the last one is cleared, so that no stale record can be
   * taken for a good one later. What was found is made durable before it is read: a process that was killed may have
   * left it unsynced, or ended because a flush failed.
   */
  #mendLog({ replayedFrom, endOffset: end, holes, openFrom }: Replayed): void {
    const { log, logger } = this.#parts;
    const { files } = log;
    for (const hole of holes) this.#parts.holes.fill(hole);
    if (holes.length > 0) this.#scan.forget();
    const last = files.fileAt(end);
    files.removeFrom(last === undefined ? end : last.baseOffset + 1);
    if (last !== undefined) last.clearFrom(end - last.baseOffset);
    const rewriteFrom = this.#before.cleanStop ? end : (openFrom ?? end);
    if (rewriteFrom < end) {
      const fields = { from: rewriteFrom, bytes: end - rewriteFrom };
      logger.info('records that may not be durable are written again', fields);
    }
    rewriteLog(files, replayedFrom, rewriteFrom, end);
  }

  /** Queues of which no record is left have no folder, and none begins before the log. */
  #tidyQueues(replayedFrom: number, { continues }: StartPoint): void {
    const { log, queues } = this.#parts;
    if (replayedFrom === log.minOffset) queues.removeEmptyFolders();
    if (replayedFrom === continues?.place.endOffset) return;
    for (const queue of queues.all()) queue.raiseMinOffset(log.minOffset);
  }
}
