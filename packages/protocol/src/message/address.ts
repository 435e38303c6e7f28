import type { Endpoint } from '@rocketmq-ts/kernel';

/**
 * The 4 or 16 bytes of an address text; undefined for anything else, such as a host name. An IPv4 address written as IPv6
 * (`::ffff:1.2.3.4`) gives 4 bytes, so that records do not depend on how a socket was opened.
 */
export function addressBytes(host: string): Buffer | undefined {
  if (!host.includes(':')) return ipv4Bytes(host);
  const zone = host.indexOf('%');
  const bytes = ipv6Bytes(zone < 0 ? host : host.slice(0, zone));
  return bytes !== undefined && isMappedIpv4(bytes) ? bytes.subarray(12) : bytes;
}

/** The text of the 4 bytes at `at`. */
export function ipv4Text(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

/** The text of the 16 bytes at `at`, with the longest run of zeros left out, as sockets report addresses. */
export function ipv6Text(bytes: Uint8Array, at: number): string {
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((bytes[at + i]! << 8) | bytes[at + i + 1]!);
  const run = longestZeroRun(groups);
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (run.length < 2) return hex(groups);
  return `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`;
}

/** Reads hosts of records; keeps the last one, since neighbouring records mostly share theirs. */
export class HostReader {
  #firstWord = 0;
  #port = -1;
  #last: Endpoint = { host: '', port: -1 };

  read(bytes: Uint8Array, view: DataView, at: number, v6: boolean): Endpoint {
    if (v6) return { host: ipv6Text(bytes, at), port: view.getInt32(at + 16) };
    const firstWord = view.getInt32(at);
    const port = view.getInt32(at + 4);
    if (firstWord !== this.#firstWord || port !== this.#port) {
      this.#firstWord = firstWord;
      this.#port = port;
      this.#last = { host: ipv4Text(bytes, at), port };
    }
    return this.#last;
  }
}

function ipv4Bytes(text: string): Buffer | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const bytes = Buffer.alloc(4);
  for (let i = 0; i < 4; i++) {
    const part = parts[i]!;
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined;
    bytes[i] = Number(part);
  }
  return bytes;
}

function ipv6Bytes(text: string): Buffer | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = ipv6Groups(halves[0]!);
  const tail = halves.length === 2 ? ipv6Groups(halves[1]!) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const bytes = Buffer.alloc(16);
  [...head, ...new Array<number>(missing).fill(0), ...tail].forEach((group, i) => {
    bytes.writeUInt16BE(group, i * 2);
  });
  return bytes;
}

function ipv6Groups(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (part.includes('.') && index === parts.length - 1) {
      const v4 = ipv4Bytes(part);
      if (v4 === undefined) return undefined;
      groups.push(v4.readUInt16BE(0), v4.readUInt16BE(2));
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

function isMappedIpv4(bytes: Buffer): boolean {
  return bytes.readUInt16BE(10) === 0xffff && bytes.subarray(0, 10).every((byte) => byte === 0);
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}
