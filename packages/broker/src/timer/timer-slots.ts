import { type TimerFiles, TimerMagic, type TimerUnit } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';

const HOUR_MS = 3_600_000;
/** The wheel holds so many slots ahead of its time, less a minute. Source: TimerMessageStore. */
const MOST_SLOTS = 7 * 86_400 - 60;
/** Files expire at an hour of the day, and records lie up to a file before its end: so much of the time is used. */
const SHARE_OF_RESERVED_TIME = 2 / 3;

/** What a unit says of when its record is due. */
export type PlaceInWheel = Pick<TimerUnit, 'slotMs' | 'inSlotMs' | 'magic'>;

/** Which slot a message is put in. */
export class TimerSlots {
  readonly #wheel: TimerFiles['wheel'];
  readonly #config: Pick<BrokerConfig, 'timerRollWindowSlot' | 'fileReservedTime'>;

  constructor(wheel: TimerFiles['wheel'], config: Pick<BrokerConfig, 'timerRollWindowSlot' | 'fileReservedTime'>) {
    this.#wheel = wheel;
    this.#config = config;
  }

  /**
   * Slots ahead of the wheel's time from which on a message is stored again in between: timerRollWindowSlot, or less where
   * files of the commit log expire sooner, which would take the record of a message that still waits.
   */
  get #window(): number {
    const { timerRollWindowSlot: wanted, fileReservedTime } = this.#config;
    const window = wanted < 2 || wanted > MOST_SLOTS ? MOST_SLOTS : wanted;
    const reserved = Math.floor((fileReservedTime * HOUR_MS * SHARE_OF_RESERVED_TIME) / this.#wheel.precisionMs);
    return Math.max(2, fileReservedTime > 0 ? Math.min(window, reserved) : window);
  }

  /**
   * The place of a message that is due at `dueMs`, both by the wheel's time; `readMs` is the first slot that is not done.
   * Source: TimerMessageStore#doEnqueue.
   */
  place(dueMs: number, nowMs: number, readMs: number, isRecall: boolean): PlaceInWheel {
    const { precisionMs } = this.#wheel;
    const magic = TimerMagic.DEFAULT | (isRecall ? TimerMagic.DELETE : 0);
    const due = Math.max(dueMs, readMs + 1);
    const slotMs = this.#wheel.floor(due - 1);
    const window = this.#window;
    const beyondMs = slotMs - this.#wheel.floor(nowMs) - window * precisionMs;
    if (beyondMs < 0) return { slotMs, inSlotMs: due - slotMs, magic };
    // Enough is left for the next time.
    const ahead = beyondMs < Math.floor(window / 3) * precisionMs ? Math.floor(window / 2) : window;
    const rollMs = Math.max(readMs, this.#wheel.floor(nowMs) + ahead * precisionMs);
    return { slotMs: rollMs, inSlotMs: precisionMs, magic: magic | TimerMagic.ROLL };
  }
}
