/** One line of a room's table of limits; docs/limits.md is made from these tables. */
export interface LimitEntry {
  /** What gathers: a queue, a buffer, time that something takes. */
  readonly what: string;
  /** The bound, with its unit, and the name by which it is set where it can be. */
  readonly limit: string;
  /** What happens to what is beyond it, with the code of its answer. */
  readonly beyond: string;
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB'] as const;

/** `64 MiB`: exact, in the largest unit that divides it. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value % 1024 === 0 && value > 0 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value} ${UNITS[unit]}`;
}
