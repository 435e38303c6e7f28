import { CodedError } from '@rocketmq-ts/kernel';

/**
 * What can be wrong with the bytes of a frame or the fields of a header. None is retryable: the same bytes stay wrong.
 *
 * | code | meaning | what a server does |
 * | --- | --- | --- |
 * | `BAD_LENGTH` | the length word is below 4 | closes |
 * | `FRAME_TOO_LONG` | the length word exceeds the limit | closes |
 * | `UNKNOWN_SERIALIZE_TYPE` | the type byte is neither 0 nor 1 | closes |
 * | `BAD_HEADER_LENGTH` | the header would be longer than its frame | closes |
 * | `BAD_HEADER` | header bytes that are neither header form | closes |
 * | `BAD_FIELD` | a header field is missing or not of its type; `facts.wireKey` names it | answers code 1 |
 */
export type CodecErrorCode =
  | 'BAD_LENGTH'
  | 'FRAME_TOO_LONG'
  | 'UNKNOWN_SERIALIZE_TYPE'
  | 'BAD_HEADER_LENGTH'
  | 'BAD_HEADER'
  | 'BAD_FIELD';

/** The only error that decoding throws, whatever the bytes. */
export class CodecError extends CodedError<CodecErrorCode> {}
