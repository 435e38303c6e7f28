import { CodedError } from '@rocketmq-ts/kernel';

/**
 * Why a request has no response. Every message names the address.
 *
 * | code | meaning | retryable |
 * | --- | --- | --- |
 * | `CONNECT_FAILED` | no connection could be had; the cause says why | yes |
 * | `CONNECTION_CLOSED` | it broke, or was closed, before the response came; the peer may have acted on the request | yes |
 * | `REQUEST_TIMEOUT` | no response within the time given; the peer may have acted on the request | yes |
 * | `TOO_MANY_REQUESTS` | a limit of this side is reached: requests waiting, or bytes not taken by the peer | yes |
 * | `BAD_FRAME` | the request is larger than a frame may be, or its header does not fit | no |
 * | `NOT_STARTED` | the client was not started, or is stopped | no |
 */
export type RemotingErrorCode =
  | 'CONNECT_FAILED'
  | 'CONNECTION_CLOSED'
  | 'REQUEST_TIMEOUT'
  | 'TOO_MANY_REQUESTS'
  | 'BAD_FRAME'
  | 'NOT_STARTED';

/** A request that got no response. `facts.address` is the peer. */
export class RemotingError extends CodedError<RemotingErrorCode> {}

export function remotingError(
  code: RemotingErrorCode,
  message: string,
  address: string,
  cause?: unknown,
): RemotingError {
  const retryable = code !== 'BAD_FRAME' && code !== 'NOT_STARTED';
  return new RemotingError(code, message, { retryable, facts: { address }, ...(cause === undefined ? {} : { cause }) });
}
