import { CodedError, type ErrorEntry } from '@rocketmq-ts/kernel';

/** Why a controller can not do what it was asked for. */
export type ControllerErrorCode = keyof typeof controllerErrors;

/** Code → meaning, whether the same call may succeed later or elsewhere, advice. docs/errors.md is made from it. */
export const controllerErrors = {
  CONTROLLER_BUSY: {
    meaning: 'Too many changes of one group of brokers wait for etcd.',
    retryable: true,
    advice: 'See whether etcd answers in time.',
  },
  ETCD_GROUP_BROKEN: {
    meaning: 'The value of a group of brokers in etcd can not be read; the message names its key.',
    retryable: false,
    advice: 'Restore the key from a backup of etcd, or delete it and register the brokers anew.',
  },
  ETCD_UNAVAILABLE: {
    meaning: 'No etcd of those configured answered in time.',
    retryable: true,
    advice: 'Start etcd (most of its members must run) and check `etcdEndpoints`.',
  },
  NOT_LEADER: {
    meaning: 'Another controller leads, or none does.',
    retryable: true,
    advice: 'Ask any controller which one leads: `mqadmin getControllerMetaData`.',
  },
} as const satisfies Record<string, ErrorEntry>;

/** An error of the controller. */
export class ControllerError extends CodedError<ControllerErrorCode> {
  constructor(code: ControllerErrorCode, message: string, cause?: unknown) {
    super(code, message, { retryable: controllerErrors[code].retryable, cause });
  }
}
