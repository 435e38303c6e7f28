import { crc32 } from 'node:zlib';

/** CRC-32 without the sign bit, as records and registrations carry it. Source: UtilAll#crc32. */
export function bodyCrc32(body: Uint8Array): number {
  return crc32(body) & 0x7fffffff;
}
