import { isInQueue } from '../dispatch/dispatch.ts';
import type { RecordHead } from '../log/record.ts';
import { type BatchEntry, messagesIn, readBatchUnit } from '../queue/batch-consume-queue.ts';
import { storedTagsCode } from '../queue/tags-code.ts';
import { BATCH_UNIT_BYTES, FILLER_SIZE } from '../queue/unit-layout.ts';
import type { FindingKind } from './findings.ts';
import type { DamagedPlace } from './log-walk.ts';
import { isIn } from './queue-check.ts';
import type { QueueFiles } from './queue-files.ts';
import type { StoreView } from './store-view.ts';
import { UnitWindows } from './unit-windows.ts';

/** One batch queue while the log is walked through. */
interface QueueState {
  readonly files: QueueFiles;
  readonly end: number;
  /** Unit that the next record should have. */
  next: number;
  /** Records without a unit, reported when it is known that they are of this life of the topic. */
  missing: RecordHead[];
  missingCount: number;
}

/** Places of missing units that are reported; the others are counted. */
const MISSING_KEPT = 1;

/** Holds the units of batch queues against the records of the log, in step with a walk through it. */
export class BatchQueueCheck {
  readonly #store: StoreView;
  readonly #damaged: readonly DamagedPlace[];
  readonly #states = new Map<string, QueueState>();
  readonly #windows = new UnitWindows<QueueState>(BATCH_UNIT_BYTES);
  queueCount = 0;
  unitCount = 0;

  /** `damaged`: places of the log that were met so far. */
  constructor(store: StoreView, damaged: readonly DamagedPlace[]) {
    this.#store = store;
    this.#damaged = damaged;
    for (const [topic, queues] of store.batchQueues.topics) {
      for (const [queueId, files] of queues) {
        const end = files.findEnd();
        const next = files.firstUnit;
        this.#states.set(`${topic}/${queueId}`, { files, end, next, missing: [], missingCount: 0 });
        this.queueCount += 1;
        this.unitCount += end - next;
      }
    }
  }

  /** True for the queue of a record if it is a batch queue that has files. */
  has({ topic, queueId }: RecordHead): boolean {
    return this.#store.batchQueues.topics.get(topic)?.has(queueId) === true;
  }

  /** The next record of the log, of a queue that it has. */
  visit(head: RecordHead): void {
    if (!isInQueue(head.sysFlag)) return;
    const state = this.#states.get(`${head.topic}/${head.queueId}`)!;
    const unit = this.#unitFor(state, head.physicalOffset);
    if (unit === undefined) {
      state.missingCount += 1;
      if (state.missing.length < MISSING_KEPT) state.missing.push({ ...head });
      return;
    }
    if (head.queueOffset === 0 && state.missingCount > 0) this.#dropEarlierLife(state, head);
    this.#compare(state, unit, head);
    state.next += 1;
  }

  /** The next unit, if it leads to this place. Those before it lead to no record. */
  #unitFor(state: QueueState, physicalOffset: number): BatchEntry | undefined {
    for (; state.next < state.end; state.next++) {
      const at = this.#windows.at(state, state.files, state.next);
      if (at < 0) return undefined;
      const unit = readBatchUnit(this.#windows.view, at);
      if (unit.physicalOffset > physicalOffset) return undefined;
      if (unit.physicalOffset === physicalOffset) return unit;
      this.#withoutRecord(state, unit);
    }
    return undefined;
  }

  #withoutRecord({ files, next }: QueueState, { physicalOffset, size }: BatchEntry): void {
    const { log, findings } = this.#store;
    const { file, position } = files.place(next);
    if (size === FILLER_SIZE) return findings.add('OFFSET_SKIPPED', file, position, `unit ${next}`);
    const isGone = physicalOffset < log.minOffset || isIn(this.#damaged, physicalOffset);
    if (isGone || isIn(log.missing, physicalOffset)) return;
    findings.add('UNIT_WITHOUT_RECORD', file, position, `unit ${next} leads to ${physicalOffset}`);
  }

  #compare({ files, next }: QueueState, unit: BatchEntry, head: RecordHead): void {
    const { file, position } = files.place(next);
    const add = (kind: FindingKind, is: number, wanted: number): void => {
      if (is !== wanted) this.#store.findings.add(kind, file, position, `unit ${next}: ${is} instead of ${wanted}`);
    };
    add('UNIT_SIZE', unit.size, head.totalSize);
    add('UNIT_TAGS_CODE', unit.tagsCode, storedTagsCode(head, []));
    add('UNIT_MESSAGES', unit.queueOffset, head.queueOffset);
    add('UNIT_MESSAGES', unit.messageCount, messagesIn(head));
    add('UNIT_MESSAGES', unit.storeTimestamp, head.storeTimestamp);
  }

  #dropEarlierLife(state: QueueState, head: RecordHead): void {
    this.#report('EARLIER_LIFE', head, `${head.topic}/${head.queueId} had ${state.missingCount} records before`);
    state.missing = [];
    state.missingCount = 0;
  }

  /** After the last record: what is left over. `logEnd` is the end of the log. */
  finish(logEnd: number): void {
    for (const state of this.#states.values()) {
      const { files, end, missing, missingCount } = state;
      const kind = this.#store.cleanStop || state.next < end ? 'UNIT_MISSING' : 'UNIT_PENDING';
      for (const head of missing) {
        this.#report(kind, head, `queue offset ${head.queueOffset} of ${files.topic}/${files.queueId}`, missingCount);
      }
      this.#unitFor(state, logEnd - 1);
      if (state.next >= end) continue;
      const { file, position } = files.place(state.next);
      const count = end - state.next;
      this.#store.findings.add('UNIT_BEHIND_LOG', file, position, `${count} of them from unit ${state.next} on`, count);
    }
  }

  #report(kind: FindingKind, head: RecordHead, detail: string, count = 1): void {
    const { file, position } = this.#store.log.place(head.physicalOffset);
    this.#store.findings.add(kind, file, position, detail, count);
  }
}
