import { type ExtFields, NO_EXT_FIELDS } from './field-values.ts';

export type SerializeType = 'JSON' | 'ROCKETMQ';

/** Number of each header form in the frame's type byte. */
export const SERIALIZE_TYPE = { JSON: 0, ROCKETMQ: 1 } as const;

/** Set in the flag of responses. Test the bit, do not compare. Source: RemotingCommand#isResponseType. */
export const FLAG_RESPONSE = 1;
/** Set in the flag of requests that want no answer. */
export const FLAG_ONEWAY = 2;

/** Largest frame that a stock peer takes, counting the length word. Source: NettyDecoder, com.rocketmq.remoting.frameMaxLength. */
export const DEFAULT_MAX_FRAME_BYTES = 16_777_216;

const NO_BODY: Buffer = Buffer.alloc(0);

/** One received frame. A class of one shape, because every request passes through it. */
export class RemotingFrame {
  readonly code: number;
  /** Name of the sender's language; `OTHER` for one that we do not know. */
  readonly language: string;
  /** Version ordinal of the sender; 0 when it named none. */
  readonly version: number;
  /** Signed 32 bit. */
  readonly opaque: number;
  readonly flag: number;
  readonly remark: string | undefined;
  /** Empty when the header had none. */
  readonly extFields: ExtFields;
  readonly serializeType: SerializeType;
  /** Empty when there is none. A view of received bytes that are never reused. */
  body: Buffer;

  constructor(
    code: number,
    language: string,
    version: number,
    opaque: number,
    flag: number,
    remark: string | undefined,
    extFields: ExtFields | undefined,
    serializeType: SerializeType,
  ) {
    this.code = code;
    this.language = language;
    this.version = version;
    this.opaque = opaque;
    this.flag = flag;
    this.remark = remark;
    this.extFields = extFields ?? NO_EXT_FIELDS;
    this.serializeType = serializeType;
    this.body = NO_BODY;
  }

  get isResponse(): boolean {
    return (this.flag & FLAG_RESPONSE) !== 0;
  }

  get isOneway(): boolean {
    return (this.flag & FLAG_ONEWAY) !== 0;
  }
}
