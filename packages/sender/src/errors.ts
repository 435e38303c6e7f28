import { CodedError, type ErrorEntry } from '@rocketmq-ts/client';
import type { KeptOptions } from './database/kept-options.ts';

/** Why a call of the sender failed. What each code means and what to do about it: `senderErrors`. */
export type SenderErrorCode = keyof typeof senderErrors;

const entry = (meaning: string, retryable: boolean, advice: string): ErrorEntry => ({ meaning, retryable, advice });

/** Code → meaning, whether the same call may succeed later or elsewhere, advice. docs/errors.md is made from it. */
export const senderErrors = {
  ALREADY_RUNNING: entry(
    'This process already runs a sender of the same producer group.',
    false,
    'Share the one that runs, or give each its own `instanceName`.',
  ),
  BAD_COMMAND_LINE: entry(
    'A command of `mqsender` is unknown, or one of its options is unknown, missing or has a wrong value.',
    false,
    'See `mqsender help`.',
  ),
  DATABASE_FAILED: entry(
    'The database did not answer, or refused what was asked; `cause` is what its driver reports.',
    true,
    'Check that the database runs and that the account may create and use the tables.',
  ),
  DATABASE_TOO_NEW: entry(
    'The tables in the database were made by a newer version of this package.',
    false,
    'Update the package in this process.',
  ),
  DRIVER_MISSING: entry(
    'The driver of the database is not there: the package `pg` or `mysql2`, or `node:sqlite` of Node.js 22.13 or newer.',
    false,
    'Install the package that is named here, or run on the Node.js that is named here.',
  ),
  MESSAGE_LOST: entry(
    'The message was not sent and could not be saved: `unsent` has it, `cause` both reasons (`errors`).',
    true,
    'Keep the message in another way, or refuse the work that it belongs to.',
  ),
  MESSAGE_SAVED: entry(
    'The message was not sent for sure; it is saved in the database as `outboxId` and will be sent as soon as possible.',
    false,
    'Nothing to mend, and do not send it again.',
  ),
  NO_TRANSACTION: entry(
    'What was given to `saveInTransaction` is no open transaction of the database that the sender uses.',
    false,
    'Give it the handle on which the transaction was begun, before its commit.',
  ),
  OPTION_ILLEGAL: entry(
    'An option is unknown or has a value outside its range.',
    false,
    'Correct the option that is named here.',
  ),
  OUTBOX_FULL: entry(
    'As many messages as `maxSavedMessages` allows are saved already, so this one was not.',
    true,
    'Look at the oldest ones (`mqsender list`): why are they not sent? Or raise `maxSavedMessages`.',
  ),
  SAVE_TIMEOUT: entry(
    'The database did not confirm within `saveTimeoutMs` that the message is saved. It may be saved nevertheless.',
    true,
    'Look at the database; raise `saveTimeoutMs` if it is only slow.',
  ),
  TOO_MANY_SENDS: entry(
    'As many sends as `maxPendingSends` allows wait already, so this one was neither sent nor saved.',
    true,
    'Wait for earlier sends before making more, or raise `maxPendingSends`.',
  ),
  WAITS_BEHIND: entry(
    'Earlier messages of the same topic and key wait in the database; this one was not sent, so that it does not overtake them.',
    true,
    'Nothing to mend: it is sent after them.',
  ),
  WRONG_STATE: entry('The sender is stopped or stopping.', false, 'Call nothing after `stop`.'),
} as const satisfies Record<string, ErrorEntry>;

/** Any failure of the sender that is not of the client below it. */
export class SenderError extends CodedError<SenderErrorCode> {
  constructor(
    code: SenderErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly facts?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(code, `${message} ${senderErrors[code].advice}`, { ...options, retryable: senderErrors[code].retryable });
  }
}

/** What `sendMsg` was called with, and the identity that the message has. */
export interface UnsentMessage extends KeptOptions {
  readonly topic: string;
  readonly tags: string | undefined;
  readonly keys: string | undefined;
  readonly body: Buffer;
  readonly uniqueKey: string;
}

/** The message was not sent, or it is not known whether it was; it is safe in the database. `cause` is why it was not sent. */
export class MessageSavedError extends SenderError {
  /** Its row in the database, for `outbox.list`, `retry` and `purge`. */
  readonly outboxId: number;
  readonly uniqueKey: string;

  constructor(message: UnsentMessage, outboxId: number, cause: unknown) {
    const text = `The message ${message.uniqueKey} to topic ${message.topic} was not sent (${reasonOf(cause)}) and is saved as ${outboxId}.`;
    super('MESSAGE_SAVED', text, { cause, facts: { outboxId, topic: message.topic, uniqueKey: message.uniqueKey } });
    this.outboxId = outboxId;
    this.uniqueKey = message.uniqueKey;
  }
}

/** The message was neither sent nor saved. `cause` is an AggregateError of both failures: first the send, then the save. */
export class MessageLostError extends SenderError {
  /** The caller's to keep. */
  readonly unsent: UnsentMessage;

  constructor(unsent: UnsentMessage, sendFailure: unknown, saveFailure: unknown) {
    const text = `The message ${unsent.uniqueKey} to topic ${unsent.topic} was not sent (${reasonOf(sendFailure)}) and not saved (${reasonOf(saveFailure)}).`;
    super('MESSAGE_LOST', text, {
      cause: new AggregateError([sendFailure, saveFailure], 'Sending and saving failed.'),
      facts: { topic: unsent.topic, uniqueKey: unsent.uniqueKey },
    });
    this.unsent = unsent;
  }
}

/** One line for texts and the column of last errors. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  const code = error instanceof CodedError ? `${error.code}: ` : '';
  return `${code}${text.replace(/\s+/g, ' ').trim()}`;
}
