import * as zlib from 'node:zlib';

/** Node.js has a fast one from 20.15 and 22.2 on; the published client also runs on older ones. */
const crc32 = (zlib.crc32 as typeof zlib.crc32 | undefined) ?? crc32ByTable;

let table: Uint32Array | undefined;

/** CRC-32 without the sign bit, as records and registrations carry it. Source: UtilAll#crc32. */
export function bodyCrc32(body: Uint8Array): number {
  return crc32(body) & 0x7fffffff;
}

/** The same as `zlib.crc32`, about twelve times slower. Source: RFC 1952, section 8. */
export function crc32ByTable(bytes: Uint8Array): number {
  table ??= makeTable();
  let crc = -1;
  for (const byte of bytes) crc = (crc >>> 8) ^ table[(crc ^ byte) & 0xff]!;
  return ~crc >>> 0;
}

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    return crc;
  });
}
