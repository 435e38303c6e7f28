import type { Timer } from '@rocketmq-ts/kernel';
import {
  integerOf,
  type JsonInput,
  type Members,
  plainDataVersion,
  readDataVersion,
  SystemTopic,
} from '@rocketmq-ts/protocol';
import type { BrokerConfig } from '../config-table.ts';
import type { Feature } from '../feature.ts';
import type { JsonFile, JsonFiles } from '../json-file.ts';
import { SafeProgress } from '../safe-progress.ts';
import { DelayLevel, type DelayLevelParts } from './delay-level.ts';
import type { DelayLevels } from './delay-levels.ts';
import { DueTimes, type Remainder } from './due-times.ts';

const PERIOD_MS = 100;
const DELIVERIES_A_VERSION = 200;
/** Bounds the work of a period, which checks each level. */
const MOST_LEVELS = 1000;

export interface ScheduleParts extends DelayLevelParts {
  readonly levels: DelayLevels;
  readonly config: Pick<BrokerConfig, 'flushDelayOffsetInterval'>;
  readonly files: JsonFiles;
}

/**
 * Delivers delayed messages. Each level is one queue of the schedule topic; its progress is saved in delayOffset.json.
 * Progress passes a message only when that is stored again, so that a crash repeats deliveries and loses none.
 * Source: ScheduleMessageService.
 */
export class ScheduleService implements Feature {
  readonly #parts: ScheduleParts;
  readonly #file: JsonFile;
  readonly #levels: DelayLevel[];
  readonly #safe: SafeProgress;
  #deliveries = 0;
  #saved = 0;
  #timers: Timer[] = [];

  constructor(parts: ScheduleParts) {
    this.#parts = parts;
    this.#safe = new SafeProgress(parts.clock, parts.store);
    this.#file = parts.files.of('delayOffset', () => this.#content());
    const { levels, clock, store } = parts;
    const dueTimes = [...levels.dueTimes];
    // Levels that were removed from the configuration may still hold messages.
    const known = Math.max(0, ...[...store.queuesOf(SystemTopic.SCHEDULE)].map(({ queueId }) => queueId + 1));
    while (dueTimes.length < Math.min(known, MOST_LEVELS))
      dueTimes.push(new DueTimes(clock, levels.delayMs(levels.count)));
    this.#levels = dueTimes.map((each, index) => {
      const delayMs = levels.delayMs(Math.min(index + 1, levels.count));
      return new DelayLevel(parts, index + 1, delayMs, each, () => this.#delivered());
    });
  }

  async start(): Promise<void> {
    const saved = this.#file.load('offsetTable', (members) => ({
      dataVersion: readDataVersion(members.object('dataVersion')),
      offsets: members.numberedTable('offsetTable', integerOf),
      remainders: readRemainders(members),
    }));
    let setBack = false;
    for (const [index, level] of this.#levels.entries()) {
      const offset = saved?.offsets.get(index + 1) ?? 0;
      if (level.begin(offset, saved?.remainders.get(index + 1))) setBack = true;
    }
    this.#safe.offsets = this.#offsets();
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

  async stop(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    if (this.#timers.length === 0) return;
    this.#timers = [];
    await this.#safe.settleLast(this.#offsets());
    await this.#file.saveAndSync();
  }

  /** Level to the next queue offset; levels that never delivered are left out. */
  offsets(): { readonly [name: string]: JsonInput } {
    return this.#json(this.#offsets());
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
  #content(): JsonInput {
    const waitToTable = new Map<number, number>();
    const waitMsTable = new Map<number, number>();
    for (const [index, level] of this.#levels.entries()) {
      const remainder = level.remainder();
      if (remainder === undefined) continue;
      waitToTable.set(index + 1, remainder.upTo);
      waitMsTable.set(index + 1, remainder.waitMs);
    }
    const offsets = this.#json(this.#safe.offsets);
    return waitToTable.size === 0 ? offsets : { ...offsets, waitToTable, waitMsTable };
  }

  /** `delivered,max` of each level that has messages, for the runtime information. */
  progress(): { level: number; offset: number; max: number }[] {
    return this.#levels
      .map((level, index) => ({ level: index + 1, offset: level.offset, max: level.queue.maxOffset }))
      .filter((entry) => entry.max > 0);
  }

  #delivered(): void {
    this.#deliveries += 1;
    if (this.#deliveries % DELIVERIES_A_VERSION === 0) this.#file.nextVersion();
  }
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
