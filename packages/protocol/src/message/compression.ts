import { deflateSync, inflateSync } from 'node:zlib';
import { protocolError } from '../errors.ts';
import type { CompressionType } from '../model/sys-flag.ts';
import { compressLz4Frame, inflateLz4Frame } from './lz4.ts';
import { compressZstd, inflateZstd } from './zstd.ts';

/** A body that inflates to more is refused: a few kilobytes can hold gigabytes of zeros. */
const MAX_INFLATED_BODY_BYTES = 64 * 1024 * 1024;

/** Level of producers. Source: MixAll MESSAGE_COMPRESS_LEVEL. */
const DEFAULT_COMPRESSION_LEVEL = 5;

/** LZ4 knows no levels here. Source: common/compression. */
export function compressBody(type: CompressionType, body: Uint8Array, level = DEFAULT_COMPRESSION_LEVEL): Buffer {
  switch (type) {
    case 'ZLIB':
      return deflateSync(body, { level });
    case 'ZSTD':
      return compressZstd(body);
    case 'LZ4':
      return compressLz4Frame(body);
  }
}

/** Takes any valid stream or frame of the kind. Throws BAD_COMPRESSION, also when it would hold more than `maxBytes`. */
export function inflateBody(type: CompressionType, bytes: Uint8Array, maxBytes = MAX_INFLATED_BODY_BYTES): Buffer {
  try {
    switch (type) {
      case 'ZLIB':
        return inflateSync(bytes, { maxOutputLength: maxBytes });
      case 'ZSTD':
        return inflateZstd(bytes, maxBytes);
      case 'LZ4':
        return inflateLz4Frame(bytes, maxBytes);
    }
  } catch (cause) {
    throw protocolError(
      'BAD_COMPRESSION',
      `a body of ${bytes.length} bytes is not ${type}, or inflates to more than ${maxBytes} bytes`,
      { cause },
    );
  }
}
