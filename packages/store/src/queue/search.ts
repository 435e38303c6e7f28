import { readInt64, viewOf } from '@rocketmq-ts/kernel';
import { firstThat } from '../log/first-that.ts';
import type { QueueEntry } from './queue-view.ts';
import { FILLER_SIZE, UnitOffset } from './unit-layout.ts';

/** Units that are looked at in one piece. */
const UNITS_AT_ONCE = 4096;

/** What is searched: the units of one queue. */
interface Units {
  readonly unitBytes: number;
  unitAt(unit: number): QueueEntry | undefined;
  /** Reads as many units of one file as fit; returns their count. */
  readUnits(unit: number, into: Buffer): number;
}

/** The first unit in [from, to) that is no filler, when fillers may be in a row at `from`: in steps that double, then by halves. */
export function firstRealUnit(units: Units, from: number, to: number): number {
  let low = from;
  let high = from;
  for (let step = 1; high < to && units.unitAt(high)?.size === FILLER_SIZE; step *= 2) {
    low = high + 1;
    high = Math.min(to, high + step);
  }
  return firstThat(low, high, (unit) => units.unitAt(unit)?.size !== FILLER_SIZE);
}

/**
 * First unit in [from, to) whose unit leads to a physical offset or behind it, `to` when none does; an empty unit ends
 * the search. A filler counts as the unit behind it.
 */
export function firstUnitFrom(units: Units, from: number, to: number, physicalOffset: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    let behind = middle;
    let unit = units.unitAt(behind);
    while (unit?.size === FILLER_SIZE && behind + 1 < high) unit = units.unitAt(++behind);
    const isBehind = unit === undefined || unit.size <= 0 || unit.physicalOffset >= physicalOffset;
    if (unit?.size === FILLER_SIZE || isBehind) high = middle;
    else low = behind + 1;
  }
  return low;
}

/**
 * Behind the last unit in [from, to) that leads before a physical offset, and behind what the units before it lead to, as all
 * units do that are right. Looks at each unit.
 */
export function endOfAscending(units: Units, from: number, to: number, physicalOffset: number): number {
  const { unitBytes } = units;
  let end = from;
  let previous = -1;
  const piece = Buffer.alloc(UNITS_AT_ONCE * unitBytes);
  const view = viewOf(piece);
  for (let first = from; first < to; ) {
    const count = Math.min(units.readUnits(first, piece), to - first);
    if (count === 0) break;
    for (let i = 0; i < count; i++) {
      const size = view.getInt32(i * unitBytes + UnitOffset.size);
      const place = readInt64(view, i * unitBytes);
      if (size <= 0 || size === FILLER_SIZE || place <= previous || place >= physicalOffset) continue;
      previous = place;
      end = first + i + 1;
    }
    first += count;
  }
  return end;
}
