import { languageCode, languageName } from '../model/language.ts';
import type { FieldSlots, SlotsOfCode, SlotValue } from './field-slots.ts';
import { readText, textEnd } from './json-text.ts';
import { RemotingFrame } from './remoting-frame.ts';

const NEWLINE = 10;
const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const ZERO = 48;
const COLON = 58;
const BACKSLASH = 92;
const LETTER_C = 99;
const LETTER_E = 101;
const LETTER_F = 102;
const LETTER_L = 108;
const LETTER_O = 111;
const LETTER_R = 114;
const LETTER_S = 115;
const LETTER_V = 118;
const OPEN = 123;
const CLOSE = 125;

const CODE = Buffer.from('"code":');
const FLAG = Buffer.from('"flag":');
const VERSION = Buffer.from('"version":');
const OPAQUE = Buffer.from('"opaque":');
const LANGUAGE = Buffer.from('"language":');
const LANGUAGE_JAVA = Buffer.from('"language":"JAVA"');
const REMARK = Buffer.from('"remark":');
const SERIALIZE_TYPE = Buffer.from('"serializeTypeCurrentRPC":');
const SERIALIZE_TYPE_JSON = Buffer.from('"serializeTypeCurrentRPC":"JSON"');
const EXT_FIELDS = Buffer.from('"extFields":');

/** Digits of which every combination with a sign fits into 32 bits. */
const SAFE_DIGITS = 9;
/** The same for a safe integer. */
const SAFE_LONG_DIGITS = 15;
/** Longer texts are not kept for the comparison with the next one of their slot. */
const MAX_KNOWN_CHARS = 64;

const NO_BYTES = Buffer.alloc(0);

/**
 * Reads a JSON header of the plain form that nearly every client writes: no blanks, numbers as numbers, all extFields as
 * strings. Returns undefined for any other text, broken or merely unusual; `JSON.parse` then decides. It reads the bytes as
 * they came and makes no text but those of the fields, since `JSON.parse` of it all is the largest part of serving a small
 * request. With `slotsOf` the fields of a request whose code comes before them (as in every sorted header) are read into
 * the slots of its table; a text that is equal to the last one of its slot, as topics and groups mostly are, is that one.
 */
export function scanJsonHeader(
  bytes: Buffer,
  start: number,
  end: number,
  slotsOf: SlotsOfCode | undefined,
): RemotingFrame | undefined {
  if (start >= end || bytes[start] !== OPEN) return undefined;
  scan.begin(bytes, start + 1, end);
  const frame = scan.header(slotsOf);
  scan.begin(NO_BYTES, 0, 0);
  return frame;
}

class Scan {
  #bytes: Buffer = NO_BYTES;
  #position = 0;
  #end = 0;
  #failed = false;

  begin(bytes: Buffer, position: number, end: number): void {
    this.#bytes = bytes;
    this.#position = position;
    this.#end = end;
    this.#failed = false;
  }

