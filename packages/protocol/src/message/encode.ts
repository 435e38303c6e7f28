import { ByteWriter } from '@rocketmq-ts/kernel';
import { protocolError } from '../errors.ts';
import { MessageSysFlag } from '../model/sys-flag.ts';
import { addressBytes } from './address.ts';
import { bodyCrc32 } from './crc.ts';
import { RecordMagic } from './layout.ts';
import type { MessageFields } from './message.ts';
import { PROPERTIES_MAX_BYTES } from './properties.ts';

/** Longest topic of a v1 record, in bytes: its length is a signed byte. */
const TOPIC_MAX_BYTES_V1 = 127;

/**
 * A whole record, for transaction checks, tools and tests; the store lays out its own. The body is copied as it is, so the
 * compressed bit must fit it; CRC, sizes and the host bits are computed. Magic v2 when the topic needs it.
 * Throws BAD_MESSAGE, PROPERTIES_TOO_LONG. Source: MessageDecoder#encode, MessageExtEncoder.
 */
export function encodeMessage(fields: Omit<MessageFields, 'bodyCrc' | 'storeSize'>): Buffer {
  const topic = Buffer.from(fields.topic, 'utf8');
  const properties = propertiesBytes(fields.propertiesText);
  const bornAddress = hostBytes(fields.bornHost.host);
  const storeAddress = hostBytes(fields.storeHost.host);
  const isV2 = topic.length > TOPIC_MAX_BYTES_V1;
  const lengths = bornAddress.length + storeAddress.length + fields.body.length + topic.length + properties.length;
  const size = 83 + (isV2 ? 1 : 0) + lengths;
  const writer = new ByteWriter(size);
  writer.int32(size);
  writer.int32(isV2 ? RecordMagic.v2 : RecordMagic.v1);
  writer.int32(bodyCrc32(fields.body));
  writer.int32(fields.queueId);
  writer.int32(fields.flag);
  writer.int64(fields.queueOffset);
  writer.int64(fields.physicalOffset);
  writer.int32(withHostBits(fields.sysFlag, bornAddress.length === 16, storeAddress.length === 16));
  writer.int64(fields.bornTimestamp);
  writer.bytes(bornAddress);
  writer.int32(fields.bornHost.port);
  writer.int64(fields.storeTimestamp);
  writer.bytes(storeAddress);
  writer.int32(fields.storeHost.port);
  writer.int32(fields.reconsumeTimes);
  writer.int64(fields.preparedTransactionOffset);
  writer.int32(fields.body.length);
  writer.bytes(fields.body);
  if (isV2) writer.int16(topic.length);
  else writer.int8(topic.length);
  writer.bytes(topic);
  writer.int16(properties.length);
  writer.bytes(properties);
  return writer.written();
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
