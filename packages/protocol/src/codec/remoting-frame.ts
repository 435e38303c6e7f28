import type { FieldSlots, SlotValue } from './field-slots.ts';
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
  readonly serializeType: SerializeType;
  /** Set where the header was read into places: those of the table, and what stood in them. */
  slots: FieldSlots | undefined;
  values: readonly SlotValue[] | undefined;
  /** Empty when there is none. A view of received bytes that are never reused. */
  body: Buffer;
  /** With places: fields that have none, until somebody asks for all. */
  #extFields: ExtFields | undefined;
  #complete: boolean;

  constructor(
    code: number,
    language: string,
    version: number,
    opaque: number,
    flag: number,
    remark: string | undefined,
    extFields: ExtFields | undefined,
    serializeType: SerializeType,
    slots?: FieldSlots | undefined,
    values?: readonly SlotValue[] | undefined,
  ) {
    this.code = code;
    this.language = language;
    this.version = version;
    this.opaque = opaque;
    this.flag = flag;
    this.remark = remark;
    this.serializeType = serializeType;
    this.slots = slots;
    this.values = values;
    this.body = NO_BODY;
    this.#extFields = extFields;
    this.#complete = values === undefined;
  }

  /** All fields of the header as texts; empty when it had none. */
  get extFields(): ExtFields {
    if (!this.#complete) {
      this.#extFields = this.slots!.texts(this.values!, this.#extFields);
      this.#complete = true;
    }
    return this.#extFields ?? NO_EXT_FIELDS;
  }

  get isResponse(): boolean {
    return (this.flag & FLAG_RESPONSE) !== 0;
  }

  get isOneway(): boolean {
    return (this.flag & FLAG_ONEWAY) !== 0;
  }
}
