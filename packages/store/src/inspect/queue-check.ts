import { readInt64 } from '@rocketmq-ts/kernel';
import { MessageProperty, readProperty, SystemTopic } from '@rocketmq-ts/protocol';
import { isInQueue } from '../dispatch/dispatch.ts';
import { firstThat } from '../log/first-that.ts';
import type { RecordHead } from '../log/record.ts';
import { isExtensionAddress } from '../queue/queue-extension.ts';
import { storedTagsCode } from '../queue/tags-code.ts';
import { FILLER_SIZE, UNIT_BYTES, UnitOffset } from '../queue/unit-layout.ts';
import type { Finding, FindingKind } from './findings.ts';
import type { DamagedPlace } from './log-walk.ts';
import type { QueueFiles } from './queue-files.ts';
import type { StoreView } from './store-view.ts';
import { UnitWindows } from './unit-windows.ts';

/** What is known of one queue while the log is walked through. */
class QueueState {
  readonly files: QueueFiles;
  readonly end: number;
  /** Queue offset that the next record should have; −1 before the first one. */
  next = -1;
  /** Dropped when the queue turns out to have begun again: then they belong to an earlier life. */
  suspects: Map<FindingKind, { count: number; at: number; first: Finding }> | undefined;
  constructor(files: QueueFiles) {
    this.files = files;
    this.end = files.findEnd();
  }
}

/**
 * Holds the units of all consume queues against the records of the log, in step with a walk through it: the next record of a
 * queue belongs to the queue's next unit. Memory: a few numbers for each queue and a bounded set of windows.
 */
export class QueueCheck {
  readonly #store: StoreView;
  readonly #damaged: readonly DamagedPlace[];
  readonly #states = new Map<string, Map<number, QueueState>>();
  readonly #windows = new UnitWindows<QueueState>(UNIT_BYTES);
  readonly #homeless = new Map<string, { count: number; at: number }>();
  #lastTopic = '';
  #lastQueues: Map<number, QueueState> | undefined;
  unitCount = 0;
  /** Where the newest record begins, as far as units show. */
  newestOffset = -1;
  queueCount = 0;

  /** `damaged`: places of the log that were met so far. */
  constructor(store: StoreView, damaged: readonly DamagedPlace[]) {
    this.#store = store;
    this.#damaged = damaged;
    for (const [topic, queues] of store.queues.topics) {
      const states = new Map<number, QueueState>();
      for (const [queueId, files] of queues) states.set(queueId, new QueueState(files));
      this.#states.set(topic, states);
    }
    for (const { files, end } of this.#all()) {
      this.queueCount += 1;
      this.unitCount += end - files.firstUnit;
      this.newestOffset = Math.max(this.newestOffset, files.unitAt(end - 1)?.physicalOffset ?? -1);
    }
  }

  *#all(): Generator<QueueState> {
    for (const states of this.#states.values()) yield* states.values();
  }

  /** The next record of the log. */
  visit(head: RecordHead): void {
    if (!isInQueue(head.sysFlag)) return;
    const { topic, queueId } = head;
    if (topic !== this.#lastTopic) {
      this.#lastTopic = topic;
      this.#lastQueues = this.#states.get(topic);
    }
    const state = this.#lastQueues?.get(queueId);
    if (state === undefined) this.#countHomeless(topic, queueId, head.physicalOffset);
    else this.#step(state, head, head.queueOffset);
    if (head.properties.includes(MessageProperty.INNER_MULTI_DISPATCH)) this.#visitLight(head);
  }

