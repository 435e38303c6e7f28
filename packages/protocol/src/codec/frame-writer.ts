import { ByteWriter } from '@rocketmq-ts/kernel';
import { CURRENT_VERSION } from '../model/version.ts';
import { BinaryHeaderWriter, MAX_BINARY_CODE } from './binary-header.ts';
import { CodecError } from './codec-error.ts';
import { JsonHeaderWriter, type Sender } from './json-header.ts';
import { OutgoingFrame } from './outgoing-frame.ts';
import { SERIALIZE_TYPE, type SerializeType } from './remoting-frame.ts';

const PREFIX_BYTES = 8;
const MAX_HEADER_BYTES = 0xffffff;

/**
 * What we claim to be in every command. The version switches features of clients on and off, so it is that of the
 * release whose behaviour we have. The language is JAVA because peers older than the number of NODE_JS (13) do not
 * know it, and some of them fail on a language that they do not know.
 */
const DEFAULT_SENDER: Sender = { language: 'JAVA', version: CURRENT_VERSION };

/** Lays out frames of one sender: everything up to the body, whose bytes the caller appends or sends by themselves. */
export class FrameWriter {
  readonly #isBinary: boolean;
  readonly #json: JsonHeaderWriter;
  readonly #binary: BinaryHeaderWriter;
  readonly #frame = new OutgoingFrame();

  /** `serializeType` is the form of its headers. A code above `MAX_BINARY_CODE` does not fit and is sent as JSON in either case. */
  constructor(serializeType: SerializeType = 'JSON', sender: Sender = DEFAULT_SENDER) {
    this.#isBinary = serializeType === 'ROCKETMQ';
    this.#json = new JsonHeaderWriter(sender);
    this.#binary = new BinaryHeaderWriter(sender);
  }

  /** The one record of this writer as a frame without fields, remark and body. Set the rest, then `write` it at once. */
  begin(code: number, flag: number, opaque: number): OutgoingFrame {
    this.#frame.reset(code, flag, opaque);
    return this.#frame;
  }

  /** Appends length word, type word and header. Throws `CodecError` `BAD_HEADER_LENGTH` for a header above 16 MiB. */
  write(writer: ByteWriter, frame: OutgoingFrame): void {
    const isBinary = this.#isBinary && frame.code <= MAX_BINARY_CODE;
    writer.ensure(PREFIX_BYTES);
    const start = writer.position;
    const headerStart = start + PREFIX_BYTES;
    writer.position = headerStart;
    if (isBinary) this.#binary.write(writer, frame);
    else this.#json.write(writer, frame);
    const headerBytes = writer.position - headerStart;
    if (headerBytes > MAX_HEADER_BYTES) {
      writer.position = start;
      throw new CodecError('BAD_HEADER_LENGTH', `a header of ${headerBytes} bytes does not fit into a frame`);
    }
    const type = isBinary ? SERIALIZE_TYPE.ROCKETMQ : SERIALIZE_TYPE.JSON;
    writer.view.setInt32(start, 4 + headerBytes + frame.bodyBytes);
    writer.view.setInt32(start + 4, (type << 24) | headerBytes);
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
  const { code, flag = 0, opaque = 0, body } = values;
  const frame = frames.begin(code, flag, opaque);
  frame.remark = values.remark;
  frame.extFields = values.extFields;
  frame.bodyBytes = body?.length ?? 0;
  frames.write(writer, frame);
  if (body !== undefined) writer.bytes(body);
  return writer.written();
}
