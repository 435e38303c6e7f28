import type { Logger, WhenSaved } from '@rocketmq-ts/kernel';
import {
  type ConsumerOffsetSerializeWrapper,
  consumerOffsetMembers,
  type Members,
  progressWithinLog,
  readConsumerOffsets,
} from '@rocketmq-ts/protocol';
import { type FileContent, type JsonFiles, SavedTable } from '../json-file.ts';

const COMMITS_A_VERSION = 500;
const NO_QUEUES: ReadonlyMap<number, number> = new Map();

/** End of a queue; undefined for one that is not ours to judge. */
export type EndOf = (topic: string, queueId: number) => number | undefined;

/** Progress that clients committed at a slave and its master does not have. */
export interface ProgressAhead {
  readonly group: string;
  readonly topic: string;
  readonly queueId: number;
  readonly offset: number;
}

export interface OffsetTableParts {
  readonly logger: Logger;
  readonly files: JsonFiles;
}

/**
 * How far each group has come in each queue: consumerOffset.json, keyed `topic@group`. An offset is set back only when an
 * operator asks for it or a client commits a smaller one on purpose. Source: ConsumerOffsetManager.
 */
export class OffsetTable extends SavedTable {
  readonly #offsets = new Map<string, Map<number, number>>();
  /** How far each group has pulled, which is ahead of what it committed; not saved. */
  readonly #pulled = new Map<string, Map<number, number>>();
  /** Offsets that the next pull of a queue must be sent to. */
  readonly #resets = new Map<string, Map<number, number>>();
  readonly #logger: Logger;
  /** Set while commits are limited to the log. */
  #endOf: EndOf | undefined;
  /** What clients committed here while this broker was a slave, until its master has it; kept in the file. */
  readonly #own = new Map<string, Map<number, number>>();
  #keepsOwn = false;
  #commits = 0;
  #dirty = false;

  constructor({ logger, files }: OffsetTableParts) {
    super(files, 'consumerOffset');
    this.#logger = logger;
  }

  load(): void {
    const saved = this.file.load('offsetTable', readOffsets);
    if (saved === undefined) return;
    for (const [key, queues] of saved.offsetTable) this.#offsets.set(key, new Map(queues));
    for (const [key, queues] of saved.own) this.#own.set(key, new Map(queues));
  }

