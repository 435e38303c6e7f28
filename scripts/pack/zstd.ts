import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';

/**
 * In the published client this replaces `protocol/src/message/zstd.ts`: Node.js has ZSTD from 22.15 on only, and a message
 * that another program compressed with it has to be read on older ones too.
 */
const native = zlib as Partial<Pick<typeof zlib, 'zstdCompressSync' | 'zstdDecompressSync'>>;

/** The body as one ZSTD frame. Throws where Node.js has no ZSTD. */
export function compressZstd(body: Uint8Array): Buffer {
  if (native.zstdCompressSync === undefined) {
    throw new Error(
      `compressType ZSTD needs Node.js 22.15 or newer and this is ${process.version}: use ZLIB or LZ4, or another Node.js.`,
    );
  }
  return native.zstdCompressSync(body);
}

/** What the frames hold. Throws when they are none, or hold more than `maxBytes`. */
export function inflateZstd(bytes: Uint8Array, maxBytes: number): Buffer {
  return native.zstdDecompressSync?.(bytes, { maxOutputLength: maxBytes }) ?? inflateZstdByScript(bytes, maxBytes);
}

/** The same without help of Node.js. */
export function inflateZstdByScript(bytes: Uint8Array, maxBytes: number): Buffer {
  if (bytes.length === 0) throw new Error('no ZSTD frame');
  const pieces: Uint8Array[] = [];
  let size = 0;
  const stream = new Decompress((piece) => {
    size += piece.length;
    if (size > maxBytes) throw new RangeError(`more than ${maxBytes} bytes`);
    pieces.push(piece);
  });
  stream.push(bytes, true);
  return Buffer.concat(pieces, size);
}
