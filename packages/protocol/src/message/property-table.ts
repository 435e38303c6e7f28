import { javaHashCode, spreadJavaHash } from '@rocketmq-ts/kernel';
import { PROPERTIES_CAPACITY, PROPERTY_END, PROPERTY_NAME_END } from './properties.ts';
import { slotHash, slotOf, slotText } from './property-slots.ts';

/**
 * How a property text is held in a string: `utf8`, one character for each of the text; `latin1`, one for each byte of its
 * UTF-8, so that stored bytes pass through unchanged, whatever they are.
 */
export type PropertiesCharset = 'utf8' | 'latin1';

const NAME_END_CODE = 1;
const END_CODE = 2;
const FIRST_SIZE = 64;
const SLOTS = slotText.length;
/** From so many properties on equal names are found by a map. */
const SEARCHED_COUNT = 48;
/** How full a map of Java is when it doubles. Source: java.util.HashMap. */
const LOAD_FACTOR = 0.75;

/**
 * The properties of one message as Apache reads, changes and writes them: pieces without a name or a value don't count, the
 * last of equal names wins, and the text that comes out has the order of Java's HashMap, each value closed. Nothing is
 * decoded or copied that isn't asked for. One object is reused for all messages of a handler.
 * Texts have at most 65,535 characters.
 * Source: MessageDecoder#string2messageProperties, #messageProperties2String.
 */
export class PropertyTable {
  #text = '';
  #charset: PropertiesCharset = 'utf8';
  #count = 0;
  #from = new Int32Array(FIRST_SIZE);
  #nameEnd = new Int32Array(FIRST_SIZE);
  #end = new Int32Array(FIRST_SIZE);
  #hash = new Int32Array(FIRST_SIZE);
  /** `name U+0001 value U+0002` of what was set, '' of what was removed, undefined for what is in the text unchanged. */
  readonly #pieces: (string | undefined)[] = [];
  readonly #slots = new Int16Array(SLOTS).fill(-1);
  #byName: Map<string, number> | undefined;
  #keys = new Int32Array(FIRST_SIZE);

  get charset(): PropertiesCharset {
    return this.#charset;
  }

  /** Reads a text; what was there before is forgotten. */
  read(text: string, charset: PropertiesCharset = 'utf8'): this {
    this.#text = text;
    this.#charset = charset;
    this.#count = 0;
    this.#slots.fill(-1);
    this.#byName = undefined;
    const { length } = text;
    for (let from = 0; from < length; ) {
      let at = from;
      let hash = 0;
      let bits = 0;
      let code = 0;
      for (; at < length; at++) {
        code = text.charCodeAt(at);
        if (code === NAME_END_CODE || code === END_CODE) break;
        hash = (Math.imul(hash, 31) + code) | 0;
        bits |= code;
      }
      if (at === length) break;
      if (code === END_CODE) {
        from = at + 1;
        continue;
      }
      let end = text.indexOf(PROPERTY_END, at + 1);
      if (end < 0) end = length;
      if (at > from && end > at + 1) {
        if (bits >= 128 && charset === 'latin1') hash = javaHashCode(decoded(text.slice(from, at)));
        this.#add(from, at, end, hash);
      }
      from = end + 1;
    }
    return this;
  }

  has(slot: number): boolean {
    return this.#slots[slot]! >= 0;
  }

  /** The value as text, also of a table that holds bytes. */
  value(slot: number): string | undefined {
    const i = this.#slots[slot]!;
    if (i < 0) return undefined;
    const piece = this.#pieces[i];
    const value =
      piece === undefined
        ? this.#text.slice(this.#nameEnd[i]! + 1, this.#end[i])
        : piece.slice(slotText[slot]!.length + 1, -1);
    return this.#charset === 'latin1' ? decoded(value) : value;
  }

  /** Puts a property, or gives it another value. The value must not be empty nor hold a separator. */
  set(slot: number, value: string): void {
    this.setPiece(slot, propertyPiece(slot, value));
  }

  /** As `set`, with what `propertyPiece` made. */
  setPiece(slot: number, piece: string): void {
    let i = this.#slots[slot]!;
    if (i < 0) {
      i = this.#count;
      this.#grow(i);
      this.#count += 1;
      this.#slots[slot] = i;
      this.#hash[i] = slotHash[slot]!;
    }
    this.#pieces[i] = this.#charset === 'latin1' ? encoded(piece) : piece;
  }