  /**
   * After a start: no group is ahead of the end of a queue (`endOf`, undefined for a queue that is not ours to judge) or before
   * every place of one, and none has progress on a topic that was deleted. True when that changed something, which must be
   * durable before messages are taken: they would be passed over by the next start.
   */
  keepWithinLog(endOf: EndOf, isDeleted: (topic: string) => boolean): boolean {
    let changed = false;
    for (const [key, queues] of this.#offsets) {
      const { topic, group } = pairOf(key);
      if (isDeleted(topic)) {
        this.#logger.warn('the progress of a group on a topic that was deleted is removed', { topic, group });
        this.#offsets.delete(key);
        changed = true;
        continue;
      }
      for (const [queueId, offset] of queues) {
        if (offset < 0) {
          this.#logger.warn('a consumer offset in the file is negative; it counts as none', {
            topic,
            group,
            queueId,
            offset,
          });
          queues.delete(queueId);
          changed = true;
          continue;
        }
        const within = this.#within(group, topic, queueId, offset, endOf);
        if (within === offset) continue;
        queues.set(queueId, within);
        changed = true;
      }
    }
    this.#dirty ||= changed;
    return changed;
  }

  #within(group: string, topic: string, queueId: number, offset: number, endOf = this.#endOf): number {
    const end = endOf?.(topic, queueId);
    if (end === undefined) return offset;
    return progressWithinLog({ kind: 'consumer offset', topic, queueId, offset, owner: group }, end, this.#logger);
  }

  protected content(): FileContent {
    const table = consumerOffsetMembers(this.wrapper);
    return this.#own.size === 0 ? table : { ...table, [OWN_MEMBER]: this.#own };
  }

  get wrapper(): ConsumerOffsetSerializeWrapper {
    return { dataVersion: this.dataVersion, offsetTable: this.#offsets };
  }

  commit(group: string, topic: string, queueId: number, committed: number, client: string): void {
    const offset = this.#endOf === undefined ? committed : this.#within(group, topic, queueId, committed);
    const queues = queuesOf(this.#offsets, `${topic}@${group}`);
    const before = queues.get(queueId);
    if (before === offset) return;
    if (before !== undefined && offset < before) {
      this.#logger.warn('a consumer offset is set back', { group, topic, queueId, from: before, to: offset, client });
    }
    queues.set(queueId, offset);
    if (this.#keepsOwn) this.#keepOwn(`${topic}@${group}`, queueId, offset);
    this.#dirty = true;
    this.#commits += 1;
    if (this.#commits % COMMITS_A_VERSION === 0) this.file.nextVersion();
  }

  #keepOwn(key: string, queueId: number, offset: number): void {
    // A master that comes back sees by the version that there is something new.
    if (this.#own.size === 0) this.file.nextVersion();
    queuesOf(this.#own, key).set(queueId, offset);
  }

  /**
   * From now on commits are those of clients of a slave (`true`), to be handed to the master, or of a master. A master has
   * nothing to hand on: what was committed here counts.
   */
  keepOwnCommits(on: boolean): void {
    this.#keepsOwn = on;
    if (on || this.#own.size === 0) return;
    this.#own.clear();
    this.#dirty = true;
  }

  /** Progress that clients committed here and that is ahead of the master's: the master is to be given it. */
  ahead({ offsetTable }: ConsumerOffsetSerializeWrapper): ProgressAhead[] {
    const ahead: ProgressAhead[] = [];
    for (const [key, queues] of this.#own) {
      const known = offsetTable.get(key);
      for (const [queueId, offset] of queues) {
        if ((known?.get(queueId) ?? -1) < offset) ahead.push({ ...pairOf(key), queueId, offset });
        else {
          queues.delete(queueId);
          this.#dirty = true;
        }
      }
      if (queues.size === 0) this.#own.delete(key);
    }
    return ahead;
  }

  /** Of a master that was away: takes what is ahead of its own progress. */
  takeAhead({ offsetTable }: ConsumerOffsetSerializeWrapper): void {
    for (const [key, queues] of offsetTable) {
      const { topic, group } = pairOf(key);
      for (const [queueId, offset] of queues) {
        if (offset > (this.query(group, topic, queueId) ?? -1)) this.commit(group, topic, queueId, offset, 'slave');
      }
    }
  }

  /**
   * Of a slave: takes its master's progress, but for what is ahead of it. Source: SlaveSynchronize#syncConsumerOffset, which
   * takes the master's in any case.
   */
  follow({ offsetTable, dataVersion }: ConsumerOffsetSerializeWrapper): void {
    for (const [key, queues] of offsetTable) {
      const own = this.#own.get(key);
      const here = queuesOf(this.#offsets, key);
      for (const [queueId, offset] of queues) {
        if (here.get(queueId) === offset || (own?.get(queueId) ?? -1) > offset) continue;
        here.set(queueId, offset);
        this.#dirty = true;
      }
    }
    this.file.version = dataVersion;
  }

  /**
   * From now on what clients commit is limited to the log as well. A client that kept running while the broker lost power
   * may commit an offset that the log has lost; the group would then miss the messages that get these offsets now.
   */
  limitCommits(endOf: EndOf): void {
    this.#endOf = endOf;
  }

  /** Undefined when the group never committed there. */
  query(group: string, topic: string, queueId: number): number | undefined {
    return this.#offsets.get(`${topic}@${group}`)?.get(queueId);
  }

  pulledUpTo(group: string, topic: string, queueId: number, offset: number): void {
    queuesOf(this.#pulled, `${topic}@${group}`).set(queueId, offset);
  }

  queryPulled(group: string, topic: string, queueId: number): number | undefined {
    return this.#pulled.get(`${topic}@${group}`)?.get(queueId);
  }

  /** All committed queues of a group on a topic. */
  queues(group: string, topic: string): ReadonlyMap<number, number> {
    return this.queuesAt(offsetKey(group, topic));
  }

  /** The same by an `offsetKey` that the caller keeps: asked for again, it costs half. */
  queuesAt(key: string): ReadonlyMap<number, number> {
    return this.#offsets.get(key) ?? NO_QUEUES;
  }

  /** All queues of a topic that a group has pulled since the start, by an `offsetKey`. */
  pulledQueuesAt(key: string): ReadonlyMap<number, number> {
    return this.#pulled.get(key) ?? NO_QUEUES;
  }

  topicsOf(group: string): string[] {
    const suffix = `@${group}`;
    return [...this.#offsets.keys()].filter((key) => key.endsWith(suffix)).map((key) => key.slice(0, -suffix.length));
  }

  groupsOf(topic: string): string[] {
    const prefix = `${topic}@`;
    return [...this.#offsets.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  }

  /** The next pull of the queue is sent there, and the committed offset is there at once. */
  reset(group: string, topic: string, queueId: number, offset: number): void {
    queuesOf(this.#offsets, `${topic}@${group}`).set(queueId, offset);
    queuesOf(this.#resets, `${topic}@${group}`).set(queueId, offset);
    this.#dirty = true;
  }

  hasReset(group: string, topic: string, queueId: number): boolean {
    return this.#resets.get(`${topic}@${group}`)?.has(queueId) === true;
  }

  takeReset(group: string, topic: string, queueId: number): number | undefined {
    if (this.#resets.size === 0) return undefined;
    const key = `${topic}@${group}`;
    const queues = this.#resets.get(key);
    const offset = queues?.get(queueId);
    if (queues === undefined || offset === undefined) return undefined;
    queues.delete(queueId);
    if (queues.size === 0) this.#resets.delete(key);
    return offset;
  }

  /** The destination group gets the offsets of the source group. Source: ConsumerOffsetManager#cloneOffset. */
  clone(source: string, destination: string, topic: string): void {
    const queues = this.#offsets.get(`${topic}@${source}`);
    if (queues === undefined) return;
    this.#offsets.set(`${topic}@${destination}`, new Map(queues));
    this.#dirty = true;
  }

  removeGroup(group: string): void {
    this.#remove((key) => key.endsWith(`@${group}`));
  }

  removeTopic(topic: string): void {
    this.#remove((key) => key.startsWith(`${topic}@`));
  }

  #remove(matches: (key: string) => boolean): void {
    for (const table of [this.#offsets, this.#pulled, this.#resets, this.#own]) {
      for (const key of [...table.keys()]) if (matches(key)) table.delete(key);
    }
    this.#dirty = true;
  }

  /** Saves when something changed since the last save. */
  saveIfChanged(): void {
    if (!this.#dirty) return;
    this.#dirty = false;
    this.file.save();
  }

  /** Saves all changes so far; runs when they are durable, or can't be saved now. */
  override whenSaved(done: WhenSaved): void {
    this.saveIfChanged();
    super.whenSaved(done);
  }
}

/** Member of the file for progress that the master does not have; Apache's broker ignores it. */
const OWN_MEMBER = 'ownOffsetTable';

function readOffsets(members: Members) {
  return { ...readConsumerOffsets(members), own: members.numberedTables(OWN_MEMBER) };
}

/** Of a group on a topic in the table and its file. */
export function offsetKey(group: string, topic: string): string {
  return `${topic}@${group}`;
}

function pairOf(key: string): { topic: string; group: string } {
  const at = key.indexOf('@');
  return { topic: key.slice(0, at), group: key.slice(at + 1) };
}

function queuesOf(table: Map<string, Map<number, number>>, key: string): Map<number, number> {
  let queues = table.get(key);
  if (queues === undefined) {
    queues = new Map();
    table.set(key, queues);
  }
  return queues;
}
