import type { ByteWriter } from '@rocketmq-ts/kernel';
import { languageCode, languageName } from '../model/language.ts';
import { CodecError } from './codec-error.ts';
import type { ExtFields } from './field-values.ts';
import { writePair } from './fields.ts';
import type { Sender } from './json-header.ts';
import type { OutgoingFrame } from './outgoing-frame.ts';
import { RemotingFrame } from './remoting-frame.ts';

/*
 * The ROCKETMQ form of a header:
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 2 | code |
 * | 2 | 1 | language |
 * | 3 | 2 | version |
 * | 5 | 4 | opaque |
 * | 9 | 4 | flag |
 * | 13 | 4 | remark length r; 0 is no remark |
 * | 17 | r | remark |
 * | 17 + r | 4 | extFields length e, bytes; 0 is none |
 * | 21 + r | e | entries: 2 key length, key, 4 value length, value |
 *
 * Source: RocketMQSerializable#rocketMQProtocolEncode, #rocketMQProtocolDecode.
 */
const CODE = 0;
const LANGUAGE = 2;
const VERSION = 3;
const OPAQUE = 5;
const FLAG = 9;
const REMARK_LENGTH = 13;
const REMARK = 17;
const MIN_BYTES = 21;

/** Codes above 16 bits whose remainder is taken for them; the remainders mean nothing else. */
const WIDE_CODES = [200050, 200051, 200052, 200053, 200054, 200055, 200056, 200151];
const wideCodes = new Map(WIDE_CODES.map((code) => [code & 0xffff, code]));

/** Largest code that the binary form carries; a request with a larger one must go out as JSON. */
export const MAX_BINARY_CODE = 0x7fff;

/** Reads the bytes from `start` to `end` as a binary header. A code that lost its upper bits is restored where it is known. */
export function decodeBinaryHeader(bytes: Buffer, start: number, end: number): RemotingFrame {
  if (end - start < MIN_BYTES) throw new CodecError('BAD_HEADER', `a binary header of ${end - start} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
  const size = end - start;
  const remarkBytes = view.getInt32(REMARK_LENGTH);
  if (remarkBytes < 0 || remarkBytes > size - MIN_BYTES) {
    throw new CodecError('BAD_HEADER', `a remark of ${remarkBytes} bytes in a header of ${size}`);
  }
  const mapStart = REMARK + remarkBytes + 4;
  const mapBytes = view.getInt32(mapStart - 4);
  if (mapBytes < 0 || mapBytes > size - mapStart) {
    throw new CodecError('BAD_HEADER', `extFields of ${mapBytes} bytes in a header of ${size}`);
  }
  const code = view.getInt16(CODE);
  const frame = new RemotingFrame('ROCKETMQ');
  frame.code = wideCodes.get(code) ?? code;
  frame.language = languageName(view.getInt8(LANGUAGE));
  frame.version = view.getInt16(VERSION);
  frame.opaque = view.getInt32(OPAQUE);
  frame.flag = view.getInt32(FLAG);
  if (remarkBytes > 0) frame.remark = bytes.toString('utf8', start + REMARK, start + REMARK + remarkBytes);
  if (mapBytes > 0) frame.setFields(decodeMap(bytes, view, start, mapStart, mapStart + mapBytes));
  return frame;
}

function decodeMap(bytes: Buffer, view: DataView, base: number, from: number, to: number): ExtFields {
  const fields: Record<string, string> = {};
  let position = from;
  const text = (length: number, what: string): string => {
    if (length < 0 || length > to - position) {
      throw new CodecError('BAD_HEADER', `a ${what} of ${length} bytes where ${to - position} are left`);
    }
    position += length;
    return length === 0 ? '' : bytes.toString('utf8', base + position - length, base + position);
  };
  while (position < to) {
    if (to - position < 2) throw new CodecError('BAD_HEADER', 'extFields end inside a key length');
    position += 2;
    const key = text(view.getInt16(position - 2), 'key');
    if (to - position < 4) throw new CodecError('BAD_HEADER', 'extFields end inside a value length');
    position += 4;
    fields[key] = text(view.getInt32(position - 4), 'value');
  }
  return fields;
}

/** Writes binary headers of one sender. */
export class BinaryHeaderWriter {
  readonly #language: number;
  readonly #version: number;

  constructor(sender: Sender) {
    this.#language = languageCode(sender.language);
    this.#version = sender.version;
  }

  /** The code must be at most `MAX_BINARY_CODE`. */
  write(writer: ByteWriter, frame: OutgoingFrame): void {
    const { codec, header, extFields, remark } = frame;
    writer.int16(frame.code);
    writer.int8(this.#language);
    writer.int16(this.#version);
    writer.int32(frame.opaque);
    writer.int32(frame.flag);
    const remarkLengthAt = writer.position;
    writer.int32(0);
    if (remark !== undefined) {
      const remarkBytes = writer.utf8(remark);
      writer.view.setInt32(remarkLengthAt, remarkBytes);
    }
    const mapLengthAt = writer.position;
    writer.int32(0);
    if (codec !== undefined && header !== undefined) codec.encodePairs(header as never, writer);
    for (const key in extFields) writePair(writer, key, extFields[key]!);
    writer.view.setInt32(mapLengthAt, writer.position - mapLengthAt - 4);
  }
}
