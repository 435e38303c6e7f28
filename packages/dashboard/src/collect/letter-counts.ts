/** Dead letters of so long are counted. */
export const LETTERS_WINDOW_MS = 3_600_000;

/**
 * How many dead letters a group has got on one broker name, as far as its topic was looked at: the ends of its queues together, each
 * time that they had moved.
 */
export class LetterCounts {
  /** Times and ends, rising, of which the first may be older than the window. */
  #seen: { readonly atMs: number; readonly end: number }[] = [];

  /** Takes what was seen now; 0 while there is no topic for them yet. One that fell is of a topic that was deleted in between. */
  see(end: number, atMs: number): void {
    const last = this.#seen.at(-1);
    if (last !== undefined && end < last.end) this.#seen = [{ atMs: last.atMs, end: 0 }];
    if (this.#seen.at(-1)?.end !== end) this.#seen.push({ atMs, end });
    const from = this.#seen.findLastIndex((each) => each.atMs <= atMs - LETTERS_WINDOW_MS);
    if (from > 0) this.#seen.splice(0, from);
  }

  /** Those of the window before this moment. What was there when the console first looked is not counted. */
  since(nowMs: number): number {
    const before = this.#seen.findLast(({ atMs }) => atMs <= nowMs - LETTERS_WINDOW_MS) ?? this.#seen[0];
    return before === undefined ? 0 : this.#seen.at(-1)!.end - before.end;
  }
}
