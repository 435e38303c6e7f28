const ZERO = 48;
const NEWLINE = 10;
/** Whole numbers below it are written digit by digit. */
const WHOLE_LIMIT = 2 ** 31;
const MAX_DIGITS = 10;

/**
 * Text as bytes, of which each is written once: of a page of many megabytes, strings would be put together, flattened and
 * encoded.
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

  /** From one byte up to another one. */
  part(bytes: Buffer, from: number, to: number): void {
    this.#reserve(to - from);
    bytes.copy(this.#bytes, this.#length, from, to);
    this.#length += to - from;
  }

  /** What was written since a length, to be kept. */
  copyFrom(length: number): Buffer {
    const copy = Buffer.allocUnsafeSlow(this.#length - length);
    this.#bytes.copy(copy, 0, length, this.#length);
    return copy;
  }

  /** A number as Prometheus reads it, and the end of the line. */
  endWith(value: number): void {
    this.#reserve(MAX_DIGITS + 1);
    if (isWhole(value)) {
      const end = this.#length + digitsOf(value);
      writeDigits(this.#bytes, this.#length, end, value);
      this.#length = end;
    } else this.text(numberText(value));
    this.#reserve(1);
    this.#bytes[this.#length++] = NEWLINE;
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

/** True for what is written digit by digit. */
export function isWhole(value: number): boolean {
  return value >= 0 && value < WHOLE_LIMIT && (value | 0) === value && !Object.is(value, -0);
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let above = 10; above <= value; above *= 10) digits += 1;
  return digits;
}

/** Fills a place with the digits of a whole number; false, and nothing is written, where it has more or fewer. */
export function writeDigits(bytes: Uint8Array, from: number, to: number, value: number): boolean {
  if (digitsOf(value) !== to - from) return false;
  let rest = value;
  for (let at = to - 1; at >= from; at--) {
    const tenth = (rest / 10) | 0;
    bytes[at] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return true;
}
