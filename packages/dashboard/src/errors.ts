import { CodedError, type ErrorEntry } from '@rocketmq-ts/kernel';
import type { BrokerFailure } from './api/page.ts';

/** Why a request to the console did not work. What each code means and what to do about it: `dashboardErrors`. */
export type ConsoleErrorCode = keyof typeof dashboardErrors;

const entry = (meaning: string, retryable: boolean, advice: string): ErrorEntry => ({ meaning, retryable, advice });

/** Code → meaning, whether the same call may succeed later, advice. docs/errors.md is made from it. */
export const dashboardErrors = {
  BAD_REQUEST: entry('A value that the console does not take; the message names it.', false, 'Correct the value.'),
  NOT_LOGGED_IN: entry(
    'Nobody is logged in, the login failed, or the session ended; the message says why one is needed.',
    false,
    'Log in.',
  ),
  TOO_MANY_ATTEMPTS: entry(
    'Too many wrong passwords came from this address or for this user.',
    true,
    'Wait as long as the message and the header `Retry-After` say.',
  ),
  CSRF_REFUSED: entry(
    'A request that changes something is from a page of another site, or has no valid `X-XSRF-TOKEN`.',
    false,
    'Load the page again; scripts get a token from `/rocketmq-dashboard/csrf-token` or `/api/v1/session`.',
  ),
  FORBIDDEN: entry(
    'The user may look at this, or may not even that; the message says which.',
    false,
    'Ask for the role.',
  ),
  NOT_FOUND: entry('No such page, cluster, broker, topic, group or message.', false, 'Check the name.'),
  CONFLICT: entry(
    'What was changed is not any more as it was when the page was opened.',
    false,
    'Load the page again.',
  ),
  CLUSTER_REFUSED: entry(
    'A server of the cluster refused; `responseCode` is its code and the message its remark.',
    false,
    'Read the remark.',
  ),
  CLUSTER_UNREACHABLE: entry(
    'No server that could answer was reached in time.',
    true,
    'Look at the page Operations: it says which addresses can be reached from the console.',
  ),
  PAGES_NOT_BUILT: entry(
    'The pages of the console have not been built; the API works without them.',
    false,
    'Run `npm ci` or `npm run build` in the checkout.',
  ),
  NOT_SAVED: entry(
    'A change of the console itself could not be saved, and was not made.',
    true,
    'Look at the disk that holds its data folder.',
  ),
  TLS_FILE_INVALID: entry(
    'A file of `server.ssl.…` is missing or has another form; the console does not start.',
    false,
    'Do what the message names.',
  ),
  TOO_LARGE: entry('The body of a request is larger than the console takes.', false, 'Send less.'),
  INTERNAL: entry(
    'A defect of the console; its log has the request id.',
    false,
    'Report it with the lines of the log.',
  ),
} as const satisfies Record<string, ErrorEntry>;

/** A request that did not work. */
export class ConsoleError extends CodedError<ConsoleErrorCode> {
  /** Those that gave no answer, where others did. */
  readonly brokers: readonly BrokerFailure[] | undefined;

  constructor(
    code: ConsoleErrorCode,
    message: string,
    { brokers, ...options }: { readonly cause?: unknown; readonly brokers?: readonly BrokerFailure[] } = {},
  ) {
    super(code, message, { retryable: dashboardErrors[code].retryable, ...options });
    this.brokers = brokers;
  }
}
