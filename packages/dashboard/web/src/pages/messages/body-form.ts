/** How a body can be looked at. */
export type BodyForm = 'text' | 'json' | 'hex' | 'base64';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells binary bodies from texts
const CONTROL = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f\u007f]/;

/** Bytes of base64. */
export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** The bytes as UTF-8; undefined when they are something else. `isCut`: the last character may be a part of one. */
export function utf8Of(bytes: Uint8Array, isCut: boolean): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut });
    return CONTROL.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
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
  const text = utf8Of(bytes, isCut);
  if (text === undefined) return 'hex';
  return !isCut && prettyJson(text) !== undefined ? 'json' : 'text';
}
