import type { Generated } from 'kysely';

/** Saved messages; a row is removed once its message is sent. */
interface OutboxTable {
  /** The outbox id: given in the order of saves, never used again. */
  id: Generated<number>;
  lane: string;
  unique_key: string;
  topic: string;
  tags: string | null;
  message_keys: string | null;
  /** Properties and delay as JSON. */
  message_options: string | null;
  body: Uint8Array;
  /** `WAITING` or `FAILED`. */
  state: string;
  /** Who has claimed it. */
  owner: string | null;
  attempts: number;
  last_error: string | null;
  saved_ms: number;
  /** When the last attempt failed, and when the next one may follow. A clock that was set back must not hold it. */
  failed_ms: number;
  next_ms: number;
}

/** Processes that claim messages now. */
interface OwnerTable {
  owner: string;
  beat: number;
}

/** Messages that a consumer has handled. */
interface HandledTable {
  consumer_group: string;
  unique_key: string;
  handled_ms: number;
}

/** Migrations that were made. */
interface VersionTable {
  version: number;
  made_ms: number;
}

export interface Tables {
  mq_outbox: OutboxTable;
  mq_outbox_owner: OwnerTable;
  mq_handled: HandledTable;
  mq_sender_version: VersionTable;
}
