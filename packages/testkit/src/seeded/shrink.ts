/** Bounds of one shrinking, in tries; a try is a run of the history. */
const MAX_TRIES = 1500;

/**
 * The smallest history that it finds which still fails: whole pieces are left out first (`pieces` cuts a history into
 * those that belong together), then chunks of halving size, then single operations; at last each operation is replaced by
 * simpler ones. `fails` must give the same answer for the same history.
 */
export async function shrink<T>(
  history: readonly T[],
  pieces: (history: readonly T[]) => readonly (readonly T[])[],
  simpler: (item: T) => Iterable<T>,
  fails: (history: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  const tries = new Tries(fails);
  let best = history;
  for (let before = Number.POSITIVE_INFINITY; best.length < before && tries.left > 0; ) {
    before = best.length;
    best = (await withoutChunks(pieces(best), 1, (kept) => tries.try(kept.flat()))).flat();
    for (let size = Math.floor(best.length / 2); size >= 1; size = Math.floor(size / 2)) {
      best = await withoutChunks(best, size, (kept) => tries.try(kept));
    }
    best = await simplified(best, simpler, tries);
  }
  return best;
}

class Tries<T> {
  left = MAX_TRIES;
  readonly #fails: (history: readonly T[]) => Promise<boolean>;

  constructor(fails: (history: readonly T[]) => Promise<boolean>) {
    this.#fails = fails;
  }

  async try(history: readonly T[]): Promise<boolean> {
    if (this.left <= 0) return false;
    this.left -= 1;
    return await this.#fails(history);
  }
}

/** From the end to the beginning, since what fails comes last and needs little of what was before it. */
async function withoutChunks<T>(
  items: readonly T[],
  size: number,
  fails: (kept: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let best = items;
  for (let end = best.length; end > 0; end -= size) {
    const kept = [...best.slice(0, Math.max(0, end - size)), ...best.slice(end)];
    if (await fails(kept)) best = kept;
  }
  return best;
}

async function simplified<T>(
  items: readonly T[],
  simpler: (item: T) => Iterable<T>,
  tries: Tries<T>,
): Promise<readonly T[]> {
  const best = [...items];
  for (const [index, item] of items.entries()) {
    for (const candidate of simpler(item)) {
      if (await tries.try(best.with(index, candidate))) {
        best[index] = candidate;
        break;
      }
    }
  }
  return best;
}
