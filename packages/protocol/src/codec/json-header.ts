import type { ByteWriter } from '@rocketmq-ts/kernel';
import { languageCode, languageName } from '../model/language.ts';
import { CodecError } from './codec-error.ts';
import type { SlotsOfCode } from './field-slots.ts';
import { type ExtFields, quoteJson } from './field-values.ts';
import { dropComma, putBytes, putInteger, putString } from './json-bytes.ts';
import { scanJsonHeader } from './json-scan.ts';
import type { OutgoingFrame } from './outgoing-frame.ts';
import { RemotingFrame } from './remoting-frame.ts';

const COMMA = 44;
const COLON = 58;

/**
 * The JSON form of a header:
 * `{"code":38,"extFields":{"consumerGroup":"G"},"flag":0,"language":"JAVA","opaque":7,"remark":"r","serializeTypeCurrentRPC":"JSON","version":493}`
 *
 * Senders differ, so reading is lenient as Apache's is: numbers may be quoted, the language may be a number, values of
 * extFields may be of any type, and every member may be missing. Source: RemotingSerializable#decode,
 * RemotingCommand#headerDecode.
 */
export function decodeJsonHeader(
  bytes: Buffer,
  start: number,
  end: number,
  slotsOf?: SlotsOfCode | undefined,
): RemotingFrame {
  const plain = scanJsonHeader(bytes, start, end, slotsOf);
  if (plain !== undefined) return plain;
  const text = bytes.toString('utf8', start, end);
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    throw new CodecError('BAD_HEADER', 'the header is not JSON', { cause });
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw new CodecError('BAD_HEADER', 'the header is JSON but not an object');
  }
  const { code, language, version, opaque, flag, remark, extFields } = header as Record<string, unknown>;
  const frame = new RemotingFrame('JSON');
  frame.code = integer(code, 'code', 0);
  frame.language = readLanguage(language);
  frame.version = integer(version, 'version', 0);
  frame.opaque = opaque === undefined || opaque === null ? inventOpaque() : integer(opaque, 'opaque', 0);
  frame.flag = integer(flag, 'flag', 0);
  if (remark !== undefined && remark !== null) frame.remark = asText(remark);
  if (extFields !== undefined && extFields !== null) frame.setFields(readExtFields(extFields));
  return frame;
}

function integer(value: unknown, member: string, otherwise: number): number {
  if (typeof value === 'number' && (value | 0) === value) return value;
  if (value === undefined || value === null) return otherwise;
  const parsed = typeof value === 'string' ? (/^[+-]?\d+$/.test(value) ? Number(value) : Number.NaN) : value;
  if (typeof parsed !== 'number' || !(parsed >= -(2 ** 31) && parsed < 2 ** 31)) {
    throw new CodecError('BAD_HEADER', `the header's ${member} is not an int`);
  }
  return Math.trunc(parsed);
}

function readLanguage(value: unknown): string {
  if (value === 'JAVA' || value === undefined || value === null) return 'JAVA';
  if (typeof value === 'string') return languageName(languageCode(value));
  return typeof value === 'number' ? languageName(value) : 'OTHER';
}

function readExtFields(value: unknown): ExtFields {
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new CodecError('BAD_HEADER', "the header's extFields are not an object");
  }
  const fields = value as Record<string, unknown>;
  for (const key in fields) {
    const field = fields[key];
    if (typeof field === 'string') continue;
    if (field === null) delete fields[key];
    else fields[key] = asText(field);
  }
  return fields as ExtFields;
}

function asText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

let invented = -(2 ** 31);

/**
 * An opaque for a header that came without one. Ours count up from 0, so an invented one, counting up from the other
 * end, meets no request that waits for its response.
 */
function inventOpaque(): number {
  const opaque = invented;
  invented = opaque === -1 ? -(2 ** 31) : opaque + 1;
  return opaque;
}

/** What of a header is the same for all that one side sends. */
export interface Sender {
  readonly language: string;
  readonly version: number;
}

const HEAD = Buffer.from('{"code":');
const EXT_FIELDS = Buffer.from(',"extFields":{');
const EXT_FIELDS_END = Buffer.from('},"flag":');
const FLAG = Buffer.from(',"flag":');
const REMARK = Buffer.from(',"remark":');

/** Writes JSON headers of one sender, members in the order in which Apache's writer puts them. */
export class JsonHeaderWriter {
  readonly #beforeOpaque: Buffer;
  readonly #end: Buffer;

  constructor(sender: Sender) {
    this.#beforeOpaque = Buffer.from(`,"language":${quoteJson(sender.language)},"opaque":`);
    this.#end = Buffer.from(`,"serializeTypeCurrentRPC":"JSON","version":${sender.version}}`);
  }

  write(writer: ByteWriter, frame: OutgoingFrame): void {
    const { codec, header, extFields: extra, remark } = frame;
    putBytes(writer, HEAD);
    putInteger(writer, frame.code);
    if (codec === undefined && extra === undefined) putBytes(writer, FLAG);
    else {
      putBytes(writer, EXT_FIELDS);
      if (codec !== undefined && header !== undefined) codec.putJson(header as never, writer);
      for (const key in extra) {
        putString(writer, key);
        writer.int8(COLON);
        putString(writer, extra[key]!);
        writer.int8(COMMA);
      }
      dropComma(writer);
      putBytes(writer, EXT_FIELDS_END);
    }
    putInteger(writer, frame.flag);
    putBytes(writer, this.#beforeOpaque);
    putInteger(writer, frame.opaque);
    if (remark !== undefined) {
      putBytes(writer, REMARK);
      putString(writer, remark);
    }
    putBytes(writer, this.#end);
  }
}
