import { parseOffsetMessageId, timeOfUniqueKey } from '@rocketmq-ts/admin';
import type { DecodedId } from '../api/index.ts';

/** Bytes of an IPv4 and of an IPv6 address in front of what follows. */
const ADDRESS_DIGITS: Readonly<Record<number, number>> = { 32: 8, 56: 32 };

/** Both readings of a message id. `isBroker` decides between them: an offset id begins with the address of a broker. */
export function decodeId(id: string, nowMs: number, isBroker: (address: string) => boolean): DecodedId {
  const asOffsetId = offsetIdOf(id);
  const asUniqueKey = uniqueKeyOf(id, nowMs);
  if (asOffsetId !== undefined && isBroker(asOffsetId.address)) return { id, kind: 'OFFSET', asOffsetId, asUniqueKey };
  return { id, kind: asUniqueKey === undefined ? 'OTHER' : 'UNIQUE_KEY', asOffsetId, asUniqueKey };
}

function offsetIdOf(id: string): DecodedId['asOffsetId'] {
  try {
    const { storeHost, physicalOffset } = parseOffsetMessageId(id);
    if (storeHost.port < 1 || storeHost.port > 65_535) return undefined;
    const host = storeHost.host.includes(':') ? `[${storeHost.host}]` : storeHost.host;
    return { address: `${host}:${storeHost.port}`, physicalOffset };
  } catch {
    // It is no offset id.
    return undefined;
  }
}

/** Address, process, hash of the class loader, milliseconds of the month, counter: see `UniqueKeyGenerator` of the protocol. */
function uniqueKeyOf(id: string, nowMs: number): DecodedId['asUniqueKey'] {
  const madeAboutMs = timeOfUniqueKey(id, nowMs);
  const at = ADDRESS_DIGITS[id.length];
  if (madeAboutMs === undefined || at === undefined) return undefined;
  const number = (from: number, digits: number): number => Number.parseInt(id.slice(from, from + digits), 16);
  return {
    address: addressText(id.slice(0, at)),
    processId: number(at, 4),
    madeAboutMs,
    counter: number(id.length - 4, 4),
  };
}

function addressText(digits: string): string {
  const size = digits.length === 8 ? 2 : 4;
  const parts = Array.from({ length: digits.length / size }, (_, index) =>
    digits.slice(index * size, (index + 1) * size),
  );
  return size === 2
    ? parts.map((part) => Number.parseInt(part, 16)).join('.')
    : parts.map((part) => Number.parseInt(part, 16).toString(16)).join(':');
}
