const MAX_STRAYS = 1000;

interface Stray {
  readonly physicalOffset: number;
  readonly queueOffset: number;
}

/**
 * Records that are whole but lie where no record should: in no queue although they have a queue offset, or at the
 * beginning of a queue that has nothing before it. The header of a record has no checksum: when another queue lacks a record of
 * the same queue offset, a flipped bit in topic, queue id or flags has put it there, and this is the damaged place.
 */
export class Strays {
  readonly #strays: Stray[] = [];

  /** `queueOffset`: the one that another queue may lack. */
  add(physicalOffset: number, queueOffset: number): void {
    if (this.#strays.length < MAX_STRAYS) this.#strays.push({ physicalOffset, queueOffset });
  }

  /** Place in the log of a stray that has one of the queue offsets [from, to) and lies behind `after`; it is removed. */
  take(from: number, to: number, after: number): number | undefined {
    const index = this.#strays.findIndex(
      (stray) => stray.queueOffset >= from && stray.queueOffset < to && stray.physicalOffset > after,
    );
    return index < 0 ? undefined : this.#strays.splice(index, 1)[0]!.physicalOffset;
  }

  /** Places of those that no queue lacks. */
  rest(): number[] {
    return this.#strays.map(({ physicalOffset }) => physicalOffset);
  }
}
