import { sleep, type Timer } from '@rocketmq-ts/kernel';
import {
  type DataVersion,
  integerOf,
  type JsonInput,
  Members,
  plainDataVersion,
  readDataVersion,
  SystemTopic,
} from '@rocketmq-ts/protocol';
import type { BrokerConfig } from '../config-table.ts';
import type { Feature } from '../feature.ts';
import type { FileContent, JsonFile, JsonFiles } from '../json-file.ts';
import type { Duty } from '../role/duties.ts';
import { SafeProgress } from '../safe-progress.ts';
import { DelayLevel, type DelayLevelParts } from './delay-level.ts';
import type { DelayLevels } from './delay-levels.ts';
import { DueTimes, type Remainder } from './due-times.ts';

const PERIOD_MS = 100;
const DELIVERIES_A_VERSION = 200;
/** Bounds the work of a period, which checks each level. */
const MOST_LEVELS = 1000;
/** How long the end of the duty waits for deliveries that are under way. */
const END_MS = 2000;
const STEP_MS = 5;

export interface ScheduleParts extends DelayLevelParts {
  readonly levels: DelayLevels;
  readonly config: Pick<BrokerConfig, 'flushDelayOffsetInterval'>;
  readonly files: JsonFiles;
}

/** How far the levels are. */
interface ScheduleProgress {
  readonly dataVersion: DataVersion;
  /** By level. */
  readonly offsets: ReadonlyMap<number, number>;
  readonly remainders: ReadonlyMap<number, Remainder>;
}

/**
 * Delivers delayed messages while this broker is on duty. Each level is one queue of the schedule topic; its progress is saved
 * in delayOffset.json, a slave's as its master has it. Progress passes a message only when that is stored again, so that a
 * crash repeats deliveries and loses none. Source: ScheduleMessageService.
 */
export class ScheduleService implements Feature, Duty {
  readonly name = 'delivery of delayed messages';
  readonly #parts: ScheduleParts;
  readonly #file: JsonFile;
  readonly #levels: DelayLevel[] = [];
  readonly #safe: SafeProgress;
  /** As loaded, or as the master had it last; changes nothing while this broker is on duty. */
  #progress: ScheduleProgress | undefined;
  #isOnDuty = false;
  /** The version says that this slave has delivered since the beginning of its duty. */
  #isNewer = false;
  #deliveries = 0;
  #saved = 0;
  #timers: Timer[] = [];

  constructor(parts: ScheduleParts) {
    this.#parts = parts;
    this.#safe = new SafeProgress(parts.clock, parts.store);
    this.#file = parts.files.of('delayOffset', () => this.#content());
    this.#addLevels();
  }

