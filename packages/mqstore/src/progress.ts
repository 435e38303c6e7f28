import type { Clock } from '@rocketmq-ts/kernel';
import { bytesText } from './text.ts';

const MS_BETWEEN_DRAWS = 100;
const COLUMNS = 30;

/** A bar on a terminal's standard error, drawn over itself; nothing at all elsewhere. */
export class Progress {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #draw: ((text: string) => void) | undefined;
  readonly #startMs: number;
  #lastMs = Number.NEGATIVE_INFINITY;
  #shown = false;

  /** `draw`: writes to the terminal; undefined when there is none. */
  constructor(clock: Pick<Clock, 'monotonicMs'>, draw: ((text: string) => void) | undefined) {
    this.#clock = clock;
    this.#draw = draw;
    this.#startMs = clock.monotonicMs();
  }

  /** Draws at most ten times a second. */
  readonly show = (doneBytes: number, totalBytes: number): void => {
    if (this.#draw === undefined || totalBytes <= 0) return;
    const now = this.#clock.monotonicMs();
    if (now - this.#lastMs < MS_BETWEEN_DRAWS) return;
    this.#lastMs = now;
    this.#shown = true;
    const part = Math.min(1, doneBytes / totalBytes);
    const full = Math.floor(part * COLUMNS);
    const seconds = (now - this.#startMs) / 1000;
    const speed = seconds > 0 ? `, ${bytesText(doneBytes / seconds)}/s` : '';
    const percent = `${Math.floor(part * 100)}%`.padStart(4);
    const bar = '#'.repeat(full) + '-'.repeat(COLUMNS - full);
    this.#draw(`\r\x1b[K[${bar}]${percent} of ${bytesText(totalBytes)}${speed}`);
  };

  /** Clears the bar, before anything else is printed. */
  clear(): void {
    if (!this.#shown) return;
    this.#shown = false;
    this.#draw?.('\r\x1b[K');
  }
}
