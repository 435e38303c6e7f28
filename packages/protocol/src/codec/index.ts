export { CodecError, type CodecErrorCode, codecErrors } from './codec-error.ts';
export type { SlotsOfCode } from './field-slots.ts';
export { type HeaderCodec, headerCodec, requestCodec, responseCodec } from './fields.ts';
export { FrameReader } from './frame-reader.ts';
export { encodeFrame, type FrameValues, FrameWriter } from './frame-writer.ts';
export type { HeaderValues, OutgoingFrame } from './outgoing-frame.ts';
export {
  DEFAULT_MAX_FRAME_BYTES,
  FLAG_ONEWAY,
  FLAG_RESPONSE,
  RemotingFrame,
  type SerializeType,
} from './remoting-frame.ts';
