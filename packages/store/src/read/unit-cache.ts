import { viewOf } from '@rocketmq-ts/kernel';
import type { ConsumeQueue } from '../queue/consume-queue.ts';
import type { ReadRoom } from '../queue/queue-view.ts';

/** Units of a queue that were read from its file. */
export interface UnitRange {
  readonly view: DataView;
  /** Byte position of the wanted unit in the view. */
  readonly position: number;
  /** Units from there on. */
  readonly count: number;
}

interface CachedUnits {
  readonly view: DataView;
  readonly firstUnit: number;
  readonly count: number;
}

const UNITS_PER_READ = 819;
const QUEUES_KEPT = 256;

/** The last piece of units that was read for each of the queues that are being caught up on. */
export class UnitCache {
  /** In order of use. */
  readonly #pieces = new Map<ConsumeQueue, CachedUnits>();
  /** What was read before the last `forget` is not kept. */
  #forgotten = 0;

  /**
   * Gives the units from one on, from memory or from the file that holds it; undefined when there are none or no reader
   * waits for them any more, or the disk's error.
   */
  read(
    queue: ConsumeQueue,
    unit: number,
    room: ReadRoom | undefined,
    done: (units: UnitRange | Error | undefined) => void,
  ): void {
    const { unitBytes } = queue;
    const cached = this.#pieces.get(queue);
    if (cached !== undefined && unit >= cached.firstUnit && unit < cached.firstUnit + cached.count) {
      return done(rangeOf(cached, unit, unitBytes));
    }
    const file = queue.files.fileAt(unit * unitBytes);
    if (file === undefined) return done(undefined);
    const last = Math.min(queue.flushedUnit, file.endOffset / unitBytes, unit + UNITS_PER_READ);
    if (last <= unit) return done(undefined);
    const length = (last - unit) * unitBytes;
    const forgotten = this.#forgotten;
    let buffer: Buffer | undefined;
    const target = (): Buffer | undefined => {
      if (room?.abandoned !== true) buffer = Buffer.allocUnsafe(length);
      return buffer;
    };
    file.read(target, 0, length, unit * unitBytes - file.baseOffset, (error, bytesRead) => {
      if (error !== null) return done(error);
      if (buffer === undefined) return done(undefined);
      const piece: CachedUnits = {
        view: viewOf(buffer),
        firstUnit: unit,
        count: Math.floor(bytesRead / unitBytes),
      };
      if (forgotten === this.#forgotten) this.#keep(queue, piece);
      done(rangeOf(piece, unit, unitBytes));
    });
  }

  forget(queue: ConsumeQueue): void {
    this.#forgotten += 1;
    this.#pieces.delete(queue);
  }

  #keep(queue: ConsumeQueue, piece: CachedUnits): void {
    this.#pieces.delete(queue);
    this.#pieces.set(queue, piece);
    if (this.#pieces.size <= QUEUES_KEPT) return;
    for (const oldest of this.#pieces.keys()) {
      this.#pieces.delete(oldest);
      return;
    }
  }
}

function rangeOf(piece: CachedUnits, unit: number, unitBytes: number): UnitRange {
  const skipped = unit - piece.firstUnit;
  return { view: piece.view, position: skipped * unitBytes, count: piece.count - skipped };
}
