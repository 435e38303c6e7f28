import type { FieldSlots, SlotValue } from './field-slots.ts';
import { type ExtFields, NO_EXT_FIELDS } from './field-values.ts';

/** How the header of a frame is laid out. */
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

/**
 * One received frame. The reader of its header sets the fields by name; from then on it does not change, and it may be kept.
 * All fields are set in one order, so that every frame has one shape: each request passes through it.
 */
export class RemotingFrame {
  code = 0;
  /** Name of the sender's language; `OTHER` for one that we do not know. */
  language = 'JAVA';
  /** Version ordinal of the sender; 0 when it named none. */
  version = 0;
  /** Signed 32 bit. */
  opaque = 0;
  flag = 0;
  remark: string | undefined = undefined;
  readonly serializeType: SerializeType;
  /** Empty when there is none. A view of received bytes that are never reused. */
  body: Buffer = NO_BODY;
  #slots: FieldSlots | undefined = undefined;
  #values: readonly SlotValue[] | undefined = undefined;
  /** With slots: the fields that have none, until `extFields` is read. */
  #extFields: ExtFields | undefined = undefined;
  #isComplete = true;

  constructor(serializeType: SerializeType) {
    this.serializeType = serializeType;
  }

  /** The fields of its header as texts. */
  setFields(extFields: ExtFields): void {
    this.#slots = undefined;
    this.#extFields = extFields;
    this.#isComplete = true;
  }

  /** The same where they were read into slots; `others` are those that have none. */
  setSlots(slots: FieldSlots, values: readonly SlotValue[], others: ExtFields | undefined): void {
    this.#slots = slots;
    this.#values = values;
    this.#extFields = others;
    this.#isComplete = false;
  }

  /** Values in the slots of this table; undefined where the fields were not read into them. */
  valuesIn(slots: FieldSlots): readonly SlotValue[] | undefined {
    return this.#slots === slots ? this.#values : undefined;
  }

  /** All fields of the header as texts; empty when it had none. */
  get extFields(): ExtFields {
    if (!this.#isComplete) {
      this.#extFields = this.#slots!.texts(this.#values!, this.#extFields);
      this.#isComplete = true;
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
