import { protocolError } from '../errors.ts';

/**
 * Java's properties text: configuration files, and the bodies of requests that read or change a configuration.
 *
 * ```
 * line      = blank* ( "#" | "!" ) anything          a comment, never continued
 *           | blank* key separator value             an odd number of "\" at the end continues on the next line,
 *                                                    whose leading blanks are dropped
 * separator = blank* [ "=" | ":" ] blank*            a blank alone separates too
 * escapes   = \t \n \r \f \uXXXX, "\" + any other character = that character
 * blank     = space, tab, form feed
 * ```
 * Trailing blanks belong to the value. Source: java.util.Properties#load.
 */
export function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const line of logicalLines(text)) {
    const keyEnd = endOfKey(line);
    let valueStart = skipBlanks(line, keyEnd);
    const separator = line[valueStart];
    if (separator === '=' || separator === ':') valueStart = skipBlanks(line, valueStart + 1);
    properties.set(undoEscapes(line.slice(0, keyEnd)), undoEscapes(line.slice(valueStart)));
  }
  return properties;
}

/** A file as Java reads it: one byte a character (ISO-8859-1), other characters as `\uXXXX`. */
export function parsePropertiesFile(content: Uint8Array): Map<string, string> {
  return parseProperties(Buffer.from(content.buffer, content.byteOffset, content.length).toString('latin1'));
}

/** False for what a loss of power or a full disk leaves of a file: nothing, or bytes that no text has. */
export function isWholePropertiesFile(content: Uint8Array): boolean {
  return content.length > 0 && !content.includes(0);
}

/**
 * One `key=value` line for each entry, in the order given: files, and the bodies of requests and answers. All ASCII, with
 * escapes where a value needs them, since every reader of this form undoes escapes, Apache's as well: it writes values
 * without them, and so loses the backslashes and the characters beyond Latin-1 of its own. Source: MixAll#properties2String,
 * MixAll#string2Properties.
 */
export function formatProperties(entries: Iterable<readonly [string, string]>): string {
  let text = '';
  for (const [key, value] of entries)
    text += `${withEscapes(key, /[ \t\f=:#!\\\n\r]/g)}=${withEscapes(value, /^[ \t\f]|[\\\n\r]/g)}\n`;
  return text;
}

/** The same as the content of a file. */
export function formatPropertiesFile(entries: Iterable<readonly [string, string]>): Buffer {
  return Buffer.from(formatProperties(entries), 'latin1');
}

function* logicalLines(text: string): Iterable<string> {
  const natural = text.split(/\r\n|\n|\r/);
  for (let index = 0; index < natural.length; index++) {
    let line = natural[index]!.replace(/^[ \t\f]+/, '');
    if (line === '' || line[0] === '#' || line[0] === '!') continue;
    while (endsInOddBackslashes(line) && index + 1 < natural.length) {
      index++;
      line = line.slice(0, -1) + natural[index]!.replace(/^[ \t\f]+/, '');
    }
    yield endsInOddBackslashes(line) ? line.slice(0, -1) : line;
  }
}

function endsInOddBackslashes(line: string): boolean {
  let count = 0;
  while (count < line.length && line[line.length - 1 - count] === '\\') count++;
  return count % 2 === 1;
}

function endOfKey(line: string): number {
  for (let at = 0; at < line.length; at++) {
    const character = line[at]!;
    if (character === '\\') at++;
    else if (character === '=' || character === ':' || isBlank(character)) return at;
  }
  return line.length;
}

function skipBlanks(line: string, from: number): number {
  let at = from;
  while (at < line.length && isBlank(line[at]!)) at++;
  return at;
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\t' || character === '\f';
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

function undoEscapes(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(
    /\\u([0-9a-fA-F]{4})|\\([\s\S])/g,
    (whole, hex: string | undefined, character: string | undefined) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      if (character === 'u') {
        throw protocolError('PROPERTIES_MALFORMED', `"${text}" has ${whole} without four hexadecimal digits behind it`);
      }
      return ESCAPES[character!] ?? character!;
    },
  );
}

function withEscapes(text: string, special: RegExp): string {
  return text
    .replace(special, (character) => {
      if (character === '\n') return '\\n';
      if (character === '\r') return '\\r';
      if (character === '\t') return '\\t';
      return character === '\f' ? '\\f' : `\\${character}`;
    })
    .replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
