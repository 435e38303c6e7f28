import type { ByteWriter } from '@rocketmq-ts/kernel';
import { quoteJson } from './field-values.ts';

const MINUS = 45;
const ZERO = 48;
const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
/** Sign and digits of any safe integer. */
const MAX_DIGITS = 17;
/** Up to this length a loop over the characters is quicker than a call into the runtime. */
const SHORT_TEXT = 64;

/**
 * JSON put straight into bytes. An answer's header has a dozen short members: to join them as text and to encode the
 * text cost four times as much as to lay them out here.
 */
export function putBytes(writer: ByteWriter, bytes: Uint8Array): void {
  writer.ensure(bytes.length);
  const { buffer } = writer;
  let at = writer.position;
  for (let i = 0; i < bytes.length; i++) buffer[at++] = bytes[i]!;
  writer.position = at;
}

/** Decimal digits of a safe integer. */
export function putInteger(writer: ByteWriter, value: number): void {
  writer.ensure(MAX_DIGITS);
  const { buffer } = writer;
  let at = writer.position;
  let rest = value;
  if (rest < 0) {
    buffer[at++] = MINUS;
    rest = -rest;
  }
  let end = at + 1;
  for (let power = 10; power <= rest; power *= 10) end++;
  writer.position = end;
  // Beyond 30 bits the division is one of doubles; a few digits are cut off until the rest is small.
  while (rest > 0x3fff_ffff) {
    const cut = Math.floor(rest / 10);
    buffer[--end] = ZERO + (rest - cut * 10);
    rest = cut;
  }
  let small = rest | 0;
  while (end > at) {
    const cut = (small / 10) | 0;
    buffer[--end] = ZERO + (small - cut * 10);
    small = cut;
  }
}

/** A string with its quotes. */
export function putString(writer: ByteWriter, text: string): void {
  const { length } = text;
  if (length > SHORT_TEXT || !putShortPlain(writer, text)) {
    writer.utf8(quoteJson(text));
  }
}

/** Printable ASCII without quote and backslash; false, with nothing written, for any other text. */
function putShortPlain(writer: ByteWriter, text: string): boolean {
  const { length } = text;
  writer.ensure(length + 2);
  const { buffer } = writer;
  let at = writer.position;
  buffer[at++] = QUOTE;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20 || unit > 0x7e || unit === QUOTE || unit === BACKSLASH) return false;
    buffer[at++] = unit;
  }
  buffer[at++] = QUOTE;
  writer.position = at;
  return true;
}

/** Removes the comma at the end, if there is one. */
export function dropComma(writer: ByteWriter): void {
  if (writer.position > 0 && writer.buffer[writer.position - 1] === COMMA) writer.position -= 1;
}
