import { asError, type Clock, type Timer } from '@rocketmq-ts/kernel';
import type { BlockCache } from './block-cache.ts';
import type { CommitLog } from './commit-log.ts';
import { isPassing } from './disk-refusal.ts';
import type { LogHoles } from './holes.ts';

const PERIOD_MS = 1000;

export interface HoleRefillParts {
  readonly clock: Clock;
  readonly log: CommitLog;
  readonly holes: LogHoles;
  readonly blocks: BlockCache;
}

/**
 * Fills, while the store runs, the holes of the log whose filling the disk refused: once a second, until it takes them. A
 * start after a clean stop does not read what lies before its end, so a stop with such a hole is not a clean one.
 */
export class HoleRefill {
  readonly #parts: HoleRefillParts;
  #timer: Timer | undefined;

  constructor(parts: HoleRefillParts) {
    this.#parts = parts;
  }

  /** When the store is RUNNING. */
  start(): void {
    this.#timer = this.#parts.clock.every(PERIOD_MS, () => this.#fillAll());
  }

  /** Tries once more. False when a hole is left. */
  stop(): boolean {
    this.#timer?.cancel();
    this.#fillAll();
    return this.#parts.holes.refused.size === 0;
  }

  #fillAll(): void {
    const { log, holes, blocks } = this.#parts;
    if (log.failure !== undefined) return;
    try {
      for (const [offset, hole] of holes.refused) {
        // Its file may have expired.
        if (log.files.fileAt(offset) === hole.file) holes.refill(hole);
        else holes.refused.delete(offset);
        blocks.forget(hole.from, hole.to);
      }
    } catch (error) {
      // After any other error, of a sync above all, it is in doubt what the file holds.
      if (!isPassing(error)) log.broken(asError(error));
    }
  }
}
