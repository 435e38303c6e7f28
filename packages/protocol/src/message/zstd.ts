import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** The body as one ZSTD frame. */
export function compressZstd(body: Uint8Array): Buffer {
  return zstdCompressSync(body);
}

/** What the frames hold. Throws when they are none, or hold more than `maxBytes`. */
export function inflateZstd(bytes: Uint8Array, maxBytes: number): Buffer {
  return zstdDecompressSync(bytes, { maxOutputLength: maxBytes });
}