  /** Units of light queues: one for each name in the record's properties. */
  #visitLight(head: RecordHead): void {
    const names = readProperty(head.properties, MessageProperty.INNER_MULTI_DISPATCH)?.split(',') ?? [];
    const offsets = readProperty(head.properties, MessageProperty.INNER_MULTI_QUEUE_OFFSET)?.split(',') ?? [];
    if (names.length !== offsets.length) return;
    for (const [i, name] of names.entries()) {
      const state = this.#states.get(name)?.get(0);
      if (state !== undefined) this.#step(state, head, Number(offsets[i]));
    }
  }

  #countHomeless(topic: string, queueId: number, at: number): void {
    const name = `${topic}/${queueId}`;
    const known = this.#homeless.get(name);
    if (known === undefined) this.#homeless.set(name, { count: 1, at });
    else known.count += 1;
  }

  #step(state: QueueState, head: RecordHead, queueOffset: number): void {
    if (state.next < 0) {
      this.#checkUnits(state, state.files.firstUnit, Math.min(queueOffset, state.end), head.physicalOffset);
      state.next = queueOffset;
    }
    if (queueOffset !== state.next && !this.#jump(state, head, queueOffset)) return;
    this.#checkUnit(state, head, queueOffset);
    state.next = queueOffset + 1;
  }

  /** A record whose queue offset is not the next one. False when nothing more is to be reported about it. */
  #jump(state: QueueState, head: RecordHead, queueOffset: number): boolean {
    const { next } = state;
    if (this.#unitIs(state, next, head)) {
      const detail = `queue offset ${queueOffset} instead of ${next}`;
      this.#suspectRecord(state, 'RECORD_QUEUE_OFFSET', head, detail);
      state.next = next + 1;
      return false;
    }
    if (queueOffset === 0) {
      const { file, position } = this.#store.log.place(head.physicalOffset);
      const name = `${state.files.topic}/${state.files.queueId}`;
      this.#store.findings.add('EARLIER_LIFE', file, position, `${name} had ${next} before`);
      state.suspects = undefined;
      return true;
    }
    if (queueOffset < next) {
      this.#suspectRecord(state, 'QUEUE_OFFSET_TWICE', head, `queue offset ${queueOffset} again, ${next} is next`);
      return false;
    }
    this.#checkUnits(state, next, Math.min(queueOffset, state.end), head.physicalOffset);
    const from = Math.max(next, state.end);
    if (queueOffset > from) {
      const detail = `queue offset ${queueOffset} follows ${from - 1} in ${state.files.topic}/${state.files.queueId}`;
      this.#suspectRecord(state, 'QUEUE_OFFSET_GAP', head, detail, queueOffset - from);
    }
    return true;
  }

  #unitIs(state: QueueState, queueOffset: number, head: RecordHead): boolean {
    if (queueOffset < state.files.firstUnit || queueOffset >= state.end) return false;
    const at = this.#windows.at(state, state.files, queueOffset);
    const { view } = this.#windows;
    return (
      at >= 0 && readInt64(view, at) === head.physicalOffset && view.getInt32(at + UnitOffset.size) === head.totalSize
    );
  }

  #checkUnit(state: QueueState, head: RecordHead, queueOffset: number): void {
    const inFiles = queueOffset >= state.files.firstUnit && queueOffset < state.end;
    const at = inFiles ? this.#windows.at(state, state.files, queueOffset) : -1;
    if (at < 0) {
      const pending = !this.#store.cleanStop && queueOffset >= state.end;
      const detail = `queue offset ${queueOffset} of ${state.files.topic}/${state.files.queueId}`;
      return this.#suspectRecord(state, pending ? 'UNIT_PENDING' : 'UNIT_MISSING', head, detail);
    }
    const { view } = this.#windows;
    const physicalOffset = readInt64(view, at);
    const size = view.getInt32(at + UnitOffset.size);
    const unitCode = readInt64(view, at + UnitOffset.tagsCode);
    if (size === FILLER_SIZE) {
      this.#suspectUnit(state, 'UNIT_MISSING', queueOffset, head, 'a filler is in its place');
    } else if (physicalOffset !== head.physicalOffset) {
      const detail = `it leads to ${physicalOffset}, its record lies at ${head.physicalOffset}`;
      this.#suspectUnit(state, 'UNIT_OFFSET', queueOffset, head, detail);
    } else if (size !== head.totalSize) {
      this.#suspectUnit(state, 'UNIT_SIZE', queueOffset, head, `${size} instead of ${head.totalSize}`);
    } else if (!tagsCodeFits(unitCode, head)) {
      const wanted = storedTagsCode(head, []);
      this.#suspectUnit(state, 'UNIT_TAGS_CODE', queueOffset, head, `${unitCode} instead of ${wanted}`);
    }
  }

  /** Units for which the log has no record up to `logOffset`. */
  #checkUnits(state: QueueState, from: number, to: number, logOffset: number): void {
    const { log, findings } = this.#store;
    for (let queueOffset = from; queueOffset < to; queueOffset++) {
      const at = this.#windows.at(state, state.files, queueOffset);
      if (at < 0) return;
      const { view } = this.#windows;
      const physicalOffset = readInt64(view, at);
      const size = view.getInt32(at + UnitOffset.size);
      if (size === FILLER_SIZE) {
        // Those at the beginning are for what was never there or was removed.
        const { file, position } = state.files.place(queueOffset);
        if (state.next >= 0) findings.add('OFFSET_SKIPPED', file, position, `queue offset ${queueOffset}`);
        continue;
      }
      if (physicalOffset < log.minOffset || isIn(this.#damaged, physicalOffset) || isIn(log.missing, physicalOffset))
        continue;
      const detail = `queue offset ${queueOffset} leads to ${physicalOffset}`;
      this.#suspect(state, 'UNIT_WITHOUT_RECORD', logOffset, state.files.place(queueOffset), detail);
    }
  }

  /** After the last record: what is left over. `logEnd` is the end of the log. */
  finish(logEnd: number): void {
    const { cleanStop, findings } = this.#store;
    for (const state of this.#all()) {
      const from = Math.max(state.next, state.files.firstUnit);
      const to = cleanStop ? state.end : this.#firstBehind(state, from, logEnd);
      this.#checkUnits(state, from, to, logEnd);
      if (to < state.end) {
        const { file, position } = state.files.place(to);
        const detail = `${state.end - to} of them from queue offset ${to} on`;
        findings.add('UNIT_BEHIND_LOG', file, position, detail, state.end - to);
      }
    }
    const left = [...this.#all()].flatMap(({ suspects }) => [...(suspects?.values() ?? [])]);
    for (const { first, count } of left.sort((a, b) => a.at - b.at)) findings.addFinding(first, count);
    this.#reportHomeless();
  }

  /** First unit from `from` on that leads behind the log. */
  #firstBehind(state: QueueState, from: number, logEnd: number): number {
    for (let queueOffset = from; queueOffset < state.end; queueOffset++) {
      const at = this.#windows.at(state, state.files, queueOffset);
      if (at >= 0 && readInt64(this.#windows.view, at) >= logEnd) return queueOffset;
    }
    return state.end;
  }

  #reportHomeless(): void {
    const { log, findings } = this.#store;
    for (const [name, { count, at }] of this.#homeless) {
      const topic = name.slice(0, name.lastIndexOf('/'));
      const { file, position } = log.place(at);
      const detail = `${count} records of ${name}`;
      findings.add(this.#homelessKind(topic), file, position, detail, count);
    }
  }

  #homelessKind(topic: string): FindingKind {
    const { cleanStop } = this.#store;
    const { topics } = this.#store.config;
    if (!cleanStop && (topics.has(topic) || topics.size === 0)) return 'UNIT_PENDING';
    return topics.has(topic) ? 'QUEUE_MISSING' : 'TOPIC_DELETED';
  }

  #suspectRecord(state: QueueState, kind: FindingKind, head: RecordHead, detail: string, count = 1): void {
    this.#suspect(state, kind, head.physicalOffset, this.#store.log.place(head.physicalOffset), detail, count);
  }

  #suspectUnit(state: QueueState, kind: FindingKind, queueOffset: number, head: RecordHead, detail: string): void {
    const text = `queue offset ${queueOffset}: ${detail}`;
    this.#suspect(state, kind, head.physicalOffset, state.files.place(queueOffset), text);
  }

  #suspect(
    state: QueueState,
    kind: FindingKind,
    at: number,
    place: { file: string; position: number },
    detail: string,
    count = 1,
  ): void {
    state.suspects ??= new Map();
    const known = state.suspects.get(kind);
    if (known === undefined) state.suspects.set(kind, { count, at, first: { kind, ...place, detail } });
    else known.count += count;
  }
}

function tagsCodeFits(unitCode: number, head: RecordHead): boolean {
  if (isExtensionAddress(unitCode)) return true;
  // The levels are a setting of the broker that wrote it.
  if (head.topic === SystemTopic.SCHEDULE) return unitCode >= head.storeTimestamp;
  return unitCode === storedTagsCode(head, []);
}

/** True when an offset lies in one of some places, which are in the order of the log. */
export function isIn(places: readonly { readonly from: number; readonly to: number }[], offset: number): boolean {
  const place = places[firstThat(0, places.length, (at) => places[at]!.to > offset)];
  return place !== undefined && offset >= place.from;
}
