import { decodeBinaryHeader } from './binary-header.ts';
import { CodecError } from './codec-error.ts';
import type { SlotsOfCode } from './field-slots.ts';
import { decodeJsonHeader } from './json-header.ts';
import { DEFAULT_MAX_FRAME_BYTES, type RemotingFrame } from './remoting-frame.ts';

/** Length word, then type byte and 24 bits of header length. */
const PREFIX_BYTES = 8;
const LENGTH_BYTES = 4;

/** Rests shorter than this are copied out, so that a few bytes do not keep a whole received chunk alive. */
const SMALL_PIECE_BYTES = 4096;
/** Small pieces are copied together into blocks of this size: a peer that sends byte by byte gets no list of a million. */
const BLOCK_BYTES = 16_384;

/**
 * Cuts the bytes of one connection into frames.
 *
 * ```
 * offset size
 * 0      4   length = 4 + header + body
 * 4      1   serialize type: 0 JSON, 1 ROCKETMQ
 * 5      3   header length h
 * 8      h   header
 * 8 + h  b   body, to the end
 * ```
 *
 * `push` a chunk, then call `next` until it returns undefined; a caller that wants no more frames for now stops
 * calling. A frame inside one chunk is decoded in place and its body is a view of the chunk; a longer one is gathered as a list and
 * joined once. `next` throws `CodecError`; after that the connection has no frame boundary left and must be closed.
 * Source: NettyDecoder, RemotingCommand#decode.
 */
export class FrameReader {
  readonly #maxFrameBytes: number;
  readonly #slotsOf: SlotsOfCode | undefined;
  /** Chunks whose bytes are not read yet; the first one from `#position` on. */
  #chunks: Buffer[] = [];
  #chunk: Buffer | undefined;
  #position = 0;
  #waitingBytes = 0;

  /** The frame that is being gathered: its prefix, then pieces of what follows. */
  readonly #prefix = Buffer.alloc(PREFIX_BYTES);
  readonly #prefixView = new DataView(this.#prefix.buffer, this.#prefix.byteOffset, PREFIX_BYTES);
  #prefixBytes = 0;
  #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #block: Buffer | undefined;
  #blockUsed = 0;

