import { ByteWriter } from '@rocketmq-ts/kernel';
import { CURRENT_VERSION } from '../model/version.ts';
import { BinaryHeaderWriter, MAX_BINARY_CODE } from './binary-header.ts';
import { CodecError } from './codec-error.ts';
import { type HeaderCodec, writePair } from './fields.ts';
import { JsonHeaderWriter, type Sender } from './json-header.ts';
import { SERIALIZE_TYPE, type SerializeType } from './remoting-frame.ts';

const PREFIX_BYTES = 8;
const MAX_HEADER_BYTES = 0xffffff;

/**
 * What we claim to be in every command. The version switches features of clients on and off, so it is that of the
 * release whose behaviour we have. The language is JAVA because peers older than the number of NODE_JS (13) would take
 * it for no language at all, and some of them fail on that.
 */
export const DEFAULT_SENDER: Sender = { language: 'JAVA', version: CURRENT_VERSION };

/** Fields beside the declared ones; undefined for none. */
export type ExtraFields = Readonly<Record<string, string>> | undefined;

/** Lays out frames of one sender: everything up to the body, whose bytes the caller appends or sends by themselves. */
export class FrameWriter {
  readonly serializeType: SerializeType;
  readonly #json: JsonHeaderWriter;
  readonly #binary: BinaryHeaderWriter;

  constructor(serializeType: SerializeType = 'JSON', sender: Sender = DEFAULT_SENDER) {
    this.serializeType = serializeType;
    this.#json = new JsonHeaderWriter(sender);
    this.#binary = new BinaryHeaderWriter(sender);
  }

  /**
   * Length word, type word and JSON header, for a body of so many bytes. `codec` undefined leaves out `extFields` unless
   * there are extra ones; with a codec the member is there, even if empty.
   */
  writeJson(
    writer: ByteWriter,
    code: number,
    flag: number,
    opaque: number,
    remark: string | undefined,
    codec: HeaderCodec | undefined,
    header: Readonly<Record<string, unknown>> | undefined,
    extra: ExtraFields,
    bodyBytes: number,
  ): void {
    writer.ensure(PREFIX_BYTES);
    const start = writer.position;
    writer.position = start + PREFIX_BYTES;
    this.#json.write(writer, code, flag, opaque, remark, codec, header, extra);
    writePrefix(writer, start, SERIALIZE_TYPE.JSON, writer.position - start - PREFIX_BYTES, bodyBytes);
  }

  /** The same in the binary form. `code` must be at most `MAX_BINARY_CODE`. */
  writeBinary(
    writer: ByteWriter,
    code: number,
    flag: number,
    opaque: number,
    remark: string | undefined,
    codec: HeaderCodec | undefined,
    header: Readonly<Record<string, unknown>> | undefined,
    extra: ExtraFields,
    bodyBytes: number,
  ): void {
    writer.ensure(PREFIX_BYTES);
    const start = writer.position;
    writer.position = start + PREFIX_BYTES;
    this.#binary.write(writer, code, flag, opaque, remark, (map) => {
      if (codec !== undefined && header !== undefined) codec.encodePairs(header as never, map);
      for (const key in extra) writePair(map, key, extra[key]!);
    });
    writePrefix(writer, start, SERIALIZE_TYPE.ROCKETMQ, writer.position - start - PREFIX_BYTES, bodyBytes);
  }

  /** Whether this sender's frames with that code are binary: some codes do not fit and go out as JSON. */
  isBinary(code: number): boolean {
    return this.serializeType === 'ROCKETMQ' && code <= MAX_BINARY_CODE;
  }
}

/** A frame as plain values, for tools, tests and benchmarks; the running system uses `FrameWriter`. */
export interface FrameValues {
  readonly code: number;
  readonly flag?: number;
  readonly opaque?: number;
  readonly remark?: string | undefined;
  /** Undefined leaves the member out. */
  readonly extFields?: Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array | undefined;
  readonly serializeType?: SerializeType;
  readonly sender?: Sender;
}

/** Bytes of a whole frame. */
export function encodeFrame(values: FrameValues): Buffer {
  const frames = new FrameWriter(values.serializeType, values.sender);
  const writer = new ByteWriter(512);
  const { code, flag = 0, opaque = 0, remark, body } = values;
  const bodyBytes = body?.length ?? 0;
  if (frames.isBinary(code)) {
    frames.writeBinary(writer, code, flag, opaque, remark, undefined, undefined, values.extFields, bodyBytes);
  } else {
    frames.writeJson(writer, code, flag, opaque, remark, undefined, undefined, values.extFields, bodyBytes);
  }
  if (body !== undefined) writer.bytes(body);
  return writer.written();
}

function writePrefix(
  writer: ByteWriter,
  start: number,
  serializeType: number,
  headerBytes: number,
  bodyBytes: number,
): void {
  if (headerBytes > MAX_HEADER_BYTES) {
    writer.position = start;
    throw new CodecError('BAD_HEADER_LENGTH', `a header of ${headerBytes} bytes does not fit into a frame`);
  }
  writer.view.setInt32(start, 4 + headerBytes + bodyBytes);
  writer.view.setInt32(start + 4, (serializeType << 24) | headerBytes);
}
