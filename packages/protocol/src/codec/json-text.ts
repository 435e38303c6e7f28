const QUOTE = 34;
const SLASH = 47;
const ZERO = 48;
const BACKSLASH = 92;
const LETTER_A = 97;
const LETTER_B = 98;
const LETTER_F = 102;
const LETTER_N = 110;
const LETTER_R = 114;
const LETTER_T = 116;
const LETTER_U = 117;
/** Control characters are below, and must not be in a JSON text as they are. */
const BLANK = 32;
/** From here on a byte is part of a longer character. */
const NO_ASCII = 128;

/** Texts that are longer when their escapes are resolved are left to `JSON.parse`: more than properties may have. */
const SCRATCH_BYTES = 32_768;
const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

/** A JSON text that was read: where it ended, in `textEnd`. */
let end = 0;

/** Behind the closing quote of the text that was read last; −1 when there was none. */
export function textEnd(): number {
  return end;
}

/**
 * The JSON text whose opening quote is at `at`, in bytes up to `limit`. `textEnd` then returns where it ended. Like Apache's
 * reader, and unlike `JSON.parse`, it lets control characters pass in a text without escapes.
 */
export function readText(bytes: Buffer, at: number, limit: number): string {
  const start = at + 1;
  end = -1;
  if (at >= limit || bytes[at] !== QUOTE) return '';
  let seen = 0;
  for (let position = start; position < limit; position++) {
    const byte = bytes[position]!;
    if (byte === QUOTE) {
      end = position + 1;
      if (position === start) return '';
      return bytes.toString(seen < NO_ASCII ? 'latin1' : 'utf8', start, position);
    }
    if (byte === BACKSLASH) return readEscaped(bytes, start, limit);
    seen |= byte;
  }
  return '';
}

/** Resolves the escapes of a text in which everything is ASCII, as properties nearly always are. */
function readEscaped(bytes: Buffer, start: number, limit: number): string {
  let size = 0;
  for (let position = start; position < limit; ) {
    const byte = bytes[position]!;
    if (byte === QUOTE) {
      end = position + 1;
      return scratch.toString('latin1', 0, size);
    }
    if (byte < BLANK || byte >= NO_ASCII || size === SCRATCH_BYTES) break;
    if (byte !== BACKSLASH) {
      scratch[size++] = byte;
      position += 1;
      continue;
    }
    const kind = position + 1 < limit ? bytes[position + 1]! : 0;
    const character = kind === LETTER_U ? hexadecimal(bytes, position + 2, limit) : escaped(kind);
    if (character < 0 || character > 255) break;
    scratch[size++] = character;
    position += kind === LETTER_U ? 6 : 2;
  }
  return parse(bytes, start, limit);
}

/** What a backslash and this letter mean; −1 for nothing. */
function escaped(kind: number): number {
  switch (kind) {
    case QUOTE:
    case BACKSLASH:
    case SLASH:
      return kind;
    case LETTER_B:
      return 8;
    case LETTER_T:
      return 9;
    case LETTER_N:
      return 10;
    case LETTER_F:
      return 12;
    case LETTER_R:
      return 13;
    default:
      return -1;
  }
}

/** The number of four hexadecimal digits; −1 when they are none. */
function hexadecimal(bytes: Buffer, at: number, limit: number): number {
  if (at + 4 > limit) return -1;
  let value = 0;
  for (let position = at; position < at + 4; position++) {
    const byte = bytes[position]!;
    const digit = byte - ZERO;
    const letter = (byte | 32) - LETTER_A;
    if (digit >= 0 && digit <= 9) value = value * 16 + digit;
    else if (letter >= 0 && letter <= 5) value = value * 16 + letter + 10;
    else return -1;
  }
  return value;
}

/** The general way. */
function parse(bytes: Buffer, start: number, limit: number): string {
  let position = start;
  // The character after a backslash belongs to it, also when it is a quote or another backslash.
  while (position < limit && bytes[position] !== QUOTE) position += bytes[position] === BACKSLASH ? 2 : 1;
  if (position >= limit) return '';
  try {
    const text = JSON.parse(bytes.toString('utf8', start - 1, position + 1)) as string;
    end = position + 1;
    return text;
  } catch {
    return '';
  }
}
