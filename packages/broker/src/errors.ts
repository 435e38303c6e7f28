import { CodedError, type CodedErrorOptions, type ErrorEntry } from '@rocketmq-ts/kernel';

/** Why a broker does not start. What it refuses afterwards it answers with a response code. */
export type BrokerErrorCode = keyof typeof brokerErrors;

/** Code → meaning, whether the same call may succeed later or elsewhere, advice. docs/errors.md is made from it. */
export const brokerErrors = {
  BAD_CONFIG: {
    meaning: 'A property has a value that only the broker can judge, or asks for what it does not serve yet.',
    retryable: false,
    advice: 'Change the property that the message names.',
  },
  BROKER_ROLE_INVALID: {
    meaning: 'brokerRole and brokerId do not fit: a slave needs an id above 0. The exit code is 253.',
    retryable: false,
    advice: 'Set `brokerId=1`, another number for each slave of a brokerName, or another role.',
  },
  CONFIG_FILE_BROKEN: {
    meaning:
      'One of the files under config/ and its backup cannot be read: nothing is taken for granted about what they held.',
    retryable: false,
    advice: 'Put a good copy there, or move both away to start without what they held.',
  },
  CONTROLLER_NOT_FOUND: {
    meaning: 'No controller names a leader, or the group has no master yet; the broker takes no messages until then.',
    retryable: true,
    advice: 'Look whether the controllers of `controllerAddr` run and see each other.',
  },
  CONTROLLER_REFUSED: {
    meaning: 'The controller refused what a broker in controller mode asked for; the message has its code and remark.',
    retryable: true,
    advice: 'The code says why; the broker asks again.',
  },
  NOT_STARTED: {
    meaning: 'The identity of a broker was asked for before it was started.',
    retryable: false,
    advice: 'Wait for `start`.',
  },
  PORT_IN_USE: {
    meaning: 'One of the ports of the broker cannot be listened on; `cause` says why.',
    retryable: false,
    advice: 'Set `listenPort`: that port and the one two below it are used.',
  },
  REPLICA_IDENTITY_INVALID: {
    meaning: 'The file with the id that the controller gave this broker is damaged, or that of another broker.',
    retryable: false,
    advice: 'Set `brokerName` and `brokerClusterName` as they were, or give this broker a store folder of its own.',
  },
} as const satisfies Record<string, ErrorEntry>;

/** The broker cannot run. */
export class BrokerError extends CodedError<BrokerErrorCode> {
  constructor(code: BrokerErrorCode, message: string, options: CodedErrorOptions = {}) {
    super(code, message, { retryable: brokerErrors[code].retryable, ...options });
  }
}
