import { protocolError } from '../errors.ts';
import { MessageSysFlag } from '../model/sys-flag.ts';
import { addressBytes } from './address.ts';
import { bodyCrc32 } from './crc.ts';
import { RecordMagic } from './layout.ts';
import type { MessageFields } from './message.ts';
import { PROPERTIES_MAX_BYTES } from './properties.ts';

/** Longest topic of a v1 record, in bytes: its length is a signed byte. */
export const TOPIC_MAX_BYTES_V1 = 127;

/**
 * A whole record, for transaction checks, tools and tests; the store lays out its own. The body goes in as it is, so the
 * compressed bit must tell what it is; CRC, sizes and the host bits are worked out. Magic v2 when the topic needs it.
 * Throws BAD_MESSAGE, PROPERTIES_TOO_LONG. Source: MessageDecoder#encode, MessageExtEncoder.
 */
export function encodeMessage(fields: Omit<MessageFields, 'bodyCrc' | 'storeSize'>): Buffer {
  const topic = Buffer.from(fields.topic, 'utf8');
  const properties = propertiesBytes(fields.propertiesText);
  const bornAddress = hostBytes(fields.bornHost.host);
  const storeAddress = hostBytes(fields.storeHost.host);
  const v2 = topic.length > TOPIC_MAX_BYTES_V1;
  const writer = new RecordWriter(
    83 +
      bornAddress.length +
      storeAddress.length +
      fields.body.length +
      (v2 ? 1 : 0) +
      topic.length +
      properties.length,
  );
  writer.int(writer.bytes.length);
  writer.int(v2 ? RecordMagic.v2 : RecordMagic.v1);
  writer.int(bodyCrc32(fields.body));
  writer.int(fields.queueId);
  writer.int(fields.flag);
  writer.long(fields.queueOffset);
  writer.long(fields.physicalOffset);
  writer.int(withHostBits(fields.sysFlag, bornAddress.length === 16, storeAddress.length === 16));
  writer.long(fields.bornTimestamp);
  writer.copy(bornAddress);
  writer.int(fields.bornHost.port);
  writer.long(fields.storeTimestamp);
  writer.copy(storeAddress);
  writer.int(fields.storeHost.port);
  writer.int(fields.reconsumeTimes);
  writer.long(fields.preparedTransactionOffset);
  writer.int(fields.body.length);
  writer.copy(fields.body);
  if (v2) writer.short(topic.length);
  else writer.byte(topic.length);
  writer.copy(topic);
  writer.short(properties.length);
  writer.copy(properties);
  return writer.bytes;
}

/** UTF-8 of a property text. Throws PROPERTIES_TOO_LONG above 32767 bytes. */
export function propertiesBytes(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > PROPERTIES_MAX_BYTES) {
    throw protocolError('PROPERTIES_TOO_LONG', `properties of ${bytes.length} bytes; ${PROPERTIES_MAX_BYTES} fit`, {
      facts: { bytes: bytes.length },
    });
  }
  return bytes;
}

function hostBytes(host: string): Buffer {
  const bytes = addressBytes(host);
  if (bytes === undefined) throw protocolError('BAD_MESSAGE', `"${host}" is not an IP address`);
  return bytes;
}

function withHostBits(sysFlag: number, bornV6: boolean, storeV6: boolean): number {
  const rest = sysFlag & ~(MessageSysFlag.BORNHOST_V6 | MessageSysFlag.STOREHOST_V6);
  return rest | (bornV6 ? MessageSysFlag.BORNHOST_V6 : 0) | (storeV6 ? MessageSysFlag.STOREHOST_V6 : 0);
}

/** Writes big-endian values one after the other. */
export class RecordWriter {
  readonly bytes: Buffer;
  #at = 0;

  constructor(length: number) {
    this.bytes = Buffer.alloc(length);
  }

  byte(value: number): void {
    this.#at = this.bytes.writeInt8(value, this.#at);
  }

  short(value: number): void {
    this.#at = this.bytes.writeInt16BE(value, this.#at);
  }

  int(value: number): void {
    this.#at = this.bytes.writeInt32BE(value | 0, this.#at);
  }

  long(value: number): void {
    this.bytes.writeInt32BE(Math.floor(value / 4294967296), this.#at);
    this.#at = this.bytes.writeUInt32BE(value >>> 0, this.#at + 4);
  }

  copy(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }
}
