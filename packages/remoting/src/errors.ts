import { CodedError, type ErrorEntry } from '@rocketmq-ts/kernel';

/** Why a request has no response. What each code means and what to do about it: `remotingErrors`. */
export type RemotingErrorCode = keyof typeof remotingErrors;

const entry = (meaning: string, retryable: boolean, advice: string): ErrorEntry => ({ meaning, retryable, advice });

/** Code → meaning, whether the same call may succeed later or elsewhere, advice. docs/errors.md is made from it. */
export const remotingErrors = {
  BAD_FRAME: entry(
    'The request is larger than a frame may be, or its header does not fit.',
    false,
    'Send less at once; `cause` says what is too large.',
  ),
  CONNECTION_CLOSED: entry(
    'The connection broke, or was closed, before the response came; the peer may have acted on the request.',
    true,
    'Send again where doing it twice does no harm.',
  ),
  CONNECT_FAILED: entry(
    'No connection could be made; `cause` says why.',
    true,
    'Check that the peer runs and that its address can be reached from here.',
  ),
  HANDLER_TWICE: entry(
    'Two handlers were registered for one request code; the message names both commands, `cause` has the place of the first.',
    false,
    'This is a defect: register one of them.',
  ),
  NOT_STARTED: entry('The client was not started, or is stopped.', false, 'Start it once before the first request.'),
  REQUEST_TIMEOUT: entry(
    'No response came within the time given; the peer may have acted on the request.',
    true,
    'Send again where doing it twice does no harm, or allow more time.',
  ),
  STOPPED: entry('A server that was stopped cannot be started again.', false, 'Make a new one.'),
  TOO_MANY_REQUESTS: entry(
    'A limit of this side is reached: requests that wait for responses, or bytes that the peer does not read.',
    true,
    'Wait for responses before sending more.',
  ),
} as const satisfies Record<string, ErrorEntry>;

/** A request that got no response; `facts.address` is the peer. */
export class RemotingError extends CodedError<RemotingErrorCode> {}

/** The error of a request to `address`; whether it is retryable follows from its code. */
export function remotingError(
  code: RemotingErrorCode,
  message: string,
  address: string,
  cause?: unknown,
): RemotingError {
  const { retryable } = remotingErrors[code];
  return new RemotingError(code, message, { retryable, facts: { address }, ...(cause === undefined ? {} : { cause }) });
}

/** The text of another error as the end of a sentence. */
export function asSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
