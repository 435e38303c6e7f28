import { ByteWriter } from '@rocketmq-ts/kernel';
import { protocolError } from '../errors.ts';
import { MessageSysFlag } from '../model/sys-flag.ts';
import { propertiesBytes } from './encode.ts';
import { MessageView } from './message.ts';
import type { PropertiesCharset } from './property-table.ts';

/** One message of a batch; topic, queue and all else are those of the request. */
export interface BatchMember {
  readonly flag: number;
  readonly body: Uint8Array;
  readonly propertiesText: string;
}

/** Bytes of a member without its body and properties. */
export const BATCH_MEMBER_FIXED_BYTES = 22;

/**
 * Body of SEND_BATCH_MESSAGE: members one after the other.
 *
 * | size | field |
 * | --- | --- |
 * | 4 | size of this member |
 * | 4 | magic: 0, not looked at |
 * | 4 | body CRC: 0, not looked at |
 * | 4 | flag |
 * | 4 + n | body |
 * | 2 + n | properties |
 *
 * Throws PROPERTIES_TOO_LONG. Source: MessageDecoder#encodeMessages.
 */
export function encodeBatch(members: readonly BatchMember[]): Buffer {
  const properties = members.map((member) => propertiesBytes(member.propertiesText));
  const sizes = members.map(({ body }, i) => BATCH_MEMBER_FIXED_BYTES + body.length + properties[i]!.length);
  const writer = new ByteWriter(sizes.reduce((sum, size) => sum + size, 0));
  for (const [i, { flag, body }] of members.entries()) {
    writer.int32(sizes[i]!);
    writer.int32(0);
    writer.int32(0);
    writer.int32(flag);
    writer.int32(body.length);
    writer.bytes(body);
    writer.int16(properties[i]!.length);
    writer.bytes(properties[i]!);
  }
  return writer.written();
}

/**
 * The members; bodies share memory with `bytes`. With `latin1` the property texts have one character for each byte. Throws
 * BAD_MESSAGE. Source: MessageDecoder#decodeMessages.
 */
export function decodeBatch(
  bytes: Buffer,
  charset: PropertiesCharset = 'utf8',
): (BatchMember & { readonly body: Buffer })[] {
  const members: (BatchMember & { readonly body: Buffer })[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < BATCH_MEMBER_FIXED_BYTES) throw badMember(at);
    const end = at + view.getInt32(at);
    const bodyAt = at + 20;
    const bodyEnd = bodyAt + lengthAt(view, bodyAt - 4, at);
    if (end > bytes.length || bodyEnd + 2 > end) throw badMember(at);
    const propertiesAt = bodyEnd + 2;
    const propertiesLength = view.getInt16(bodyEnd);
    if (propertiesLength < 0 || propertiesAt + propertiesLength !== end) throw badMember(at);
    members.push({
      flag: view.getInt32(at + 12),
      body: bytes.subarray(bodyAt, bodyEnd),
      propertiesText: bytes.toString(charset, propertiesAt, end),
    });
    at = end;
  }
  return members;
}

function lengthAt(view: DataView, at: number, member: number): number {
  const length = view.getInt32(at);
  if (length < 0) throw badMember(member);
  return length;
}

/**
 * The messages inside a record that a broker stored as one (bits INNER_BATCH and NEED_UNWRAP): member i has the queue offset
 * of the record plus i; the bit INNER_BATCH stays. Any other message is returned alone. Source: MessageDecoder#decodeMessage, PullAPIWrapper.
 */
export function unwrapInnerBatch(message: MessageView): MessageView[] {
  const wrapped = MessageSysFlag.INNER_BATCH | MessageSysFlag.NEED_UNWRAP;
  if ((message.sysFlag & wrapped) !== wrapped) return [message];
  return decodeBatch(message.body).map(
    (member, index) =>
      new MessageView({
        ...message.fields(),
        flag: member.flag,
        queueOffset: message.queueOffset + index,
        sysFlag: message.sysFlag & ~MessageSysFlag.NEED_UNWRAP,
        body: member.body,
        propertiesText: member.propertiesText,
      }),
  );
}

function badMember(at: number): Error {
  return protocolError('BAD_MESSAGE', `no batch member at byte ${at}: its lengths do not fit`, { facts: { at } });
}
