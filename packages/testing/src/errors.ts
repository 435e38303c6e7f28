import { CodedError, type ErrorEntry } from '@rocketmq-ts/kernel';

/** Why a call of the test kit failed. What each code means and what to do about it: `testingErrors`. */
export type TestingErrorCode = keyof typeof testingErrors;

const entry = (meaning: string, advice: string): ErrorEntry => ({ meaning, retryable: false, advice });

/** Code → meaning and advice. docs/errors.md is made from it. */
export const testingErrors = {
  BAD_COMMAND_LINE: entry(
    'The command `up` got an option that it does not know, or a wrong value.',
    'See `npx @rocketmq-ts/testing help`.',
  ),
  CLUSTER_STOPPED: entry('The cluster is stopped.', 'Start another one; a cluster is not started twice.'),
  DURATION_ILLEGAL: entry(
    'A time is neither a number of milliseconds nor a text such as `10m`, `1h30m`, `500ms`.',
    'Correct it; it is not negative and not above a year.',
  ),
  NO_SUCH_SERVER: entry(
    'The cluster has no broker or name server of this name; the message has those that there are.',
    'Use one of them.',
  ),
  OPTION_ILLEGAL: entry(
    'An option of `startCluster` is unknown or has a value outside its range.',
    'Correct the option that is named here.',
  ),
  SERVER_KILLED: entry('A server was killed by the test while it started.', 'Start it again.'),
  TOO_FEW_MESSAGES: entry(
    'As many messages as `count` asks for did not come within `timeout`; `facts.messages` are those that did.',
    'Look at what was sent (`cluster.sent`), or at whether the consumer runs; with a virtual clock `cluster.advance` may be missing.',
  ),
  TOPIC_REFUSED: entry('A broker refused to make a topic.', 'Correct the name or the number of queues.'),
} as const satisfies Record<string, ErrorEntry>;

/** What calls of the test kit throw and reject with, beside errors of the servers and clients themselves. */
export class TestingError extends CodedError<TestingErrorCode> {}
