import type { Search } from './expression.ts';
import type { PropertyValues } from './property-values.ts';

/** Asks something of the text of a property that the message has. */
export type TextTest = (values: PropertyValues, slot: number) => boolean;

/**
 * Stored texts are compared as bytes where that says the same as comparing what Java decodes: where the constant is well-formed
 * and has no U+FFFD, which broken bytes are decoded to.
 */
function isSafe(text: string): boolean {
  return text.isWellFormed() && !text.includes('\ufffd');
}

/** Whether it is one text. */
export function equalsText(text: string): TextTest {
  if (!isSafe(text)) return (values, slot) => values.text(slot) === text;
  const wanted = Buffer.from(text, 'utf8');
  return (values, slot) => {
    const from = values.from[slot]!;
    return values.end[slot]! - from === wanted.length && isAt(values.bytes, from, wanted);
  };
}

/** A longer text is searched for by a method that long ones pay for. */
const SHORT_TEXT = 16;

/** Lists up to this length are compared one by one. */
const SHORT_LIST = 4;

/** Whether it is one of some texts. */
export function isOneOf(texts: readonly string[]): TextTest {
  if (texts.some((text) => !isSafe(text))) {
    const set = new Set(texts);
    return (values, slot) => set.has(values.text(slot));
  }
  if (texts.length <= SHORT_LIST) {
    const wanted = texts.map((text) => Buffer.from(text, 'utf8'));
    return (values, slot) => {
      const from = values.from[slot]!;
      const length = values.end[slot]! - from;
      for (const one of wanted) if (one.length === length && isAt(values.bytes, from, one)) return true;
      return false;
    };
  }
  const keys = new Set(texts.map((text) => Buffer.from(text, 'utf8').toString('latin1')));
  return (values, slot) => keys.has(values.bytes.toString('latin1', values.from[slot], values.end[slot]));
}

/** Whether it contains a text, or begins or ends with it. The text is not empty. */
export function finds(search: Search, text: string): TextTest {
  if (!isSafe(text)) return (values, slot) => findsDecoded(search, values.text(slot), text);
  const wanted = Buffer.from(text, 'utf8');
  if (search === 'CONTAINS' && wanted.length > SHORT_TEXT) {
    return (values, slot) => values.bytes.subarray(values.from[slot], values.end[slot]).includes(wanted);
  }
  if (search === 'CONTAINS') {
    return (values, slot) => {
      const { bytes } = values;
      const last = values.end[slot]! - wanted.length;
      for (let at = values.from[slot]!; at <= last; at++) if (isAt(bytes, at, wanted)) return true;
      return false;
    };
  }
  const atEnd = search === 'ENDSWITH';
  return (values, slot) => {
    const from = values.from[slot]!;
    const end = values.end[slot]!;
    return end - from >= wanted.length && isAt(values.bytes, atEnd ? end - wanted.length : from, wanted);
  };
}

/** As `finds`, in a text that is no property of a message. */
export function findsDecoded(search: Search, value: string, text: string): boolean {
  if (search === 'CONTAINS') return value.includes(text);
  return search === 'STARTSWITH' ? value.startsWith(text) : value.endsWith(text);
}

function isAt(bytes: Buffer, at: number, wanted: Buffer): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}
