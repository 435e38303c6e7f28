/** How a body can be looked at. */
export type BodyForm = 'text' | 'json' | 'hex' | 'base64';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells binary bodies from texts
const CONTROL = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f\u007f]/g;
/** A text may have as many control characters, of all its characters; more of them are no text. */
const TEXT_CONTROL_SHARE = 0.05;

/** Bytes of base64. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** A text to look at: control characters are shown by their pictures, as ␀. Undefined for what is not UTF-8, or hardly a text. */
export function readableOf(bytes: Uint8Array, isCut: boolean): string | undefined {
  const text = decoded(bytes, isCut);
  const controls = text?.match(CONTROL)?.length ?? 0;
  if (text === undefined || controls > text.length * TEXT_CONTROL_SHARE) return undefined;
  return text.replace(CONTROL, (control) =>
    String.fromCharCode(control === '\u007f' ? 0x2421 : 0x2400 + control.charCodeAt(0)),
  );
}

/** The bytes as UTF-8; undefined when they are something else. `isCut`: the last character may be a part of one. */
function decoded(bytes: Uint8Array, isCut: boolean): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut });
  } catch {
    return undefined;
  }
}

/** True for what begins as gzip does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** What is in a gzip, up to so many bytes; undefined when it is none, or broken. */
export async function gunzip(bytes: Uint8Array<ArrayBuffer>, maxBytes: number): Promise<Inflated | undefined> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    for (const reader = stream.getReader(); length < maxBytes; ) {
      const { done, value } = await reader.read();
      if (done) return { bytes: joined(pieces, length), isCut: false };
      pieces.push(value);
      length += value.length;
    }
    return { bytes: joined(pieces, length).subarray(0, maxBytes), isCut: true };
  } catch {
    return undefined;
  }
}

/** What was in a compressed body. */
export interface Inflated {
  readonly bytes: Uint8Array;
  /** There is more. */
  readonly isCut: boolean;
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Whole JSON with two blanks for each level; undefined for everything else. Numbers stay as they are written. */
export function prettyJson(text: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
  } catch {
    return undefined;
  }
  return indented(text);
}

/** Only white space is changed: `JSON.stringify` would cut the digits of long numbers, which ids often are. */
function indented(json: string): string {
  const pieces: string[] = [];
  let level = 0;
  const line = (): string => `\n${'  '.repeat(level)}`;
  const tokens = json.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index]!;
    const next = tokens[index + 1];
    if (token === '{' || token === '[') {
      const isEmpty = next === '}' || next === ']';
      if (isEmpty) {
        pieces.push(token + next);
        index += 1;
      } else {
        level += 1;
        pieces.push(token, line());
      }
    } else if (token === '}' || token === ']') {
      level -= 1;
      pieces.push(line(), token);
    } else if (token === ',') pieces.push(',', line());
    else pieces.push(token === ':' ? ': ' : token);
  }
  return pieces.join('');
}

const ROW_BYTES = 16;

/** Offset, bytes and characters, sixteen bytes a line. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += ROW_BYTES) {
    const row = bytes.subarray(at, at + ROW_BYTES);
    const digits = [...row].map((byte) => byte.toString(16).padStart(2, '0'));
    const halves = [digits.slice(0, 8).join(' '), digits.slice(8).join(' ')];
    const characters = [...row].map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${at.toString(16).padStart(8, '0')}  ${halves.join('  ').padEnd(48)}  ${characters}`);
  }
  return lines.join('\n');
}

/** The form in which a body says most. */
export function bestForm(bytes: Uint8Array, isCut: boolean): BodyForm {
  const text = readableOf(bytes, isCut);
  if (text === undefined) return 'hex';
  return !isCut && prettyJson(text) !== undefined ? 'json' : 'text';
}
