import { type Disk, silentLogger } from '@rocketmq-ts/kernel';
import { TimerCheckpoint } from '../timer/checkpoint.ts';
import { TimerLog } from '../timer/log.ts';
import { TIMER_WHEEL_BYTES, TimerWheel } from '../timer/wheel.ts';
import type { Findings } from './findings.ts';

const DEFAULT_PRECISION_MS = 1000;

/** What waits in the wheel of a store. */
export interface TimerRange {
  /** Who saved the checkpoint. */
  readonly writer: 'Apache' | 'rocketmq-ts';
  /** Length of a slot; Apache's files do not say it, and its default is taken. */
  readonly precisionMs: number;
  /** Slots before this time are done. */
  readonly readMs: number;
  /** Messages of the queue of timers before this offset are in the wheel. */
  readonly queueOffset: number;
  readonly slots: number;
  readonly messages: number;
  /** Time of the last slot; undefined without any. */
  readonly lastSlotMs: number | undefined;
}

/** The timer files of a store folder, opened for reading only; undefined where there are none. Throws the disk's error. */
export class TimerView {
  readonly #disk: Disk;
  readonly #root: string;
  readonly #checkpoint: TimerCheckpoint;
  readonly #wheel: TimerWheel;
  readonly #precisionMs: number;

  private constructor(disk: Disk, root: string) {
    this.#disk = disk;
    this.#root = root;
    this.#checkpoint = new TimerCheckpoint(disk, `${root}/config/timercheck`, DEFAULT_PRECISION_MS);
    this.#checkpoint.load();
    this.#precisionMs = this.#checkpoint.ownPrecisionMs || DEFAULT_PRECISION_MS;
    this.#wheel = new TimerWheel(this.#precisionMs);
  }

  static open(disk: Disk, root: string): TimerView | undefined {
    const view = new TimerView(disk, root);
    const path = `${root}/timerwheel`;
    if (!view.#checkpoint.exists || disk.stat(path)?.sizeBytes !== TIMER_WHEEL_BYTES) return undefined;
    const file = disk.open(path, 'read');
    try {
      view.#wheel.load(file, view.#checkpoint.marks.readMs);
    } finally {
      file.close();
    }
    return view;
  }

  get writer(): TimerRange['writer'] {
    return this.#checkpoint.ownPrecisionMs === 0 ? 'Apache' : 'rocketmq-ts';
  }

  range(): TimerRange {
    const { readMs, queueOffset } = this.#checkpoint.marks;
    let slots = 0;
    let messages = 0;
    let lastSlotMs: number | undefined;
    for (const { timeMs, count } of this.#wheel.slotsFrom(readMs)) {
      slots += 1;
      messages += count;
      lastSlotMs = timeMs;
    }
    return { writer: this.writer, precisionMs: this.#precisionMs, readMs, queueOffset, slots, messages, lastSlotMs };
  }

  /** Follows the chain of each slot. */
  check(findings: Findings): void {
    const directory = `${this.#root}/timerlog`;
    const first = this.#disk.list(directory).find(({ name }) => /^\d{20}$/.test(name));
    const fileBytes = first === undefined ? 0 : (this.#disk.stat(`${directory}/${first.name}`)?.sizeBytes ?? 0);
    if (fileBytes === 0) return;
    const log = new TimerLog(this.#disk, silentLogger, directory, fileBytes, 'read');
    try {
      log.files.loadDerived(silentLogger, 0);
      for (const { timeMs, lastPosition } of this.#wheel.slotsFrom(this.#checkpoint.marks.readMs)) {
        for (let position = lastPosition; position >= log.files.minOffset && position >= 0; ) {
          const unit = log.unitAt(position);
          if (unit === undefined) {
            const detail = `the slot of ${new Date(timeMs).toISOString()} leads to position ${position} of the timer log`;
            findings.add('TIMER_CHAIN', `${this.#root}/timerwheel`, undefined, detail);
            break;
          }
          position = unit.prevPosition;
        }
      }
    } finally {
      log.close();
    }
  }
}
