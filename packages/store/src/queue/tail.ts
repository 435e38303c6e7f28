import { viewOf, writeInt64 } from '@rocketmq-ts/kernel';
import { UNIT_BYTES, UnitOffset } from './unit-layout.ts';

const FIRST_UNITS = 16;
/** From so many on, units that are in the files are given up before the tail grows. */
const MANY_UNITS = 8192;

/** The newest units of a queue, in memory until they are in its files. */
export class QueueTail {
  /** Queue offset of the first unit. */
  base: number;
  buffer: Buffer;
  view: DataView;

  constructor(base: number) {
    this.base = base;
    this.buffer = Buffer.allocUnsafeSlow(FIRST_UNITS * UNIT_BYTES);
    this.view = viewOf(this.buffer);
  }

  /** Byte position of a unit. */
  positionOf(queueOffset: number): number {
    return (queueOffset - this.base) * UNIT_BYTES;
  }

  /** Adds the unit with the next queue offset; those below `flushedOffset` are in the files. */
  put(queueOffset: number, flushedOffset: number, physicalOffset: number, size: number, tagsCode: number): void {
    let at = this.positionOf(queueOffset);
    if (at + UNIT_BYTES > this.view.byteLength) {
      this.#grow(queueOffset, flushedOffset);
      at = this.positionOf(queueOffset);
    }
    const { view } = this;
    writeInt64(view, at, physicalOffset);
    view.setInt32(at + UnitOffset.size, size);
    writeInt64(view, at + UnitOffset.tagsCode, tagsCode);
  }

  #grow(end: number, flushedOffset: number): void {
    const keepFrom = this.buffer.length >= MANY_UNITS * UNIT_BYTES ? flushedOffset : this.base;
    const units = Math.max(FIRST_UNITS, (end - keepFrom) * 2);
    const grown = Buffer.allocUnsafeSlow(units * UNIT_BYTES);
    this.buffer.copy(grown, 0, this.positionOf(keepFrom), this.positionOf(end));
    this.base = keepFrom;
    this.buffer = grown;
    this.view = viewOf(grown);
  }
}
