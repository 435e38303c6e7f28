/** Where the log of one master's time begins. Source: EpochEntry. */
export interface EpochEntry {
  readonly epoch: number;
  /** Physical offset. */
  readonly startOffset: number;
}

/** The same with its end, which is the start of the next one; for the last one the end of the log. */
export interface EpochRange extends EpochEntry {
  readonly endOffset: number;
}

/**
 * Which master's time each part of a log is from: entries by growing epoch, whose starts do not shrink. Never changes. An epoch
 * in which nothing was stored has the same start as the next one; Apache's brokers do not keep the later one of two such entries,
 * by which two logs can look equal that are not. Source: EpochFileCache.
 */
export class EpochList {
  readonly entries: readonly EpochEntry[];

  /** Throws a RangeError for an epoch that is not newer than the one before it, or begins before it. */
  constructor(entries: readonly EpochEntry[] = []) {
    for (const [index, { epoch, startOffset }] of entries.entries()) {
      const before = entries[index - 1];
      if (before !== undefined && (epoch <= before.epoch || startOffset < before.startOffset)) {
        throw new RangeError(
          `epoch ${epoch} from ${startOffset} on can't follow epoch ${before.epoch} from ${before.startOffset} on`,
        );
      }
    }
    this.entries = entries;
  }

  get last(): EpochEntry | undefined {
    return this.entries.at(-1);
  }

  /** −1 when there is none. Source: EpochFileCache#lastEpoch. */
  get lastEpoch(): number {
    return this.last?.epoch ?? -1;
  }

  /** Each entry with its end. */
  ranges(logEnd: number): EpochRange[] {
    return this.entries.map(({ epoch, startOffset }, index) => ({
      ...{ epoch, startOffset },
      endOffset: this.entries[index + 1]?.startOffset ?? Math.max(startOffset, logEnd),
    }));
  }

  /** The entry that a byte at an offset belongs to, or will; undefined for one before the first entry. */
  at(offset: number): EpochEntry | undefined {
    return this.entries.findLast(({ startOffset }) => startOffset <= offset);
  }

  /** Where the part of the log ends that is from the same epoch as an offset; infinite in the last one. */
  endAt(offset: number): number {
    return this.entries.find(({ startOffset }) => startOffset > offset)?.startOffset ?? Number.POSITIVE_INFINITY;
  }

  /** With one more entry. Throws as the constructor. */
  with({ epoch, startOffset }: EpochEntry): EpochList {
    return new EpochList([...this.entries, { epoch, startOffset }]);
  }

  /** Without the entries of an epoch and newer ones. */
  before(epoch: number): EpochList {
    return this.#only(this.entries.filter((entry) => entry.epoch < epoch));
  }

  /** Of a log that is cut: without entries that begin at its end or behind it. Source: EpochFileCache#truncateSuffixByOffset. */
  cutAt(logEnd: number): EpochList {
    return this.#only(this.entries.filter((entry) => entry.startOffset < logEnd));
  }

  /** Of a log whose oldest part is removed: without entries that end before its begin. Source: EpochFileCache#truncatePrefixByOffset. */
  beginAt(minOffset: number): EpochList {
    const ends = this.entries.map((_, index) => this.entries[index + 1]?.startOffset ?? Number.POSITIVE_INFINITY);
    return this.#only(this.entries.filter((_, index) => ends[index]! >= minOffset));
  }

  #only(entries: readonly EpochEntry[]): EpochList {
    return entries.length === this.entries.length ? this : new EpochList(entries);
  }
}

/**
 * How far two logs are certainly the same, the other one being the master's: they are in the newest epoch that both have, up to
 * where either of them leaves it. A master that has started again in its epoch names that start for it, and has what it had before,
 * so that both logs are the same up to there. Undefined when they have no epoch in common. Source: EpochFileCache#findConsistentPoint.
 */
export function commonPoint(own: readonly EpochRange[], master: readonly EpochRange[]): number | undefined {
  for (const entry of own.toReversed()) {
    const same = master.find(({ epoch }) => epoch === entry.epoch);
    if (same === undefined) continue;
    if (same.startOffset === entry.startOffset) return Math.min(entry.endOffset, same.endOffset);
    if (same.startOffset > entry.startOffset) return Math.min(entry.endOffset, same.startOffset);
  }
  return undefined;
}
