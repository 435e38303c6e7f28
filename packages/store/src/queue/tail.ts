import { viewOf } from '@rocketmq-ts/kernel';

const FIRST_UNITS = 16;
/** From so many on, units that are in the files are given up before the tail grows. */
const MANY_UNITS = 8192;

/** The newest units of a queue, in memory until they are in its files. */
export class QueueTail {
  readonly #unitBytes: number;
  /** Number of the first unit. */
  base: number;
  buffer: Buffer;
  view: DataView;

  constructor(base: number, unitBytes: number) {
    this.#unitBytes = unitBytes;
    this.base = base;
    this.buffer = Buffer.allocUnsafeSlow(FIRST_UNITS * unitBytes);
    this.view = viewOf(this.buffer);
  }

  /** Byte position of a unit. */
  positionOf(unit: number): number {
    return (unit - this.base) * this.#unitBytes;
  }

  /** Makes room for the unit with the next number and returns its position in `view`; those below `flushedUnit` are in the files. */
  roomFor(unit: number, flushedUnit: number): number {
    const at = (unit - this.base) * this.#unitBytes;
    if (at + this.#unitBytes <= this.view.byteLength) return at;
    this.#grow(unit, flushedUnit);
    return this.positionOf(unit);
  }

  #grow(end: number, flushedUnit: number): void {
    const keepFrom = this.buffer.length >= MANY_UNITS * this.#unitBytes ? flushedUnit : this.base;
    const units = Math.max(FIRST_UNITS, (end - keepFrom) * 2);
    const grown = Buffer.allocUnsafeSlow(units * this.#unitBytes);
    this.buffer.copy(grown, 0, this.positionOf(keepFrom), this.positionOf(end));
    this.base = keepFrom;
    this.buffer = grown;
    this.view = viewOf(grown);
  }
}
