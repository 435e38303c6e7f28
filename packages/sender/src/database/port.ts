import type { KeptOptions } from './kept-options.ts';

/** A message as it is saved. */
export interface NewMessage extends KeptOptions {
  /** Messages of one lane are sent in the order in which they were saved. */
  readonly lane: string;
  readonly uniqueKey: string;
  readonly topic: string;
  readonly tags: string | undefined;
  readonly keys: string | undefined;
  readonly body: Uint8Array;
}

/**
 * | state | meaning | becomes |
 * | --- | --- | --- |
 * | WAITING | to be sent, now or after a pause | SENDING |
 * | SENDING | a process has claimed it | gone once it is sent; WAITING after a failure or the end of its process; FAILED |
 * | FAILED | refused in a way that no repetition helps against; later messages of its topic and key wait behind it | WAITING by `retry`, gone by `purge` |
 */
export type SavedState = 'WAITING' | 'SENDING' | 'FAILED';

/** A saved message without its body. */
export interface SavedMessage {
  readonly outboxId: number;
  readonly state: SavedState;
  readonly topic: string;
  readonly tags: string | undefined;
  readonly keys: string | undefined;
  readonly uniqueKey: string;
  readonly bodyBytes: number;
  /** As given to `sendMsg`; undefined when none were. */
  readonly properties: Readonly<Record<string, string>> | undefined;
  readonly delayLevel: number | undefined;
  /** When it is to be delivered, by `deliverAt` or `delayMs`: wall clock, ms since the epoch. */
  readonly deliverAtMs: number | undefined;
  /** Attempts of the resender; the send before it was saved is not counted. */
  readonly attempts: number;
  /** Of the last attempt; undefined before the first. */
  readonly lastError: string | undefined;
  /** Wall clock, ms since the epoch. */
  readonly savedAtMs: number;
}

/** Which saved messages an operation is for; what is not given does not select. */
export interface SavedFilter {
  readonly outboxIds?: readonly number[] | undefined;
  readonly topic?: string | undefined;
  readonly keys?: string | undefined;
  readonly state?: SavedState | undefined;
  /** Saved before this time, ms since the epoch. */
  readonly savedBeforeMs?: number | undefined;
}

/** A claimed message, without its body. */
export interface ClaimedMessage extends Omit<NewMessage, 'body'> {
  readonly outboxId: number;
  readonly attempts: number;
}

/** A process that claims messages. Its beats show others that it lives. */
export interface Owner {
  readonly owner: string;
  readonly beat: number;
}

/** How an attempt failed. */
export interface Failure {
  readonly lastError: string;
  readonly state: 'WAITING' | 'FAILED';
  /** Wall clock of now, and when it may be tried again. */
  readonly nowMs: number;
  readonly nextMs: number;
}

/**
 * What the sender needs of a database. Every promise rejects with SenderError `DATABASE_FAILED` when the database does not
 * answer. A contract suite holds each implementation to these words.
 */
export interface OutboxDatabase {
  /** Saves a message durably; gives its outbox id. Ids grow in the order of saves. */
  save(message: NewMessage, nowMs: number): Promise<number>;
  /** The same in the caller's transaction. Rejects with SenderError `NO_TRANSACTION` for what is none. */
  saveIn(transaction: unknown, message: NewMessage, nowMs: number): Promise<number>;
  /** Whether any message of the lane is saved. */
  hasLane(lane: string): Promise<boolean>;
  count(): Promise<number>;

  /** Makes an owner known. */
  join(owner: string): Promise<void>;
  /** False when the owner is not known any more: others may have its claims. */
  beat(owner: string): Promise<boolean>;
  owners(): Promise<Owner[]>;
  /** Ends an owner whose beat is still this one, and frees its claims; false when it has beaten since. */
  evict(dead: Owner): Promise<boolean>;
  /** Ends an owner in order, and frees its claims. */
  leave(owner: string): Promise<void>;

  /**
   * Claims the first messages of up to `lanes` lanes whose first one is due and free, up to `perLane` of each, in order.
   * `undefined` when the owner is not known any more.
   */
  claim(
    owner: string,
    limits: { readonly lanes: number; readonly perLane: number },
    nowMs: number,
  ): Promise<ClaimedMessage[] | undefined>;
  /** Undefined when it was purged. */
  body(outboxId: number): Promise<Buffer | undefined>;
  /** Removes a message that was sent; false when the claim is lost, and nothing is changed. */
  sent(owner: string, outboxId: number): Promise<boolean>;
  /** Ends the claim of a message that was not sent; false when the claim is lost, and nothing is changed. */
  failed(owner: string, outboxId: number, failure: Failure): Promise<boolean>;
  /** Frees claims of the owner without an attempt. */
  release(owner: string, outboxIds: readonly number[]): Promise<void>;
  /** Messages that wait for a later time are due now. */
  dueNow(outboxIds: readonly number[]): Promise<void>;

  /** By ascending id, after `afterId`. */
  list(filter: SavedFilter, page: { readonly afterId: number; readonly limit: number }): Promise<SavedMessage[]>;
  counts(): Promise<Record<SavedState, number> & { readonly oldestMs: number | undefined; readonly bytes: number }>;
  /** Makes WAITING and FAILED messages due now; gives how many. */
  retry(filter: SavedFilter): Promise<number>;
  /** Removes messages that are not SENDING; gives how many. */
  purge(filter: SavedFilter): Promise<number>;

  /** Releases connections. May be called twice. */
  close(): Promise<void>;
}
