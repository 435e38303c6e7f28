const NAME_END = 1;
const VALUE_END = 2;

/** Where the values of an expression's properties lie in the stored bytes of one message. Nothing is copied. */
export class PropertyValues {
  readonly names: readonly string[];
  /** The property text of the message that was looked at last lies in it. */
  bytes: Buffer = Buffer.alloc(0);
  /** By property: where its value begins; −1 when the message has none. */
  readonly from: Int32Array;
  /** By property: where its value ends. */
  readonly end: Int32Array;
  readonly #keys: readonly Buffer[];
  /** The first property whose name begins with a byte; −1: none. */
  readonly #firstBy = new Int32Array(256).fill(-1);
  /** The next property whose name begins with the same byte; −1: none. */
  readonly #nextBy: Int32Array;

  constructor(names: readonly string[]) {
    this.names = names;
    this.from = new Int32Array(names.length);
    this.end = new Int32Array(names.length);
    this.#keys = names.map((name) => Buffer.concat([Buffer.from(name, 'latin1'), Buffer.from([NAME_END])]));
    this.#nextBy = new Int32Array(names.length).fill(-1);
    for (const [i, key] of this.#keys.entries()) {
      this.#nextBy[i] = this.#firstBy[key[0]!]!;
      this.#firstBy[key[0]!] = i;
    }
  }

  /**
   * Finds the values in a property text, which lies in `bytes` from `start` up to `end`. The last of equal names that has a value
   * counts. Source: MessageDecoder#string2messageProperties.
   */
  locate(bytes: Buffer, start: number, end: number): void {
    const { from } = this;
    this.bytes = bytes;
    from.fill(-1);
    const firstBy = this.#firstBy;
    let at = start;
    while (at < end) {
      let slot = firstBy[bytes[at]!]!;
      while (slot >= 0) {
        const key = this.#keys[slot]!;
        let same = 1;
        while (same < key.length && bytes[at + same] === key[same]) same++;
        const value = at + same;
        if (same === key.length && value < end && bytes[value] !== VALUE_END) {
          at = value;
          while (at < end && bytes[at] !== VALUE_END) at++;
          from[slot] = value;
          this.end[slot] = at;
          break;
        }
        slot = this.#nextBy[slot]!;
      }
      while (at < end && bytes[at] !== VALUE_END) at++;
      at++;
    }
  }

  text(slot: number): string {
    return this.bytes.toString('utf8', this.from[slot], this.end[slot]);
  }
}