  /** `slotsOf`: slots for the fields of requests that the caller reads by a table. */
  constructor(maxFrameBytes: number = DEFAULT_MAX_FRAME_BYTES, slotsOf?: SlotsOfCode | undefined) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#slotsOf = slotsOf;
  }

  /** Bytes pushed and not yet handed out as frames. */
  get heldBytes(): number {
    return this.#waitingBytes + this.#prefixBytes + this.#pieceBytes;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#waitingBytes += chunk.length;
    if (this.#chunk === undefined) {
      this.#chunk = chunk;
      this.#position = 0;
    } else {
      this.#chunks.push(chunk);
    }
  }

  next(): RemotingFrame | undefined {
    if (this.#prefixBytes === 0) {
      const chunk = this.#chunk;
      if (chunk === undefined) return undefined;
      const start = this.#position;
      const available = chunk.length - start;
      if (available >= PREFIX_BYTES) {
        const length = readInt32(chunk, start);
        this.#checkLength(length);
        if (available >= LENGTH_BYTES + length) {
          this.#advance(LENGTH_BYTES + length);
          return decode(chunk, start + PREFIX_BYTES, readInt32(chunk, start + LENGTH_BYTES), length, this.#slotsOf);
        }
      }
    }
    return this.#gather();
  }

  /** Drops all bytes; for a connection that is closed. */
  clear(): void {
    this.#chunk = undefined;
    this.#chunks = [];
    this.#waitingBytes = 0;
    this.#resetGathered();
  }

  #gather(): RemotingFrame | undefined {
    while (this.#chunk !== undefined) {
      if (this.#prefixBytes < PREFIX_BYTES) this.#gatherPrefix(this.#chunk);
      else this.#gatherPiece(this.#chunk);
      if (this.#prefixBytes < LENGTH_BYTES) continue;
      const length = this.#prefixView.getInt32(0);
      this.#checkLength(length);
      if (this.#prefixBytes < PREFIX_BYTES) {
        // The prefix of a frame without a header is all there is of it.
        continue;
      }
      const word = this.#prefixView.getInt32(LENGTH_BYTES);
      checkWord(word, length);
      if (this.#pieceBytes + LENGTH_BYTES < length) continue;
      const payload = this.#joined();
      this.#resetGathered();
      return decode(payload, 0, word, length, this.#slotsOf);
    }
    return undefined;
  }

  #gatherPrefix(chunk: Buffer): void {
    const count = Math.min(PREFIX_BYTES - this.#prefixBytes, chunk.length - this.#position);
    chunk.copy(this.#prefix, this.#prefixBytes, this.#position, this.#position + count);
    this.#prefixBytes += count;
    this.#advance(count);
  }

  #gatherPiece(chunk: Buffer): void {
    const missing = this.#prefixView.getInt32(0) - LENGTH_BYTES - this.#pieceBytes;
    const count = Math.min(missing, chunk.length - this.#position);
    const piece = chunk.subarray(this.#position, this.#position + count);
    this.#pieceBytes += count;
    // What completes the frame is joined at once, so it needs no copy of its own.
    if (count === missing || count >= SMALL_PIECE_BYTES) {
      this.#closeBlock();
      this.#pieces.push(piece);
    } else {
      this.#copySmall(piece);
    }
    this.#advance(count);
  }

  #copySmall(piece: Buffer): void {
    if (this.#block === undefined || this.#block.length - this.#blockUsed < piece.length) {
      this.#closeBlock();
      // A first small rest is often all that is missing a few bytes later: no whole block for it.
      const size = this.#pieces.length === 0 ? Math.max(piece.length, 512) : BLOCK_BYTES;
      this.#block = Buffer.allocUnsafe(size);
      this.#blockUsed = 0;
    }
    piece.copy(this.#block, this.#blockUsed);
    this.#blockUsed += piece.length;
  }

  #closeBlock(): void {
    if (this.#block !== undefined) this.#pieces.push(this.#block.subarray(0, this.#blockUsed));
    this.#block = undefined;
  }

  #joined(): Buffer {
    const only = this.#pieces[0];
    return this.#pieces.length === 1 && only !== undefined ? only : Buffer.concat(this.#pieces, this.#pieceBytes);
  }

  #resetGathered(): void {
    this.#prefixBytes = 0;
    this.#pieces = [];
    this.#pieceBytes = 0;
    this.#block = undefined;
  }

  #advance(count: number): void {
    this.#waitingBytes -= count;
    this.#position += count;
    if (this.#chunk !== undefined && this.#position === this.#chunk.length) {
      this.#chunk = this.#chunks.shift();
      this.#position = 0;
    }
  }

  #checkLength(length: number): void {
    if (length < LENGTH_BYTES) throw new CodecError('BAD_LENGTH', `a frame claims a length of ${length}`);
    if (length > this.#maxFrameBytes - LENGTH_BYTES) {
      throw new CodecError(
        'FRAME_TOO_LONG',
        `a frame of ${length + LENGTH_BYTES} bytes is above the limit of ${this.#maxFrameBytes} bytes`,
      );
    }
  }
}

/** Faster than a method of Buffer, and no view per chunk is needed. */
function readInt32(bytes: Buffer, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

function checkWord(word: number, length: number): void {
  const type = word >>> 24;
  if (type > 1) throw new CodecError('UNKNOWN_SERIALIZE_TYPE', `a frame claims serialize type ${type}`);
  const headerBytes = word & 0xffffff;
  if (headerBytes > length - LENGTH_BYTES) {
    throw new CodecError('BAD_HEADER_LENGTH', `a header of ${headerBytes} bytes in a frame of length ${length}`);
  }
}

function decode(
  bytes: Buffer,
  headerStart: number,
  word: number,
  length: number,
  slotsOf: SlotsOfCode | undefined,
): RemotingFrame {
  checkWord(word, length);
  const headerEnd = headerStart + (word & 0xffffff);
  const frameEnd = headerStart + length - LENGTH_BYTES;
  const frame =
    word >>> 24 === 0
      ? decodeJsonHeader(bytes, headerStart, headerEnd, slotsOf)
      : decodeBinaryHeader(bytes, headerStart, headerEnd);
  if (headerEnd < frameEnd) frame.body = bytes.subarray(headerEnd, frameEnd);
  return frame;
}
