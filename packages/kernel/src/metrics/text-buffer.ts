const ZERO = 48;
const NEWLINE = 10;
/** Whole numbers below it are written digit by digit. */
const WHOLE_LIMIT = 2 ** 31;
const MAX_DIGITS = 10;

/**
 * Text as bytes, of which each is written once: of a page of many megabytes, strings would be put together, flattened and encoded.
 */
export class TextBuffer {
  #bytes: Buffer<ArrayBuffer>;
  #length = 0;

  /** `pieceBytes`: what is usually in it when it is taken. */
  constructor(pieceBytes: number) {
    this.#bytes = Buffer.allocUnsafeSlow(pieceBytes);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written since the last call; the next write may overwrite it. */
  take(): Buffer<ArrayBuffer> {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return taken;
  }

  text(text: string): void {
    this.#reserve(text.length * 3);
    this.#length += this.#bytes.write(text, this.#length);
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A number as Prometheus reads it, and the end of the line. */
  endWith(value: number): void {
    this.#reserve(MAX_DIGITS + 1);
    if (value >= 0 && value < WHOLE_LIMIT && (value | 0) === value && !Object.is(value, -0)) this.#digits(value);
    else this.text(numberText(value));
    this.#reserve(1);
    this.#bytes[this.#length++] = NEWLINE;
  }

  #digits(value: number): void {
    let places = 1;
    for (let above = 10; above <= value; above *= 10) places += 1;
    const bytes = this.#bytes;
    let rest = value;
    for (let at = this.#length + places - 1; at >= this.#length; at--) {
      const tenth = (rest / 10) | 0;
      bytes[at] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    this.#length += places;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