  /** Levels that were removed from the configuration may still hold messages. */
  #addLevels(): void {
    const { levels, clock, store } = this.#parts;
    const known = Math.max(0, ...[...store.queuesOf(SystemTopic.SCHEDULE)].map(({ queueId }) => queueId + 1));
    const count = Math.max(levels.count, Math.min(known, MOST_LEVELS));
    for (let level = this.#levels.length + 1; level <= count; level++) {
      const delayMs = levels.delayMs(Math.min(level, levels.count));
      const dueTimes = levels.dueTimes[level - 1] ?? new DueTimes(clock, delayMs);
      this.#levels.push(new DelayLevel(this.#parts, level, delayMs, dueTimes, () => this.#delivered()));
    }
  }

  start(): void {
    this.#progress = this.#file.load('offsetTable', readProgress);
    this.#showProgress();
  }

  async beginDuty(): Promise<void> {
    this.#addLevels();
    let setBack = false;
    for (const [index, level] of this.#levels.entries()) {
      const offset = this.#progress?.offsets.get(index + 1) ?? 0;
      if (level.begin(offset, this.#progress?.remainders.get(index + 1))) setBack = true;
    }
    this.#isOnDuty = true;
    this.#isNewer = false;
    this.#safe.begin(this.#offsets());
    // Before messages are taken: with the old progress the next start would pass over them.
    if (setBack) {
      this.#file.save();
      await new Promise<void>((resolve) => this.#file.whenSaved(() => resolve()));
    }
    const { clock } = this.#parts;
    this.#timers = [
      clock.every(PERIOD_MS, () => {
        for (const level of this.#levels) level.deliverDue();
        if (this.#safe.settle()) this.#file.save();
      }),
      clock.every(this.#parts.config.flushDelayOffsetInterval, () => {
        if (this.#saved === this.#deliveries && !this.#levels.some((level) => level.remainder() !== undefined)) return;
        this.#saved = this.#deliveries;
        this.#safe.want(this.#offsets());
        if (this.#safe.settle()) this.#file.save();
      }),
    ];
  }

  async endDuty(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
    const { clock } = this.#parts;
    for (const level of this.#levels) level.end();
    const deadlineMs = clock.monotonicMs() + END_MS;
    while (this.#levels.some((level) => level.isBusy) && clock.monotonicMs() < deadlineMs) await sleep(clock, STEP_MS);
    await this.#safe.settleLast(this.#offsets());
    await this.#file.saveAndSync();
    const remainders = this.#remainders();
    this.#isOnDuty = false;
    this.#progress = { dataVersion: this.#file.version, offsets: byLevel(this.#safe.offsets), remainders };
  }

  /**
   * Of a slave: its master's progress, in the form of `offsets`, which a duty begins from. Throws a `ProtocolError` for another
   * text. Does nothing on duty, where this broker's own progress counts. Source: SlaveSynchronize#syncDelayOffset.
   */
  takeProgress(body: Buffer): void {
    if (this.#isOnDuty) return;
    const progress = readProgress(Members.parse(body, 'delay progress'));
    const isSame = sameOffsets(progress.offsets, this.#progress?.offsets);
    this.#progress = progress;
    this.#file.version = progress.dataVersion;
    if (isSame) return;
    this.#showProgress();
    this.#file.save();
  }

  /** Of a master that was away, before its duty: what a slave delivered meanwhile is not delivered again. */
  takeAhead(body: Buffer): void {
    if (this.#isOnDuty) return;
    const offsets = new Map(this.#progress?.offsets);
    for (const [level, offset] of readProgress(Members.parse(body, 'delay progress')).offsets)
      if (offset > (offsets.get(level) ?? 0)) offsets.set(level, offset);
    this.#progress = { dataVersion: this.#file.version, remainders: new Map(), ...this.#progress, offsets };
    this.#showProgress();
    this.#file.save();
  }

  #showProgress(): void {
    const { offsets = new Map<number, number>() } = this.#progress ?? {};
    const count = Math.max(this.#levels.length, Math.min(MOST_LEVELS, Math.max(0, ...offsets.keys())));
    this.#safe.begin(Array.from({ length: count }, (_, index) => offsets.get(index + 1) ?? 0));
  }

  /** Level to the next queue offset; levels that never delivered are left out. */
  offsets(): { readonly [name: string]: JsonInput } {
    return this.#json(this.#isOnDuty ? this.#offsets() : this.#safe.offsets);
  }

  #offsets(): number[] {
    return this.#levels.map(({ offset }) => offset);
  }

  #json(offsets: readonly number[]): { readonly [name: string]: JsonInput } {
    const offsetTable = new Map<number, number>();
    for (const [index, offset] of offsets.entries()) if (offset > 0) offsetTable.set(index + 1, offset);
    return { dataVersion: plainDataVersion(this.#file.version), offsetTable };
  }

  /** What is saved: beside Apache's members, how long messages wait whose due times are wrong. */
  #content(): FileContent {
    const waitToTable = new Map<number, number>();
    const waitMsTable = new Map<number, number>();
    for (const [level, remainder] of this.#remainders()) {
      waitToTable.set(level, remainder.upTo);
      waitMsTable.set(level, remainder.waitMs);
    }
    const offsets = this.#json(this.#safe.offsets);
    return waitToTable.size === 0 ? offsets : { ...offsets, waitToTable, waitMsTable };
  }

  #remainders(): ReadonlyMap<number, Remainder> {
    if (!this.#isOnDuty) return this.#progress?.remainders ?? new Map();
    const remainders = new Map<number, Remainder>();
    for (const [index, level] of this.#levels.entries()) {
      const remainder = level.remainder();
      if (remainder !== undefined) remainders.set(index + 1, remainder);
    }
    return remainders;
  }

  /** `delivered,max` of each level that has messages, for the runtime information. */
  progress(): { level: number; offset: number; max: number }[] {
    return this.#levels
      .map(({ offset, queue }, index) => ({
        level: index + 1,
        offset: this.#isOnDuty ? offset : (this.#safe.offsets[index] ?? 0),
        max: queue.maxOffset,
      }))
      .filter((entry) => entry.max > 0);
  }

  #delivered(): void {
    this.#deliveries += 1;
    // A master that comes back takes the progress of a slave only when it is newer than its own by its version.
    const isFirstElsewhere = !this.#isNewer && this.#parts.mover.movesElsewhere;
    if (isFirstElsewhere) this.#isNewer = true;
    if (isFirstElsewhere || this.#deliveries % DELIVERIES_A_VERSION === 0) this.#file.nextVersion();
  }
}

function readProgress(members: Members): ScheduleProgress {
  return {
    dataVersion: readDataVersion(members.object('dataVersion')),
    offsets: members.numberedTable('offsetTable', integerOf),
    remainders: readRemainders(members),
  };
}

function byLevel(offsets: readonly number[]): ReadonlyMap<number, number> {
  return new Map(offsets.map((offset, index) => [index + 1, offset]));
}

function sameOffsets(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number> | undefined): boolean {
  return b !== undefined && a.size === b.size && [...a].every(([level, offset]) => b.get(level) === offset);
}

function readRemainders(members: Members): Map<number, Remainder> {
  const remainders = new Map<number, Remainder>();
  if (!members.has('waitToTable') || !members.has('waitMsTable')) return remainders;
  const waits = members.numberedTable('waitMsTable', integerOf);
  for (const [level, upTo] of members.numberedTable('waitToTable', integerOf)) {
    const waitMs = waits.get(level);
    if (waitMs !== undefined) remainders.set(level, { upTo, waitMs });
  }
  return remainders;
}
