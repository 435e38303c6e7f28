import { protocolError } from '../errors.ts';
import { xxHash32 } from './xx-hash.ts';

/**
 * LZ4 frames, the form in which Java producers compress with LZ4. Frame (integers little-endian):
 *
 * | size | field |
 * | --- | --- |
 * | 4 | magic 0x184D2204 |
 * | 1 | FLG: version 01 in bits 6–7, 5 independent blocks, 4 block checksums, 3 content size, 2 content checksum, 0 dictionary |
 * | 1 | BD: largest block |
 * | 0 or 8 | content size |
 * | 0 or 4 | dictionary id |
 * | 1 | checksum of the header |
 * | … | blocks: size in 4 bytes (highest bit: stored as it is), bytes, checksum if flagged |
 * | 4 | 0: the end |
 * | 0 or 4 | checksum of the content |
 *
 * Block: sequences of a token (literal count << 4 | match length − 4; 15 is continued in further bytes), literals, distance of the
 * match in 2 bytes. The last sequence is literals only. Checksums are XXH32, that of the header its second byte; all that a
 * frame has are compared.
 */
const MAGIC = 0x184d2204;
const SKIPPABLE_MAGIC = 0x184d2a50;
const MIN_MATCH = 4;
/** The last bytes of a block are literals, and no match starts so near the end: readers copy in steps of eight. */
const LAST_LITERALS = 5;
const MATCH_START_LIMIT = 12;
const MAX_DISTANCE = 65535;
const BLOCK_BYTES = 4 * 1024 * 1024;
const STORED_BIT = 0x80000000;
const HASH_BITS = 14;
/** Bits of FLG. */
const BLOCK_CHECKSUMS = 0x10;
const CONTENT_SIZE = 0x08;
const CONTENT_CHECKSUM = 0x04;
const DICTIONARY = 0x01;

/** Version 1, independent blocks, no checksums, blocks of 4 MB, as Java's LZ4FrameOutputStream writes it here. */
const HEADER = Buffer.from('04224d18607073', 'hex');

/** Throws when the bytes are no LZ4 frame, or hold more than `maxBytes`. */
export function inflateLz4Frame(bytes: Uint8Array, maxBytes: number): Buffer {
  const input = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const output = new Lz4Output(Math.min(maxBytes, Math.max(256, bytes.length * 4)), maxBytes);
  let at = 0;
  do {
    const magic = input.getUint32(at, true);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) at += 8 + input.getUint32(at + 4, true);
    else if (magic === MAGIC) at = readFrame(bytes, input, at, output);
    else throw broken('the magic is wrong');
  } while (at < bytes.length);
  return output.result();
}

function readFrame(bytes: Uint8Array, input: DataView, start: number, output: Lz4Output): number {
  const flags = input.getUint8(start + 4);
  if (flags >> 6 !== 1) throw broken('the version is not 1');
  const headerEnd = start + 6 + (flags & CONTENT_SIZE ? 8 : 0) + (flags & DICTIONARY ? 4 : 0);
  if (input.getUint8(headerEnd) !== ((xxHash32(bytes, start + 4, headerEnd) >>> 8) & 0xff)) {
    throw broken('the checksum of its header is wrong');
  }
  const contentStart = output.length;
  let at = headerEnd + 1;
  for (;;) {
    const word = input.getUint32(at, true);
    at += 4;
    if (word === 0) break;
    const size = word & ~STORED_BIT;
    const end = at + size;
    if (end > bytes.length) throw broken('a block is cut off');
    if (flags & BLOCK_CHECKSUMS && input.getUint32(end, true) !== xxHash32(bytes, at, end)) {
      throw broken('the checksum of a block is wrong');
    }
    if (word & STORED_BIT) output.append(bytes, at, size);
    else inflateBlock(bytes, at, end, output);
    at = end + (flags & BLOCK_CHECKSUMS ? 4 : 0);
  }
  checkContent(input, start, at, flags, output.result().subarray(contentStart));
  return at + (flags & CONTENT_CHECKSUM ? 4 : 0);
}

/** `end`: where the checksum of the content is, if there is one. */
function checkContent(input: DataView, start: number, end: number, flags: number, content: Buffer): void {
  const isWhole =
    (flags & CONTENT_SIZE) === 0 ||
    (input.getUint32(start + 6, true) === content.length && input.getUint32(start + 10, true) === 0);
  if (!isWhole) {
    throw broken(`it holds ${content.length} bytes, and says another length`);
  }
  if (flags & CONTENT_CHECKSUM && input.getUint32(end, true) !== xxHash32(content)) {
    throw broken('the checksum of its content is wrong');
  }
}

