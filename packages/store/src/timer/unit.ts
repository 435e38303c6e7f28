import { readInt64, writeInt64 } from '@rocketmq-ts/kernel';

/**
 * | offset | size | field of a unit of the timer log |
 * | --- | --- | --- |
 * | 0 | 4 | 52 |
 * | 4 | 8 | position of the unit before it in its slot, −1 for none |
 * | 12 | 4 | bits of `TimerMagic` |
 * | 16 | 8 | time of the wheel when it was written, a whole number of its steps |
 * | 24 | 4 | milliseconds from then to its slot |
 * | 28 | 8 | physical offset of its record |
 * | 36 | 4 | size of the record |
 * | 40 | 4 | Java's hash of the topic that the message is for |
 * | 44 | 8 | Apache's: 0, and never read. Ours: queue offset of the record × 1024 + milliseconds from the slot to when it is due |
 *
 * Where a unit and a blank do not fit into a file any more a blank takes the rest: its length, 8 zeros, `BLANK_MAGIC`.
 * Source: TimerLog, TimerMessageStore#doEnqueue.
 */
export const TIMER_UNIT_BYTES = 52;
export const TIMER_BLANK_BYTES = 16;
const BLANK_MAGIC = 0xcbd43194 | 0;
const KNOWN_BITS = 0xf;
const IN_SLOT_BASE = 1024;

/** Bits that say what happens to a record when its slot is due. Source: TimerMessageStore. */
export const TimerMagic = { DEFAULT: 1, ROLL: 2, DELETE: 4 } as const;

/** What a unit of the timer log says of its record. */
export interface TimerUnit {
  /** Begin of its slot, by the time of the wheel. */
  readonly slotMs: number;
  readonly magic: number;
  readonly physicalOffset: number;
  readonly recordBytes: number;
  readonly topicHash: number;
  /** Position of the record in the queue of timers; −1 where the unit does not say it, as Apache's. */
  readonly queueOffset: number;
  /** Milliseconds from the begin of the slot to when the record is due, 1 to the precision; 0 where the unit does not say it. */
  readonly inSlotMs: number;
}

/** A unit and its place in the chain of its slot. */
export interface LinkedUnit extends TimerUnit {
  readonly prevPosition: number;
}

export function writeUnit(view: DataView, at: number, unit: TimerUnit, prevPosition: number, writeMs: number): void {
  view.setInt32(at, TIMER_UNIT_BYTES);
  writeInt64(view, at + 4, prevPosition);
  view.setInt32(at + 12, unit.magic);
  writeInt64(view, at + 16, writeMs);
  view.setInt32(at + 24, unit.slotMs - writeMs);
  writeInt64(view, at + 28, unit.physicalOffset);
  view.setInt32(at + 36, unit.recordBytes);
  view.setInt32(at + 40, unit.topicHash);
  writeInt64(view, at + 44, unit.inSlotMs === 0 ? 0 : unit.queueOffset * IN_SLOT_BASE + unit.inSlotMs);
}

export function writeBlank(view: DataView, at: number, restBytes: number): void {
  view.setInt32(at, restBytes);
  writeInt64(view, at + 4, 0);
  view.setInt32(at + 12, BLANK_MAGIC);
}

export function isBlank(view: DataView, at: number): boolean {
  return view.getInt32(at + 12) === BLANK_MAGIC;
}

/** The unit at a position of the log, undefined where there is none. Source: TimerMessageStore#isMagicOK. */
export function readUnit(view: DataView, at: number, position: number): LinkedUnit | undefined {
  const magic = view.getInt32(at + 12);
  if (view.getInt32(at) !== TIMER_UNIT_BYTES || (magic & ~KNOWN_BITS) !== 0) return undefined;
  const prevPosition = readInt64(view, at + 4);
  const own = readInt64(view, at + 44);
  const inSlotMs = own > 0 ? own % IN_SLOT_BASE : 0;
  if (prevPosition >= position || prevPosition < -1) return undefined;
  return {
    prevPosition,
    magic,
    slotMs: readInt64(view, at + 16) + view.getInt32(at + 24),
    physicalOffset: readInt64(view, at + 28),
    recordBytes: view.getInt32(at + 36),
    topicHash: view.getInt32(at + 40),
    queueOffset: inSlotMs === 0 ? -1 : (own - inSlotMs) / IN_SLOT_BASE,
    inSlotMs,
  };
}
