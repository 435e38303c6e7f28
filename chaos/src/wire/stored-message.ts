import { crc32 } from 'node:zlib';

/** What the checker reads of a message. */
export interface StoredMessage {
  readonly queue: number;
  readonly offset: number;
  readonly physicalOffset: number;
  readonly topic: string;
  readonly body: string;
  /** Whether the checksum fits to the body. */
  readonly isIntact: boolean;
}

const COMPRESSED = 0x1;
const BORN_HOST_V6 = 0x10;
const STORE_HOST_V6 = 0x20;
/** The second magic number: topics have two bytes for their length. Source: MessageDecoder#MESSAGE_MAGIC_CODE_V2. */
const MAGIC_LONG_TOPIC = -626_843_477;

/** Reads the messages of a pull's body, of which the last one may be cut off. Source: MessageDecoder#decode. */
export function readMessages(body: Buffer): StoredMessage[] {
  const messages: StoredMessage[] = [];
  for (let at = 0; at + 4 <= body.length; ) {
    const size = body.readInt32BE(at);
    if (size <= 0 || at + size > body.length) break;
    messages.push(readMessage(body.subarray(at, at + size)));
    at += size;
  }
  return messages;
}

/**
 * | offset | size | field |
 * | --- | --- | --- |
 * | 4 | 4 | magic number |
 * | 8 | 4 | checksum of the body |
 * | 12 | 4 | queue |
 * | 20 | 8 | queue offset |
 * | 28 | 8 | physical offset |
 * | 36 | 4 | system flag: compressed, hosts of 20 instead of 8 bytes |
 * | 48 | 8, 20 | born host |
 * | | 8 | store time |
 * | | 8, 20 | store host |
 * | | 12 | times consumed, offset of the half message |
 * | | 4 + n | body |
 * | | 1, 2 + n | topic |
 */
function readMessage(bytes: Buffer): StoredMessage {
  const flag = bytes.readInt32BE(36);
  let at = 48 + (flag & BORN_HOST_V6 ? 20 : 8) + 8 + (flag & STORE_HOST_V6 ? 20 : 8) + 12;
  const bodyBytes = bytes.readInt32BE(at);
  const body = bytes.subarray(at + 4, at + 4 + bodyBytes);
  at += 4 + bodyBytes;
  const isLong = bytes.readInt32BE(4) === MAGIC_LONG_TOPIC;
  const topicBytes = isLong ? bytes.readUInt16BE(at) : bytes.readUInt8(at);
  at += isLong ? 2 : 1;
  return {
    queue: bytes.readInt32BE(12),
    offset: Number(bytes.readBigInt64BE(20)),
    physicalOffset: Number(bytes.readBigInt64BE(28)),
    topic: bytes.toString('utf8', at, at + topicBytes),
    body: body.toString('latin1'),
    // Our clients compress nothing in these runs. Source of the mask: UtilAll#crc32.
    isIntact: (flag & COMPRESSED) === 0 && (crc32(body) & 0x7fff_ffff) === bytes.readInt32BE(8),
  };
}
