import { CodedError } from '@rocketmq-ts/kernel';

export type BrokerErrorCode =
  /** A property has a value that only the broker can judge. */
  | 'BAD_CONFIG'
  /** One of its ports can't be listened on. */
  | 'PORT_IN_USE'
  /** One of the files under config/ and its backup can't be read: nothing is taken for granted about what they held. */
  | 'CONFIG_FILE_BROKEN'
  | 'NOT_STARTED';

export class BrokerError extends CodedError<BrokerErrorCode> {}
