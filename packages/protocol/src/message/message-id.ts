import type { Clock, Endpoint, Random } from '@rocketmq-ts/kernel';
import { protocolError } from '../errors.ts';
import { addressBytes, ipv4Text, ipv6Text } from './address.ts';

/**
 * Offset message id: where a message lies.
 *
 * | size | field |
 * | --- | --- |
 * | 4 or 16 | address of the broker |
 * | 4 | its port |
 * | 8 | physical offset |
 *
 * As 32 or 56 upper-case hexadecimal digits. Throws BAD_MESSAGE_ID when the host is not an address.
 * Source: MessageDecoder#createMessageId.
 */
export function createOffsetMessageId(storeHost: Endpoint, physicalOffset: number): string {
  const address = addressBytes(storeHost.host);
  if (address === undefined) throw protocolError('BAD_MESSAGE_ID', `"${storeHost.host}" is not an IP address`);
  return address.toString('hex').toUpperCase() + hex32(storeHost.port) + hex64(physicalOffset);
}

/** Throws BAD_MESSAGE_ID. A unique key has the same form and reads to nonsense. Source: MessageDecoder#decodeMessageId. */
export function parseOffsetMessageId(id: string): { readonly storeHost: Endpoint; readonly physicalOffset: number } {
  if (!/^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{56})$/.test(id)) {
    throw protocolError('BAD_MESSAGE_ID', `"${id.slice(0, 100)}" is not an offset message id`);
  }
  const bytes = Buffer.from(id, 'hex');
  const portAt = bytes.length - 12;
  const physicalOffset = bytes.readInt32BE(portAt + 4) * 2 ** 32 + bytes.readUInt32BE(portAt + 8);
  if (physicalOffset < 0 || !Number.isSafeInteger(physicalOffset)) {
    throw protocolError('BAD_MESSAGE_ID', `"${id}" holds an impossible offset: it may be a unique key`);
  }
  const host = portAt === 4 ? ipv4Text(bytes, 0) : ipv6Text(bytes, 0);
  return { storeHost: { host, port: bytes.readInt32BE(portAt) }, physicalOffset };
}

/** What the keys of one process are made of. */
interface UniqueKeyOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Random;
  /** An address of this machine; undefined when none is known, then random bytes take its place. */
  readonly address: string | undefined;
}

const MINOR_STEP_BACK_MS = 1_000_000;

/**
 * Makes the ids that producers give their messages (property UNIQ_KEY): unique without asking a server.
 *
 * | size | field |
 * | --- | --- |
 * | 4 or 16 | address of the client |
 * | 2 | process: random here |
 * | 4 | hash of Java's class loader: random here |
 * | 4 | milliseconds since the start of the month, local time |
 * | 2 | counter, wraps |
 *
 * As 32 or 56 upper-case hexadecimal digits. Source: MessageClientIDSetter.
 */
export class UniqueKeyGenerator {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #prefix: string;
  #monthStartMs = 0;
  #monthEndMs = 0;
  #counter = 0;

  constructor(options: UniqueKeyOptions) {
    this.#clock = options.clock;
    const address =
      (options.address === undefined ? undefined : addressBytes(options.address)) ?? options.random.bytes(4);
    this.#prefix = Buffer.concat([address, options.random.bytes(6)])
      .toString('hex')
      .toUpperCase();
  }

  next(): string {
    const now = this.#clock.now();
    if (now >= this.#monthEndMs || now < this.#monthStartMs - MINOR_STEP_BACK_MS) this.#enterMonthOf(now);
    const spanMs = Math.max(0, now - this.#monthStartMs);
    const counter = this.#counter;
    this.#counter = (counter + 1) & 0xffff;
    return this.#prefix + hex32(spanMs) + hex16(counter);
  }

  #enterMonthOf(now: number): void {
    const date = new Date(now);
    this.#monthStartMs = new Date(date.getFullYear(), date.getMonth(), 1).getTime();
    this.#monthEndMs = new Date(date.getFullYear(), date.getMonth() + 1, 1).getTime();
  }
}

/**
 * About when a unique key was made, in milliseconds: right within the last month, for keys of this time zone. Undefined when
 * the text is no unique key. Source: MessageClientIDSetter#getNearlyTimeFromID.
 */
export function timeOfUniqueKey(key: string, now: number): number | undefined {
  if (!/^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{56})$/.test(key)) return undefined;
  const spanMs = Number.parseInt(key.slice(-12, -4), 16);
  const date = new Date(now);
  const time = new Date(date.getFullYear(), date.getMonth(), 1).getTime() + spanMs;
  if (time < now) return time;
  return new Date(date.getFullYear(), date.getMonth() - 1, 1).getTime() + spanMs;
}

function hex16(value: number): string {
  return value.toString(16).toUpperCase().padStart(4, '0');
}

function hex32(value: number): string {
  return (value >>> 0).toString(16).toUpperCase().padStart(8, '0');
}

function hex64(value: number): string {
  return value.toString(16).toUpperCase().padStart(16, '0');
}