  header(slotsOf: SlotsOfCode | undefined): RemotingFrame | undefined {
    const frame = new RemotingFrame('JSON');
    let hasCode = false;
    let hasOpaque = false;
    do {
      // By first letter, so that no text is made of the key.
      switch (this.#bytes[this.#position + 1]) {
        case LETTER_C:
          if (!this.#skip(CODE)) return undefined;
          frame.code = this.#integer();
          hasCode = true;
          break;
        case LETTER_F:
          if (!this.#skip(FLAG)) return undefined;
          frame.flag = this.#integer();
          break;
        case LETTER_V:
          if (!this.#skip(VERSION)) return undefined;
          frame.version = this.#integer();
          break;
        case LETTER_O:
          if (!this.#skip(OPAQUE)) return undefined;
          frame.opaque = this.#integer();
          hasOpaque = true;
          break;
        case LETTER_L:
          if (this.#skip(LANGUAGE_JAVA)) frame.language = 'JAVA';
          else if (this.#skip(LANGUAGE)) frame.language = languageName(languageCode(this.#string()));
          else return undefined;
          break;
        case LETTER_R:
          if (!this.#skip(REMARK)) return undefined;
          frame.remark = this.#string();
          break;
        case LETTER_S:
          if (this.#skip(SERIALIZE_TYPE_JSON)) break;
          if (!this.#skip(SERIALIZE_TYPE)) return undefined;
          this.#string();
          break;
        case LETTER_E: {
          if (!this.#skip(EXT_FIELDS)) return undefined;
          const slots = hasCode && slotsOf !== undefined ? slotsOf(frame.code) : undefined;
          if (slots === undefined) frame.setFields(this.#strings());
          else {
            const values = slots.noValues();
            frame.setSlots(slots, values, this.#intoSlots(slots, values));
          }
          break;
        }
        default:
          return undefined;
      }
      if (this.#failed) return undefined;
    } while (this.#take(COMMA));
    if (!this.#take(CLOSE)) return undefined;
    // The C++ client ends its headers with a newline.
    this.#take(NEWLINE);
    // A missing opaque has a rule of its own.
    return this.#position === this.#end && hasOpaque ? frame : undefined;
  }

  /** The byte at a place; −1 behind the header. */
  #at(position: number): number {
    return position < this.#end ? this.#bytes[position]! : -1;
  }

  #take(character: number): boolean {
    if (this.#at(this.#position) !== character) return false;
    this.#position += 1;
    return true;
  }

  /** Moves behind the expected bytes; false when others come next. */
  #skip(expected: Buffer): boolean {
    const bytes = this.#bytes;
    const start = this.#position;
    const length = expected.length;
    if (start + length > this.#end) return false;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== expected[i]) return false;
    this.#position = start + length;
    return true;
  }

  /** Reads a key of one letter, as every send has them, and returns its character; −1 when another key comes next. */
  #letterKey(): number {
    const start = this.#position;
    if (this.#at(start + 3) !== COLON || this.#bytes[start + 2] !== QUOTE || this.#bytes[start] !== QUOTE) return -1;
    const letter = this.#bytes[start + 1]!;
    if (letter === QUOTE || letter === BACKSLASH || letter >= 128) return -1;
    this.#position = start + 4;
    return letter;
  }

  #key(): string {
    const key = this.#string();
    if (!this.#take(COLON)) this.#failed = true;
    return key;
  }

  #strings(): Record<string, string> {
    const fields: Record<string, string> = {};
    if (!this.#take(OPEN)) this.#failed = true;
    if (this.#take(CLOSE)) return fields;
    do {
      const key = this.#key();
      const value = this.#string();
      if (this.#failed || key === '__proto__') {
        this.#failed = true;
        return fields;
      }
      fields[key] = value;
    } while (this.#take(COMMA));
    if (!this.#take(CLOSE)) this.#failed = true;
    return fields;
  }

  /** Fills the slots; the fields without one are returned. */
  #intoSlots(slots: FieldSlots, values: SlotValue[]): Record<string, string> | undefined {
    let others: Record<string, string> | undefined;
    if (!this.#take(OPEN)) this.#failed = true;
    if (this.#take(CLOSE)) return others;
    do {
      const letter = this.#letterKey();
      const key = letter < 0 ? this.#key() : undefined;
      const slot = key === undefined ? slots.ofLetter(letter) : slots.ofKey(key);
      if (slot >= 0) values[slot] = slots.isNumber(slot) ? this.#numberInQuotes() : this.#slotText(slots, slot);
      else {
        const name = key ?? String.fromCharCode(letter);
        others ??= {};
        others[name] = this.#string();
        if (name === '__proto__') this.#failed = true;
      }
      if (this.#failed) return others;
    } while (this.#take(COMMA));
    if (!this.#take(CLOSE)) this.#failed = true;
    return others;
  }

  #slotText(slots: FieldSlots, slot: number): string {
    const known = slots.known[slot]!;
    const bytes = this.#bytes;
    const start = this.#position + 1;
    const closing = start + known.length;
    if (known !== '' && this.#at(closing) === QUOTE && bytes[start - 1] === QUOTE) {
      let at = start;
      while (at < closing && bytes[at] === known.charCodeAt(at - start)) at++;
      if (at === closing) {
        this.#position = closing + 1;
        return known;
      }
    }
    const text = this.#string();
    // As many bytes as characters: ASCII without escapes, so that equal texts have equal bytes.
    if (text.length <= MAX_KNOWN_CHARS && this.#position - start - 1 === text.length) slots.known[slot] = text;
    return text;
  }

  /** A number in the only form in which it is ever written; anything else stays the text that it is. */
  #numberInQuotes(): SlotValue {
    const bytes = this.#bytes;
    const start = this.#position;
    const isNegative = bytes[start + 1] === MINUS;
    const first = isNegative ? start + 2 : start + 1;
    let position = first;
    let value = 0;
    for (; position < this.#end; position++) {
      const digit = bytes[position]! - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
    }
    const count = position - first;
    const isPlain = bytes[first] === ZERO ? count === 1 && !isNegative : count > 0;
    if (!isPlain || count > SAFE_LONG_DIGITS || this.#at(position) !== QUOTE) return this.#string();
    if (bytes[start] !== QUOTE) this.#failed = true;
    this.#position = position + 1;
    return isNegative ? -value : value;
  }

  #integer(): number {
    const bytes = this.#bytes;
    const isNegative = this.#take(MINUS);
    const start = this.#position;
    let position = start;
    let value = 0;
    for (; position < this.#end; position++) {
      const digit = bytes[position]! - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
    }
    const count = position - start;
    if (count === 0 || count > SAFE_DIGITS || (count > 1 && bytes[start] === ZERO)) this.#failed = true;
    this.#position = position;
    return isNegative ? 0 - value : value;
  }

  #string(): string {
    const text = readText(this.#bytes, this.#position, this.#end);
    const end = textEnd();
    if (end < 0) this.#failed = true;
    else this.#position = end;
    return text;
  }
}

/** One for all: a header is read from beginning to end without a pause. */
const scan = new Scan();
