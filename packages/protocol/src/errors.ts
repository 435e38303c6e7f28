import { CodedError, type CodedErrorOptions, type ErrorEntry } from '@rocketmq-ts/kernel';

/** What can be wrong with bytes that claim to be RocketMQ's: `protocolErrors`. */
export type ProtocolErrorCode = keyof typeof protocolErrors;

/** None is retryable: the same bytes stay wrong. */
const wrongBytes = (meaning: string, advice: string): ErrorEntry => ({ meaning, retryable: false, advice });

/** Code → meaning, whether the same call may succeed later or elsewhere, advice. docs/errors.md is made from it. */
export const protocolErrors = {
  BAD_BODY: wrongBytes(
    'The body can be read but a member is missing or of the wrong type; the message names the member.',
    'Compare the sender with the body that the command asks for.',
  ),
  BAD_COMPRESSION: wrongBytes(
    'A compressed body cannot be inflated.',
    'Look at the producer that compressed it; the broker keeps the bytes as they came.',
  ),
  BAD_JSON: wrongBytes(
    "The text is neither JSON nor fastjson's dialect of it.",
    'Look at the sender, or at the file that the text was read from.',
  ),
  BAD_MESSAGE: wrongBytes(
    'A message record or batch member does not hold together.',
    'Look at the sender; from a broker it means that its stored bytes are damaged.',
  ),
  BAD_MESSAGE_ID: wrongBytes(
    'A text is not an offset message id.',
    'Give the `offsetMsgId` of a send result: 32 hexadecimal digits, or 56 for a broker with an IPv6 address.',
  ),
  BAD_PROPERTIES: wrongBytes(
    'A property name or value of a message cannot be represented.',
    'Keep the characters U+0001 and U+0002 out of property names and values.',
  ),
  PROPERTIES_MALFORMED: wrongBytes(
    'A properties file has an escape \\u without four hexadecimal digits behind it.',
    'Correct the escape that the message names, or double the backslash.',
  ),
  PROPERTIES_TOO_LONG: wrongBytes(
    'The properties of a message are longer than their 16-bit length can say.',
    'Send less in properties: 32,767 bytes for all of them together; large values belong in the body.',
  ),
} as const satisfies Record<string, ErrorEntry>;

/** Bytes or values that break the protocol; `code` says which rule. */
export class ProtocolError extends CodedError<ProtocolErrorCode> {}

/** Shorter than `new`, for the many places that throw. */
export function protocolError(code: ProtocolErrorCode, message: string, options?: CodedErrorOptions): ProtocolError {
  return new ProtocolError(code, message, options);
}
