import { CodedError, type ErrorEntry } from '@rocketmq-ts/kernel';

/** Why a command is not carried out. What is wrong with a store is printed by `verify`. */
type MqstoreErrorCode = keyof typeof mqstoreErrors;

/** Code → meaning, whether the same call may succeed later or elsewhere, advice. docs/errors.md is made from it. */
export const mqstoreErrors = {
  BAD_COMMAND_LINE: {
    meaning: 'The command is unknown, the folder is missing, or an option is unknown, doubled or without its value.',
    retryable: false,
    advice: 'See `mqstore help <command>`.',
  },
  BAD_OPTION_VALUE: {
    meaning: 'The value of an option is not of its type; the message names option and value.',
    retryable: false,
    advice: 'Correct the value.',
  },
} as const satisfies Record<string, ErrorEntry>;

/** A command line that can't be carried out; the message is one line for the user. */
export class MqstoreError extends CodedError<MqstoreErrorCode> {}
