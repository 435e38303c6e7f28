import { CodedError, type ErrorEntry } from '@rocketmq-ts/kernel';

/** What can be wrong with the bytes of a frame or the fields of a header: `codecErrors`. */
export type CodecErrorCode = keyof typeof codecErrors;

/** None is retryable: the same bytes stay wrong. */
const wrongFrame = (meaning: string, advice: string): ErrorEntry => ({ meaning, retryable: false, advice });
const NOT_A_CLIENT = 'Find out who connects to this port: the server has closed the connection.';

/** Code → meaning, whether the same call may succeed later or elsewhere, advice. docs/errors.md is made from it. */
export const codecErrors = {
  BAD_FIELD: wrongFrame(
    'A header field is missing or not of its type; `facts.wireKey` names it.',
    'Send the field as docs/protocol.md has it; a server answers such a request with code 1.',
  ),
  BAD_HEADER: wrongFrame('The header bytes are neither form of a header.', NOT_A_CLIENT),
  BAD_HEADER_LENGTH: wrongFrame('The header is longer than its frame or than 24 bits can say.', NOT_A_CLIENT),
  BAD_LENGTH: wrongFrame('The length word of a frame is below 4.', NOT_A_CLIENT),
  FRAME_TOO_LONG: wrongFrame(
    'A frame is longer than the limit of 16 MiB.',
    'Send smaller messages or batches; a server closes the connection.',
  ),
  UNKNOWN_SERIALIZE_TYPE: wrongFrame('The type byte of a frame is neither 0 (JSON) nor 1 (ROCKETMQ).', NOT_A_CLIENT),
} as const satisfies Record<string, ErrorEntry>;

/** The only error that decoding throws, whatever the bytes. */
export class CodecError extends CodedError<CodecErrorCode> {}
