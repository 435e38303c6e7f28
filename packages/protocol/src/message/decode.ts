import { readInt64 } from '@rocketmq-ts/kernel';
import { protocolError } from '../errors.ts';
import { compressionType, MessageSysFlag } from '../model/sys-flag.ts';
import { HostReader } from './address.ts';
import { inflateBody } from './compression.ts';
import { bodyCrc32 } from './crc.ts';
import { RECORD_FIXED_BYTES, RecordMagic, RecordOffset } from './layout.ts';
import { type MessageFields, MessageView } from './message.ts';
import { RecordParts } from './record-parts.ts';

/** What decoding does beside cutting a record into its fields. */
interface DecodeOptions {
  /** Inflate compressed bodies. Default true. */
  readonly inflate?: boolean;
  /** Compare the body with its CRC. Default false: the connection and the broker have done so. */
  readonly verifyCrc?: boolean;
}

/** Size and magic, which are enough to walk over a record. */
const PREFIX_BYTES = 8;

/**
 * All records of the body of a pull answer. Bodies share memory with `bytes`. Throws BAD_MESSAGE or BAD_COMPRESSION at the
 * first record that does not hold together; Apache drops it and all behind it without a log line.
 * Source: MessageDecoder#decodes.
 */
export function decodeMessages(bytes: Buffer, options: DecodeOptions = {}): MessageView[] {
  const reader = new RecordReader(bytes, options);
  const messages: MessageView[] = [];
  for (let at = 0; at < bytes.length; ) {
    const message = reader.read(at);
    messages.push(message);
    at += message.storeSize;
  }
  return messages;
}

/**
 * What can be read of the body of a pull answer, for a caller who must not lose the neighbours of a bad record. A message whose
 * body cannot be inflated is returned with the body as it is stored and the compressed bit set; a record that does not hold
 * together is left out, and all behind it when its size does not fit either. Each is reported, with the message if there is
 * one. Apache's client drops the record and all behind it. Source: MessageDecoder#decodesBatch.
 */
export function decodeReadableMessages(
  bytes: Buffer,
  report: (fault: unknown, message: MessageView | undefined) => void,
): MessageView[] {
  const reader = new RecordReader(bytes, {});
  const messages: MessageView[] = [];
  for (let at = 0; at < bytes.length; ) {
    let message: MessageView | undefined;
    try {
      message = reader.read(at);
    } catch (fault) {
      message = messageAsStored(bytes, at);
      report(fault, message);
    }
    if (message !== undefined) messages.push(message);
    at += message?.storeSize ?? claimedSize(bytes, at);
  }
  return messages;
}

function messageAsStored(bytes: Buffer, at: number): MessageView | undefined {
  try {
    return decodeMessage(bytes, at, { inflate: false });
  } catch {
    // The caller reports the failure of the first reading.
    return undefined;
  }
}

/** Size of a record that does not hold together, or all that is left when that is no size. */
function claimedSize(bytes: Buffer, at: number): number {
  const left = bytes.length - at;
  const size = left < PREFIX_BYTES ? left : bytes.readInt32BE(at);
  return size < RECORD_FIXED_BYTES || size > left ? left : size;
}

/** The record that starts at `at`. Throws BAD_MESSAGE or BAD_COMPRESSION. Source: MessageDecoder#decode. */
export function decodeMessage(bytes: Buffer, at = 0, options: DecodeOptions = {}): MessageView {
  return new RecordReader(bytes, options).read(at);
}

class RecordReader {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #options: DecodeOptions;
  readonly #bornHosts = new HostReader();
  readonly #storeHosts = new HostReader();
  readonly #parts = new RecordParts();
  #topicAt = 0;
  #topicEnd = 0;
  #topic = '';

  constructor(bytes: Buffer, options: DecodeOptions) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#options = options;
  }

  read(start: number): MessageView {
    const view = this.#view;
    if (start + PREFIX_BYTES > this.#bytes.length) throw badRecord(start, 'it ends within its size or magic');
    const storeSize = view.getInt32(start + RecordOffset.totalSize);
    const magic = view.getInt32(start + RecordOffset.magic);
    if (magic !== RecordMagic.v1 && magic !== RecordMagic.v2) throw badRecord(start, `${magic} is no record's magic`);
    const end = start + storeSize;
    if (storeSize < RECORD_FIXED_BYTES || end > this.#bytes.length) {
      throw badRecord(start, `its size of ${storeSize} bytes does not fit`);
    }
    const parts = this.#parts;
    const fault = parts.find(view, start, end);
    if (fault !== undefined) throw badRecord(start, fault);
    const sysFlag = view.getInt32(start + RecordOffset.sysFlag);
    const bornV6 = (sysFlag & MessageSysFlag.BORNHOST_V6) !== 0;
    const storeV6 = (sysFlag & MessageSysFlag.STOREHOST_V6) !== 0;
    return this.#message(start, {
      topic: this.#topicText(parts.topicAt, parts.topicEnd),
      queueId: view.getInt32(start + RecordOffset.queueId),
      flag: view.getInt32(start + RecordOffset.flag),
      queueOffset: readInt64(view, start + RecordOffset.queueOffset),
      physicalOffset: readInt64(view, start + RecordOffset.physicalOffset),
      sysFlag,
      bornTimestamp: readInt64(view, start + RecordOffset.bornTimestamp),
      bornHost: this.#bornHosts.read(this.#bytes, view, start + RecordOffset.bornHost, bornV6),
      storeTimestamp: readInt64(view, parts.storeTimestampAt),
      storeHost: this.#storeHosts.read(this.#bytes, view, parts.storeHostAt, storeV6),
      reconsumeTimes: view.getInt32(parts.reconsumeTimesAt),
      preparedTransactionOffset: readInt64(view, parts.reconsumeTimesAt + 4),
      bodyCrc: view.getInt32(start + RecordOffset.bodyCrc),
      body: this.#bytes.subarray(parts.bodyAt, parts.bodyEnd),
      propertiesText: this.#bytes.toString('utf8', parts.propertiesAt, parts.propertiesEnd),
      storeSize,
    });
  }

  #message(start: number, fields: MessageFields): MessageView {
    if (this.#options.verifyCrc && fields.body.length > 0 && bodyCrc32(fields.body) !== fields.bodyCrc) {
      throw badRecord(start, 'its body does not match its CRC');
    }
    const type = compressionType(fields.sysFlag);
    if (type === undefined || this.#options.inflate === false) return new MessageView(fields);
    if (type === 'illegal') throw badRecord(start, `sys flag ${fields.sysFlag} names no compression type`);
    return new MessageView({
      ...fields,
      body: inflateBody(type, fields.body),
      sysFlag: fields.sysFlag & ~MessageSysFlag.COMPRESSED,
    });
  }

  /** Neighbours mostly have one topic: comparing its bytes costs a fraction of making the text again. */
  #topicText(at: number, end: number): string {
    const bytes = this.#bytes;
    let same = end - at === this.#topicEnd - this.#topicAt;
    for (let i = at, known = this.#topicAt; same && i < end; i++, known++) same = bytes[i] === bytes[known];
    if (!same) {
      this.#topicAt = at;
      this.#topicEnd = end;
      this.#topic = bytes.toString('utf8', at, end);
    }
    return this.#topic;
  }
}

function badRecord(at: number, what: string): Error {
  return protocolError('BAD_MESSAGE', `no message at byte ${at}: ${what}`, { facts: { at } });
}