function inflateBlock(bytes: Uint8Array, start: number, end: number, output: Lz4Output): void {
  let at = start;
  while (at < end) {
    const token = bytes[at++]!;
    let literals = token >> 4;
    if (literals === 15) {
      let more: number;
      do {
        if (at >= end) throw broken('a count is cut off');
        more = bytes[at++]!;
        literals += more;
      } while (more === 255);
    }
    if (at + literals > end) throw broken('literals are cut off');
    output.append(bytes, at, literals);
    at += literals;
    if (at === end) return;
    if (at + 2 > end) throw broken('a distance is cut off');
    const distance = bytes[at]! | (bytes[at + 1]! << 8);
    at += 2;
    let length = token & 15;
    if (length === 15) {
      let more: number;
      do {
        if (at >= end) throw broken('a length is cut off');
        more = bytes[at++]!;
        length += more;
      } while (more === 255);
    }
    output.repeat(distance, length + MIN_MATCH);
  }
}

/** Grows as needed; matches may reach back over blocks. */
class Lz4Output {
  #buffer: Buffer;
  #length = 0;
  readonly #maxBytes: number;

  constructor(expectedBytes: number, maxBytes: number) {
    this.#buffer = Buffer.allocUnsafe(expectedBytes);
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array, at: number, count: number): void {
    this.#reserve(count);
    this.#buffer.set(bytes.subarray(at, at + count), this.#length);
    this.#length += count;
  }

  /** Source and target may overlap: a short distance repeats a pattern. */
  repeat(distance: number, count: number): void {
    if (distance === 0 || distance > this.#length) throw broken('a match starts before the beginning');
    this.#reserve(count);
    const buffer = this.#buffer;
    const from = this.#length - distance;
    if (distance >= count) buffer.copyWithin(this.#length, from, from + count);
    else for (let i = 0; i < count; i++) buffer[this.#length + i] = buffer[from + i]!;
    this.#length += count;
  }

  result(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    if (needed > this.#maxBytes) throw broken(`it holds more than ${this.#maxBytes} bytes`);
    const larger = Buffer.allocUnsafe(Math.min(this.#maxBytes, Math.max(needed, this.#buffer.length * 2)));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** One frame. A block that does not get smaller is stored as it is. */
export function compressLz4Frame(body: Uint8Array): Buffer {
  const pieces: Buffer[] = [HEADER];
  for (let at = 0; at < body.length; at += BLOCK_BYTES) {
    const block = body.subarray(at, Math.min(body.length, at + BLOCK_BYTES));
    const compressed = compressBlock(block);
    const stored = compressed.length >= block.length;
    const size = Buffer.alloc(4);
    size.writeUInt32LE(stored ? (block.length | STORED_BIT) >>> 0 : compressed.length);
    pieces.push(size, stored ? Buffer.from(block.buffer, block.byteOffset, block.length) : compressed);
  }
  pieces.push(Buffer.alloc(4));
  return Buffer.concat(pieces);
}

/** Greedy: takes the last place with the same four bytes. */
function compressBlock(input: Uint8Array): Buffer {
  const output = Buffer.allocUnsafe(input.length + Math.ceil(input.length / 255) + 16);
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const places = new Int32Array(1 << HASH_BITS).fill(-1);
  const matchStartEnd = input.length - MATCH_START_LIMIT;
  const matchEnd = input.length - LAST_LITERALS;
  let written = 0;
  let literalStart = 0;
  let at = 0;
  while (at < matchStartEnd) {
    const word = view.getInt32(at, true);
    const slot = Math.imul(word, -1640531535) >>> (32 - HASH_BITS);
    const candidate = places[slot]!;
    places[slot] = at;
    if (candidate < 0 || at - candidate > MAX_DISTANCE || view.getInt32(candidate, true) !== word) {
      at++;
      continue;
    }
    let length = MIN_MATCH;
    while (at + length < matchEnd && input[candidate + length] === input[at + length]) length++;
    written = writeSequence(output, written, input, literalStart, at, length - MIN_MATCH);
    output.writeUInt16LE(at - candidate, written);
    written = writeRest(output, written + 2, length - MIN_MATCH);
    at += length;
    literalStart = at;
  }
  written = writeSequence(output, written, input, literalStart, input.length, 0);
  return output.subarray(0, written);
}

function writeSequence(
  output: Buffer,
  at: number,
  input: Uint8Array,
  from: number,
  to: number,
  matchCode: number,
): number {
  const literals = to - from;
  output[at] = (Math.min(literals, 15) << 4) | Math.min(matchCode, 15);
  const literalsAt = writeRest(output, at + 1, literals);
  output.set(input.subarray(from, to), literalsAt);
  return literalsAt + literals;
}

/** What does not fit into the four bits of the token. */
function writeRest(output: Buffer, at: number, value: number): number {
  if (value < 15) return at;
  let rest = value - 15;
  let next = at;
  for (; rest >= 255; rest -= 255) output[next++] = 255;
  output[next++] = rest;
  return next;
}

function broken(what: string): Error {
  return protocolError('BAD_COMPRESSION', `no LZ4 frame: ${what}`);
}
