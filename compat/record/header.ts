/** What the recorder must know of a header to pair and to sort frames. Written apart from packages/protocol, which the fixtures test. */
export interface HeaderGlance {
  readonly code: number;
  readonly flag: number;
  readonly opaque: number;
  readonly version: number;
  readonly language: string;
  readonly serializeType: 'JSON' | 'ROCKETMQ';
  readonly fieldNames: readonly string[];
  readonly bodyBytes: number;
}

export function glance(frame: Buffer): HeaderGlance {
  const word = frame.readInt32BE(4);
  const headerBytes = word & 0xffffff;
  const header = frame.subarray(8, 8 + headerBytes);
  const bodyBytes = frame.length - 8 - headerBytes;
  return word >>> 24 === 0 ? { ...json(header), bodyBytes } : { ...binary(header), bodyBytes };
}

function json(header: Buffer): Omit<HeaderGlance, 'bodyBytes'> {
  const parsed = JSON.parse(header.toString('utf8')) as {
    code: number;
    flag: number;
    opaque: number;
    version: number;
    language: string;
    extFields?: Record<string, string>;
  };
  return {
    code: parsed.code,
    flag: parsed.flag,
    opaque: parsed.opaque,
    version: parsed.version,
    language: parsed.language,
    serializeType: 'JSON',
    fieldNames: Object.keys(parsed.extFields ?? {}).sort(),
  };
}

function binary(header: Buffer): Omit<HeaderGlance, 'bodyBytes'> {
  const remarkBytes = header.readInt32BE(13);
  let at = 17 + remarkBytes;
  const end = at + 4 + header.readInt32BE(at);
  at += 4;
  const fieldNames: string[] = [];
  while (at < end) {
    const keyBytes = header.readInt16BE(at);
    fieldNames.push(header.toString('utf8', at + 2, at + 2 + keyBytes));
    at += 2 + keyBytes;
    at += 4 + header.readInt32BE(at);
  }
  return {
    code: header.readInt16BE(0),
    flag: header.readInt32BE(9),
    opaque: header.readInt32BE(5),
    version: header.readInt16BE(3),
    language: String(header.readInt8(2)),
    serializeType: 'ROCKETMQ',
    fieldNames: fieldNames.sort(),
  };
}
