import type { ClientOptions } from '@rocketmq-ts/client';
import { type DatabaseOptions, requireDatabase } from './database/database-options.ts';
import { KyselyDatabase } from './database/kysely-database.ts';
import { openEngine } from './database/open.ts';
import type { OutboxDatabase, SavedFilter, SavedMessage, SavedState } from './database/port.ts';
import { SenderError } from './errors.ts';
import { surroundings } from './options.ts';

/** Rows that are read from the database at a time. */
const PAGE = 100;
const STATES: readonly SavedState[] = ['WAITING', 'SENDING', 'FAILED'];

/** How many messages are saved, and since when. */
export interface OutboxStats {
  readonly waiting: number;
  readonly sending: number;
  readonly failed: number;
  /** Bytes of their bodies. */
  readonly bytes: number;
  /** When the oldest was saved, ms since the epoch; undefined when there is none. */
  readonly oldestMs: number | undefined;
}

/** A saved message with its body. */
export interface ExportedMessage extends SavedMessage {
  readonly body: Buffer;
}

/** What is saved: looked at, sent again, removed. Every call rejects with SenderError `DATABASE_FAILED`, or `OPTION_ILLEGAL` for a bad filter. */
export class Outbox implements AsyncDisposable {
  readonly #database: OutboxDatabase;

  /** Made by `openOutbox` and `MqMessageSender`. */
  constructor(database: OutboxDatabase) {
    this.#database = database;
  }

  /** Saved messages in the order of their saves; at most `limit` (default 100) after the id `afterId` (default 0). */
  async list(
    filter: SavedFilter = {},
    { afterId = 0, limit = PAGE }: { readonly afterId?: number; readonly limit?: number } = {},
  ): Promise<SavedMessage[]> {
    for (const [name, value, least] of [
      ['afterId', afterId, 0],
      ['limit', limit, 1],
    ] as const) {
      if (Number.isSafeInteger(value) && value >= least) continue;
      throw new SenderError(
        'OPTION_ILLEGAL',
        `The option ${name} is ${value}, but must be a whole number from ${least} on.`,
      );
    }
    return await this.#database.list(checked(filter), { afterId, limit });
  }

  /** Makes waiting and failed messages due now, also those that were refused for good; gives how many. */
  async retry(filter: SavedFilter = {}): Promise<number> {
    return await this.#database.retry(checked(filter));
  }

  /** Removes messages for ever; gives how many. Those that are being sent now stay. An empty filter removes all others. */
  async purge(filter: SavedFilter): Promise<number> {
    return await this.#database.purge(checked(filter));
  }

  /** All saved messages with their bodies, in the order of their saves, read page by page. */
  async *export(filter: SavedFilter = {}): AsyncGenerator<ExportedMessage> {
    for (let afterId = 0; ; ) {
      const page = await this.list(filter, { afterId });
      for (const message of page) {
        const body = await this.#database.body(message.outboxId);
        if (body !== undefined) yield { ...message, body };
        afterId = message.outboxId;
      }
      if (page.length < PAGE) return;
    }
  }

  async stats(): Promise<OutboxStats> {
    const { WAITING, SENDING, FAILED, bytes, oldestMs } = await this.#database.counts();
    return { waiting: WAITING, sending: SENDING, failed: FAILED, bytes, oldestMs };
  }

  /** Closes the connections of an outbox that `openOutbox` opened; that of a sender ends with it. */
  async close(): Promise<void> {
    await this.#database.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Opens saved messages without a sender, e.g. for a tool. Rejects with SenderError `OPTION_ILLEGAL`, `DRIVER_MISSING`,
 * `DATABASE_TOO_NEW` or `DATABASE_FAILED`.
 */
export async function openOutbox(
  database: DatabaseOptions | string,
  options: Pick<ClientOptions, 'platform'> = {},
): Promise<Outbox> {
  const { clock } = surroundings(options).platform;
  return new Outbox(new KyselyDatabase(await openEngine(requireDatabase(database), clock), clock));
}

function checked(filter: SavedFilter): SavedFilter {
  const { state, outboxIds } = filter;
  if (state !== undefined && !STATES.includes(state)) {
    throw new SenderError('OPTION_ILLEGAL', `The state ${JSON.stringify(state)} is none of ${STATES.join(', ')}.`);
  }
  if (outboxIds?.some((id) => !Number.isSafeInteger(id)) === true) {
    throw new SenderError('OPTION_ILLEGAL', 'An outbox id is a whole number.');
  }
  return filter;
}
