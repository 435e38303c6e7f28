import type { ExtFields } from './field-values.ts';
import type { HeaderCodec } from './fields.ts';

/** Values of declared header fields by our names for them. */
export type HeaderValues = Readonly<Record<string, unknown>>;

/**
 * A frame that is about to be laid out. A `FrameWriter` has one of them and fills it again for each frame, so that none is
 * made per message: what `begin` returns is valid until the next `begin`.
 */
export class OutgoingFrame {
  code = 0;
  /** `FLAG_RESPONSE`, `FLAG_ONEWAY`, or 0 for a request that wants an answer. */
  flag = 0;
  /** Signed 32 bit. */
  opaque = 0;
  remark: string | undefined = undefined;
  /**
   * Lays out `header`. Undefined for a frame without declared fields; then the JSON form has `extFields` only if there are
   * extra ones, and with a codec always, even if empty.
   */
  codec: HeaderCodec | undefined = undefined;
  header: HeaderValues | undefined = undefined;
  /** Fields beside the declared ones; undefined for none. */
  extFields: ExtFields | undefined = undefined;
  /** Length of the body, which follows what is laid out. */
  bodyBytes = 0;

  /** Makes it a frame without fields, remark and body. */
  reset(code: number, flag: number, opaque: number): void {
    this.code = code;
    this.flag = flag;
    this.opaque = opaque;
    this.remark = undefined;
    this.codec = undefined;
    this.header = undefined;
    this.extFields = undefined;
    this.bodyBytes = 0;
  }
}
