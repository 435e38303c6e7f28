import { isIP } from 'node:net';
import type { Endpoint } from '../network.ts';
import { parseEndpoint } from '../network.ts';

/** Bytes that are needed to recognize either signature. Source: NettyRemotingServer.HandshakeHandler. */
const DECIDING_BYTES = 12;
const V1_SIGNATURE = Buffer.from('PROXY ', 'latin1');
const V2_SIGNATURE = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);
/** The longest line of version 1 with its line end. Source: PROXY protocol specification, section 2.1. */
const V1_MAX_BYTES = 107;
const V2_HEADER_BYTES = 16;
/** Everything that a version 2 preface may carry; its own length field allows 64 KiB. */
const V2_MAX_BYTES = 4096;

/** What the first bytes of a connection show about a PROXY preface. */
type ProxyPreface =
  | { readonly kind: 'more' }
  | { readonly kind: 'none' }
  | { readonly kind: 'invalid'; readonly reason: string }
  | { readonly kind: 'preface'; readonly bytes: number; readonly source: Endpoint | undefined };

const MORE: ProxyPreface = { kind: 'more' };
const NONE: ProxyPreface = { kind: 'none' };

/**
 * Looks for a PROXY protocol preface of version 1 or 2 at the start of `data`. `source` is undefined where the proxy speaks
 * for itself (`LOCAL`, `UNKNOWN`) or names no internet address.
 */
export function readProxyPreface(data: Buffer): ProxyPreface {
  const first = data[0];
  if (first === undefined) return MORE;
  // A frame's length word and a TLS hello begin with other bytes than either signature: no need to wait for them.
  if (first !== V1_SIGNATURE[0] && first !== V2_SIGNATURE[0]) return NONE;
  // Nor for more of them than differ: a Redis client's PING is all that it sends.
  if (!mayBecome(data, V1_SIGNATURE) && !mayBecome(data, V2_SIGNATURE)) return NONE;
  if (data.length < DECIDING_BYTES) return MORE;
  if (startsWith(data, V2_SIGNATURE)) return readVersion2(data);
  return readVersion1(data);
}

/** True when the bytes so far are those of a signature. */
function mayBecome(data: Buffer, signature: Buffer): boolean {
  const length = Math.min(data.length, signature.length);
  return data.compare(signature, 0, length, 0, length) === 0;
}

function startsWith(data: Buffer, signature: Buffer): boolean {
  return data.length >= signature.length && data.compare(signature, 0, signature.length, 0, signature.length) === 0;
}

/** `PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n` */
function readVersion1(data: Buffer): ProxyPreface {
  const end = data.subarray(0, V1_MAX_BYTES).indexOf('\r\n', 0, 'latin1');
  if (end < 0) {
    return data.length < V1_MAX_BYTES ? MORE : invalid(`no line end within ${V1_MAX_BYTES} bytes`);
  }
  const [, family, source, , sourcePort] = data.toString('latin1', 0, end).split(' ');
  if (family === 'UNKNOWN') return { kind: 'preface', bytes: end + 2, source: undefined };
  if (family !== 'TCP4' && family !== 'TCP6') return invalid(`unknown family ${String(family)}`);
  const endpoint = parseEndpoint(
    family === 'TCP6' ? `[${source ?? ''}]:${sourcePort}` : `${source ?? ''}:${sourcePort}`,
  );
  if (endpoint === undefined || isIP(endpoint.host) === 0) return invalid('malformed source address');
  return { kind: 'preface', bytes: end + 2, source: endpoint };
}

/**
 * | offset | size | meaning |
 * | ---: | ---: | --- |
 * | 0 | 12 | signature |
 * | 12 | 1 | version (2) in the high half, command in the low half: 0 LOCAL, 1 PROXY |
 * | 13 | 1 | family in the high half: 1 IPv4, 2 IPv6; transport in the low half |
 * | 14 | 2 | bytes that follow |
 * | 16 | 4 or 16 | source address, then destination address, source port (2), destination port (2), extensions |
 */
function readVersion2(data: Buffer): ProxyPreface {
  if (data.length < V2_HEADER_BYTES) return MORE;
  const versionAndCommand = data.readUInt8(12);
  const family = data.readUInt8(13) >> 4;
  const following = data.readUInt16BE(14);
  const bytes = V2_HEADER_BYTES + following;
  if (versionAndCommand >> 4 !== 2) return invalid(`version ${versionAndCommand >> 4}`);
  if (bytes > V2_MAX_BYTES) return invalid(`${bytes} bytes of preface`);
  if (data.length < bytes) return MORE;
  const isProxied = (versionAndCommand & 0x0f) === 1;
  const addressBytes = family === 1 ? 4 : family === 2 ? 16 : 0;
  if (!isProxied || addressBytes === 0) return { kind: 'preface', bytes, source: undefined };
  if (following < addressBytes * 2 + 4) return invalid('shorter than its addresses');
  const address = data.subarray(V2_HEADER_BYTES, V2_HEADER_BYTES + addressBytes);
  const port = data.readUInt16BE(V2_HEADER_BYTES + addressBytes * 2);
  return { kind: 'preface', bytes, source: { host: addressText(address), port } };
}

function addressText(address: Buffer): string {
  if (address.length === 4) return address.join('.');
  const groups: string[] = [];
  for (let at = 0; at < 16; at += 2) groups.push(address.readUInt16BE(at).toString(16));
  // The URL parser writes the shortest form of an address, as the system's own functions do.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

function invalid(reason: string): ProxyPreface {
  return { kind: 'invalid', reason: `PROXY preface: ${reason}` };
}
