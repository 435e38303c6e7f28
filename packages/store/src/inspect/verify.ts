import { isHoleRecord } from '../log/hole-record.ts';
import { BatchQueueCheck } from './batch-queue-check.ts';
import { IndexCheck } from './index-check.ts';
import { type DamagedPlace, LogWalk } from './log-walk.ts';
import { QueueCheck } from './queue-check.ts';
import { StoreView, type ViewOptions } from './store-view.ts';

export interface VerifyOptions extends ViewOptions {
  /** Called now and then with how much of the commit log is read. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
}

/** What a verification found. */
export type Verification = Readonly<ReturnType<typeof verifyView>>;

const BYTES_BETWEEN_REPORTS = 16 * 1024 * 1024;
/** More damaged places than that are counted, but units that lead into them are reported as well. */
const PLACES_KEPT = 10_000;

/**
 * Reads every record of a store and holds consume queues and index against them. Memory does not grow with the store, but
 * for a few numbers for each queue. Throws STORE_NOT_FOUND, and errors of the system where a file can't be read.
 */
export function verifyStore(options: VerifyOptions): Verification {
  const view = new StoreView(options);
  try {
    return verifyView(view, options.onProgress ?? (() => {}));
  } finally {
    view.close();
  }
}

function verifyView(view: StoreView, onProgress: (doneBytes: number, totalBytes: number) => void) {
  const { log, findings, cleanStop, config } = view;
  const damaged: DamagedPlace[] = [];
  const queueCheck = new QueueCheck(view, damaged);
  const batchCheck = new BatchQueueCheck(view, damaged);
  const indexCheck = new IndexCheck(view, damaged);
  const report = (place: DamagedPlace): void => {
    if (damaged.length < PLACES_KEPT) damaged.push(place);
    const { file, position } = log.place(place.from);
    const lost = `${place.to - place.from} bytes up to offset ${place.to} are lost`;
    findings.add(place.kind, file, position, `${place.detail}; ${lost}`);
  };
  const walk = new LogWalk(log, report);
  const lastEnd = log.lastUsed?.endOffset ?? 0;
  const { newestOffset } = queueCheck;
  const inLog = newestOffset > log.minOffset && newestOffset < lastEnd;
  const totalBytes = (inLog ? newestOffset : lastEnd) - log.minOffset;
  let nextReport = log.minOffset;
  let records = 0;
  let hole: DamagedPlace | undefined;
  while (walk.next()) {
    const { head } = walk;
    if (hole !== undefined) {
      // At the end of a file a blank record behind it takes the rest of what was lost.
      report({ ...hole, to: head.physicalOffset });
      hole = undefined;
    }
    if (isHoleRecord(head)) {
      hole = { kind: 'LOG_HOLE', from: head.physicalOffset, to: walk.offset, detail: 'an earlier start filled it' };
      continue;
    }
    records += 1;
    if (batchCheck.has(head)) batchCheck.visit(head);
    else queueCheck.visit(head);
    indexCheck.visit(head);
    if (walk.offset < nextReport) continue;
    nextReport = walk.offset + BYTES_BETWEEN_REPORTS;
    onProgress(walk.offset - log.minOffset, totalBytes);
  }
  if (walk.tail !== undefined) {
    const { file, position } = log.place(walk.tail.from);
    findings.add('LOG_TAIL', file, position, walk.tail.detail);
  }
  queueCheck.finish(walk.offset);
  batchCheck.finish(walk.offset);
  indexCheck.finish(walk.offset);
  view.timers?.check(findings);
  onProgress(totalBytes, totalBytes);
  return {
    folder: view.root,
    cleanStop,
    records,
    /** Bytes of the commit log that were read, from its first offset to its end. */
    logBytes: walk.offset - log.minOffset,
    logEnd: walk.offset,
    queues: queueCheck.queueCount + batchCheck.queueCount,
    units: queueCheck.unitCount + batchCheck.unitCount,
    indexFiles: view.index.files.length,
    indexEntries: indexCheck.entryCount,
    configFiles: config.files.length,
    findings: findings.counts(),
    damaged: findings.damaged,
    firstDamage: findings.firstDamage,
  };
}
