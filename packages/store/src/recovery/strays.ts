const MAX_STRAYS = 1000;

interface Stray {
  readonly physicalOffset: number;
  readonly queueOffset: number;
}

/**
 * Records that are whole but stand where no record should: in no queue although they have a queue offset, or at the
 * beginning of a queue that nothing is before. The header of a record has no checksum: when another queue lacks a record of
 * the same queue offset, a flipped bit in topic, queue id or flags has led it astray, and this is the damaged place.
 */
export class RecoveryStrays {
  #strays: Stray[] = [];

  /** `queueOffset`: the one that another queue may lack. */
  note(physicalOffset: number, queueOffset: number): void {
    if (this.#strays.length < MAX_STRAYS) this.#strays.push({ physicalOffset, queueOffset });
  }

  /** Place in the log of a stray that has one of the queue offsets [from, to) and lies behind `after`. It is forgotten. */
  take(from: number, to: number, after: number): number | undefined {
    const index = this.#strays.findIndex(
      (stray) => stray.queueOffset >= from && stray.queueOffset < to && stray.physicalOffset > after,
    );
    return index < 0 ? undefined : this.#strays.splice(index, 1)[0]!.physicalOffset;
  }

  /** Places of all that nobody missed. They are forgotten. */
  takeRest(): number[] {
    const rest = this.#strays.map(({ physicalOffset }) => physicalOffset);
    this.#strays = [];
    return rest;
  }
}
