import type { LimitEntry } from '@rocketmq-ts/kernel';

/** What the sender gathers. */
export const senderLimits: readonly LimitEntry[] = [
  {
    what: 'calls of `sendMsg` under way and waiting for their turn',
    limit: '`maxPendingSends`',
    beyond: 'one more rejects with TOO_MANY_SENDS; it is neither sent nor saved',
  },
  {
    what: 'the body of a message, sent or saved',
    limit: '`maxMessageBytes` of the producer (4 MiB)',
    beyond: 'it is refused with MESSAGE_ILLEGAL; it is neither sent nor saved',
  },
  {
    what: 'saved messages of all processes, counted every 10 s and at the limit',
    limit: '`maxSavedMessages`',
    beyond:
      'one more is not saved: MessageLostError with OUTBOX_FULL as its cause, in a transaction OUTBOX_FULL itself',
  },
  {
    what: 'the time of one save',
    limit: '`saveTimeoutMs`',
    beyond: 'MessageLostError with SAVE_TIMEOUT as its cause',
  },
  {
    what: 'saved messages that a process has claimed, and their bodies in memory',
    limit: '`resendConcurrency` topics and keys with 32 messages each, one body for each topic and key',
    beyond: 'the others wait in the database',
  },
  {
    what: 'statements that wait for one of 8 connections to MySQL or MariaDB',
    limit: '10 000, for 5 s',
    beyond: 'they fail with DATABASE_FAILED',
  },
  {
    what: 'the text of a last error in the database',
    limit: '1000 characters',
    beyond: 'its end is cut off',
  },
];
