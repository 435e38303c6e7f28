import { CodedError, type CodedErrorOptions } from '@rocketmq-ts/kernel';

/**
 * What can be wrong with bytes that claim to be RocketMQ's.
 *
 * | code | meaning |
 * | --- | --- |
 * | `BAD_JSON` | the text is neither JSON nor fastjson's dialect of it |
 * | `BAD_BODY` | the body can be read but a member is missing or of the wrong type; the message names the member |
 * | `BAD_MESSAGE` | a message record or batch member does not hold together |
 * | `BAD_COMPRESSION` | a compressed body cannot be inflated |
 * | `BAD_MESSAGE_ID` | a text is not an offset message id |
 * | `PROPERTIES_TOO_LONG` | a property string is longer than its 16-bit length can say |
 * | `BAD_PROPERTIES` | a properties text or a property name or value cannot be represented |
 *
 * None is retryable: the same bytes stay wrong.
 */
export type ProtocolErrorCode =
  | 'BAD_JSON'
  | 'BAD_BODY'
  | 'BAD_MESSAGE'
  | 'BAD_COMPRESSION'
  | 'BAD_MESSAGE_ID'
  | 'PROPERTIES_TOO_LONG'
  | 'BAD_PROPERTIES';

/** Bytes or values that break the protocol; `code` says which rule. */
export class ProtocolError extends CodedError<ProtocolErrorCode> {}

/** Shorter than `new`, for the many places that throw. */
export function protocolError(code: ProtocolErrorCode, message: string, options?: CodedErrorOptions): ProtocolError {
  return new ProtocolError(code, message, options);
}