  remove(slot: number): void {
    const i = this.#slots[slot]!;
    if (i < 0) return;
    this.#pieces[i] = '';
    this.#slots[slot] = -1;
  }

  /** The whole text, in this table's charset. */
  text(): string {
    const keys = this.#order();
    let text = '';
    let from = 0;
    let to = 0;
    for (let k = 0; k < this.#count; k++) {
      const i = keys[k]! & 65535;
      const piece = this.#pieces[i];
      if (piece !== undefined) {
        if (to > from) text += this.#text.slice(from, to);
        from = to = 0;
        text += piece;
      } else if (to > from && this.#from[i] === to) to = this.#end[i]! + 1;
      else {
        if (to > from) text += this.#text.slice(from, to);
        from = this.#from[i]!;
        to = this.#end[i]! + 1;
      }
      if (to > this.#text.length) {
        // The last value of the text was not closed.
        text += this.#text.slice(from) + PROPERTY_END;
        from = to = 0;
      }
    }
    return to > from ? text + this.#text.slice(from, to) : text;
  }

  /** Numbers of the entries, each with its bucket in the bits above 16, as Java's HashMap walks over them. */
  #order(): Int32Array {
    const count = this.#count;
    const keys = this.#keys;
    let capacity = PROPERTIES_CAPACITY;
    while (count > capacity * LOAD_FACTOR) capacity *= 2;
    for (let i = 0; i < count; i++) {
      const key = ((spreadJavaHash(this.#hash[i]!) & (capacity - 1)) << 16) | i;
      if (count > SEARCHED_COUNT) {
        keys[i] = key;
        continue;
      }
      let at = i;
      for (; at > 0 && keys[at - 1]! > key; at--) keys[at] = keys[at - 1]!;
      keys[at] = key;
    }
    if (count > SEARCHED_COUNT) keys.subarray(0, count).sort();
    return keys;
  }

  #add(from: number, nameEnd: number, end: number, hash: number): void {
    let i = this.#find(from, nameEnd, hash);
    if (i < 0) {
      i = this.#count;
      this.#grow(i);
      this.#count += 1;
      this.#byName?.set(this.#text.slice(from, nameEnd), i);
      const slot = slotOf(this.#text, from, nameEnd, hash);
      if (slot >= 0) this.#slots[slot] = i;
    }
    this.#from[i] = from;
    this.#nameEnd[i] = nameEnd;
    this.#end[i] = end;
    this.#hash[i] = hash;
    this.#pieces[i] = undefined;
  }

  /** Entry of the same name, −1 when there is none. */
  #find(from: number, nameEnd: number, hash: number): number {
    const text = this.#text;
    if (this.#count >= SEARCHED_COUNT) {
      this.#byName ??= this.#mapNames();
      return this.#byName.get(text.slice(from, nameEnd)) ?? -1;
    }
    for (let i = 0; i < this.#count; i++) {
      if (this.#hash[i] !== hash || this.#nameEnd[i]! - this.#from[i]! !== nameEnd - from) continue;
      if (text.slice(this.#from[i], this.#nameEnd[i]) === text.slice(from, nameEnd)) return i;
    }
    return -1;
  }

  #mapNames(): Map<string, number> {
    const names = new Map<string, number>();
    for (let i = 0; i < this.#count; i++) names.set(this.#text.slice(this.#from[i], this.#nameEnd[i]), i);
    return names;
  }

  #grow(count: number): void {
    if (count < this.#from.length) return;
    const grown = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const array = new Int32Array(old.length * 2);
      array.set(old);
      return array;
    };
    this.#from = grown(this.#from);
    this.#nameEnd = grown(this.#nameEnd);
    this.#end = grown(this.#end);
    this.#hash = grown(this.#hash);
    this.#keys = new Int32Array(this.#from.length);
  }
}

/** One property as it is in a text, made once for what every message gets. */
export function propertyPiece(slot: number, value: string): string {
  return slotText[slot]! + PROPERTY_NAME_END + value + PROPERTY_END;
}

function decoded(bytes: string): string {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes.charCodeAt(i) >= 128) return Buffer.from(bytes, 'latin1').toString('utf8');
  }
  return bytes;
}

function encoded(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) >= 128) return Buffer.from(text, 'utf8').toString('latin1');
  }
  return text;
}
