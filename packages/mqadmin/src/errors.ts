import type { ErrorEntry } from '@rocketmq-ts/kernel';

/** Why a command is not carried out. What a server refuses is an `AdminError`. */
export type MqadminErrorCode = keyof typeof mqadminErrors;

/** Code → meaning, whether the same call may succeed later or elsewhere, advice. docs/errors.md is made from it. */
export const mqadminErrors = {
  BAD_COMMAND_LINE: {
    meaning: 'The options do not fit the command: one is unknown, ambiguous, missing, or has no value.',
    retryable: false,
    advice: 'See `mqadmin help <command>`.',
  },
  BAD_FILE: {
    meaning: 'A file that the command reads or writes can not be used; the message names path and reason.',
    retryable: false,
    advice: 'Correct the path, the permissions of its folder, or what is in the file.',
  },
  BAD_OPTION_VALUE: {
    meaning: 'The value of an option is not of its type; the message names option and value.',
    retryable: false,
    advice: 'Correct the value.',
  },
  NO_ROCKSDB: {
    meaning: 'A folder is a RocksDB database, which this program can not read.',
    retryable: false,
    advice: 'Have the broker write its tables as JSON, as the message says.',
  },
  NO_SUCH_BROKER: {
    meaning: 'No broker is registered under the address that was given.',
    retryable: false,
    advice: 'Compare the address with `mqadmin clusterList`.',
  },
  NO_SUCH_ENTRY: {
    meaning: 'The name servers have no value under the key.',
    retryable: false,
    advice: 'Check the name; `put` makes the entry.',
  },
  NO_PROGRESS: {
    meaning:
      'A broker answers a pull with no offset behind the one that was asked for, so that reading on would never end.',
    retryable: true,
    advice: 'Look at the queue with `mqadmin queryCq` and at the log of the broker.',
  },
  NO_SUCH_FILE: {
    meaning: 'The file that was named is not there, or is a folder.',
    retryable: false,
    advice: 'Correct the path.',
  },
  NO_SUCH_GROUP: {
    meaning: 'No broker that is registered knows the consumer group.',
    retryable: false,
    advice: 'Compare the name with `mqadmin consumerProgress`, which lists the groups.',
  },
} as const satisfies Record<string, ErrorEntry>;
