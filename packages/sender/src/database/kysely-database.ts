import { CodedError } from '@rocketmq-ts/client';
import type { Clock } from '@rocketmq-ts/kernel';
import { type Kysely, sql } from 'kysely';
import { reasonOf, SenderError } from '../errors.ts';
import { beatOf, type ClaimLimits, claimMessages, ENDED, type MessageRow } from './claim-messages.ts';
import type { Engine } from './engine.ts';
import { decodeOptions, encodeOptions } from './kept-options.ts';
import type {
  ClaimedMessage,
  Failure,
  NewMessage,
  OutboxDatabase,
  Owner,
  SavedFilter,
  SavedMessage,
  SavedState,
} from './port.ts';
import type { Tables } from './tables.ts';

/** A database that has not answered after this time does not answer. */
const ANSWER_TIMEOUT_MS = 15_000;
/** Messages that one statement makes due or removes. */
const PART = 10_000;
/** Characters of a last error that are kept. */
const MAX_ERROR_CHARACTERS = 1000;

/** The port on any database that the query builder speaks to. */
export class KyselyDatabase implements OutboxDatabase {
  readonly #engine: Engine;
  readonly #db: Kysely<Tables>;
  readonly #clock: Clock;
  #closed: Promise<void> | undefined;

  constructor(engine: Engine, clock: Clock) {
    this.#engine = engine;
    this.#db = engine.kysely;
    this.#clock = clock;
  }

  save(message: NewMessage, nowMs: number): Promise<number> {
    return this.#ask('a message was saved', async () => {
      if (this.#engine.kind === 'postgres') {
        const { id } = await this.#insert(message, nowMs).returning('id').executeTakeFirstOrThrow();
        return Number(id);
      }
      return Number((await this.#insert(message, nowMs).executeTakeFirstOrThrow()).insertId);
    });
  }

  saveIn(transaction: unknown, message: NewMessage, nowMs: number): Promise<number> {
    const insert = this.#insert(message, nowMs);
    const compiled = this.#engine.kind === 'postgres' ? insert.returning('id').compile() : insert.compile();
    return this.#ask('a message was saved in a transaction', () => this.#engine.insertIn(transaction, compiled));
  }

  hasLane(lane: string): Promise<boolean> {
    return this.#ask('saved messages were looked for', async () => {
      const found = this.#db.selectFrom('mq_outbox').select('id').where('lane', '=', lane).limit(1);
      return (await found.executeTakeFirst()) !== undefined;
    });
  }

  count(): Promise<number> {
    return this.#ask('saved messages were counted', async () => {
      const { n } = await this.#db
        .selectFrom('mq_outbox')
        .select((eb) => eb.fn.countAll().as('n'))
        .executeTakeFirstOrThrow();
      return Number(n);
    });
  }

  join(owner: string): Promise<void> {
    return this.#ask('an owner was made known', async () => {
      await this.#db.insertInto('mq_outbox_owner').values({ owner, beat: 0 }).execute();
    });
  }

  beat(owner: string): Promise<boolean> {
    return this.#ask('an owner showed that it lives', () => beatOf(this.#db, owner));
  }

  owners(): Promise<Owner[]> {
    return this.#ask('the owners were listed', async () => {
      const rows = await this.#db.selectFrom('mq_outbox_owner').selectAll().execute();
      return rows.map(({ owner, beat }) => ({ owner, beat: Number(beat) }));
    });
  }

  evict({ owner, beat }: Owner): Promise<boolean> {
    return this.#ask('an owner was ended', async () => {
      // From this statement on the owner can neither beat nor claim; one that has beaten since is not ended.
      const ending = this.#db.updateTable('mq_outbox_owner').set({ beat: ENDED }).where('owner', '=', owner);
      if (Number((await ending.where('beat', '=', beat).executeTakeFirst()).numUpdatedRows) === 0) return false;
      // In this order no claim is left without its owner: where this process ends, another one does the rest.
      await this.leave(owner);
      return true;
    });
  }

  leave(owner: string): Promise<void> {
    return this.#ask('an owner left', async () => {
      await this.#db.updateTable('mq_outbox').set({ owner: null }).where('owner', '=', owner).execute();
      await this.#db.deleteFrom('mq_outbox_owner').where('owner', '=', owner).execute();
    });
  }

  claim(owner: string, limits: ClaimLimits, nowMs: number): Promise<ClaimedMessage[] | undefined> {
    return this.#ask('messages were claimed', () => claimMessages(this.#engine, owner, limits, nowMs));
  }

  body(outboxId: number): Promise<Buffer | undefined> {
    return this.#ask('a body was read', async () => {
      const row = await this.#db.selectFrom('mq_outbox').select('body').where('id', '=', outboxId).executeTakeFirst();
      return row === undefined ? undefined : Buffer.from(row.body);
    });
  }

  sent(owner: string, outboxId: number): Promise<boolean> {
    return this.#ask('a sent message was removed', async () => {
      const removed = this.#db.deleteFrom('mq_outbox').where('id', '=', outboxId).where('owner', '=', owner);
      return Number((await removed.executeTakeFirst()).numDeletedRows) > 0;
    });
  }

  failed(owner: string, outboxId: number, { lastError, state, nowMs, nextMs }: Failure): Promise<boolean> {
    return this.#ask('a failed attempt was recorded', async () => {
      const changed = await this.#db
        .updateTable('mq_outbox')
        .set((eb) => ({
          owner: null,
          state,
          attempts: eb('attempts', '+', 1),
          last_error: lastError.slice(0, MAX_ERROR_CHARACTERS),
          failed_ms: nowMs,
          next_ms: nextMs,
        }))
        .where('id', '=', outboxId)
        .where('owner', '=', owner)
        .executeTakeFirst();
      return Number(changed.numUpdatedRows) > 0;
    });
  }

  release(owner: string, outboxIds: readonly number[]): Promise<void> {
    return this.#ask('claims were freed', async () => {
      if (outboxIds.length === 0) return;
      const freed = this.#db.updateTable('mq_outbox').set({ owner: null });
      await freed.where('owner', '=', owner).where('id', 'in', outboxIds).execute();
    });
  }

  dueNow(outboxIds: readonly number[]): Promise<void> {
    return this.#ask('messages were made due', async () => {
      if (outboxIds.length === 0) return;
      await this.#db.updateTable('mq_outbox').set({ next_ms: 0 }).where('id', 'in', outboxIds).execute();
    });
  }

  list(
    filter: SavedFilter,
    { afterId, limit }: { readonly afterId: number; readonly limit: number },
  ): Promise<SavedMessage[]> {
    return this.#ask('saved messages were listed', async () => {
      const bytes = this.#engine.kind === 'sqlite' ? sql<number>`length(body)` : sql<number>`octet_length(body)`;
      const rows = await chosen(this.#db.selectFrom('mq_outbox'), filter)
        .select([
          'id',
          'state',
          'owner',
          'topic',
          'tags',
          'message_keys',
          'unique_key',
          'attempts',
          'last_error',
          'message_options',
        ])
        .select(['saved_ms', bytes.as('body_bytes')])
        .where('id', '>', afterId)
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map(savedOf);
    });
  }

  counts(): Promise<Record<SavedState, number> & { readonly oldestMs: number | undefined; readonly bytes: number }> {
    return this.#ask('saved messages were counted', async () => {
      const bytes =
        this.#engine.kind === 'sqlite' ? sql<number>`sum(length(body))` : sql<number>`sum(octet_length(body))`;
      const rows = await this.#db
        .selectFrom('mq_outbox')
        .select((eb) => [
          sql<string>`case when owner is null then state else 'SENDING' end`.as('shown'),
          eb.fn.countAll().as('n'),
          eb.fn.min('saved_ms').as('oldest'),
          bytes.as('bytes'),
        ])
        .groupBy(sql`case when owner is null then state else 'SENDING' end`)
        .execute();
      const of = (state: SavedState): number => Number(rows.find(({ shown }) => shown === state)?.n ?? 0);
      const oldest = rows.map((row) => Number(row.oldest));
      return {
        ...{ WAITING: of('WAITING'), SENDING: of('SENDING'), FAILED: of('FAILED') },
        oldestMs: oldest.length === 0 ? undefined : Math.min(...oldest),
        bytes: rows.reduce((sum, row) => sum + Number(row.bytes), 0),
      };
    });
  }

  retry(filter: SavedFilter): Promise<number> {
    return this.#inParts(filter, 'messages were made due', async (ids) => {
      const changed = this.#db.updateTable('mq_outbox').set({ state: 'WAITING', next_ms: 0 });
      const free = chosen(changed.where('owner', 'is', null), filter)
        .where('id', '>', ids.after)
        .where('id', '<=', ids.last);
      return Number((await free.executeTakeFirst()).numUpdatedRows);
    });
  }

  purge(filter: SavedFilter): Promise<number> {
    return this.#inParts(filter, 'messages were removed', async (ids) => {
      const removed = this.#db.deleteFrom('mq_outbox').where('owner', 'is', null);
      const free = chosen(removed, filter).where('id', '>', ids.after).where('id', '<=', ids.last);
      return Number((await free.executeTakeFirst()).numDeletedRows);
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#engine.close();
    return this.#closed;
  }

  #insert(message: NewMessage, nowMs: number) {
    return this.#db.insertInto('mq_outbox').values({
      lane: message.lane,
      unique_key: message.uniqueKey,
      topic: message.topic,
      tags: message.tags ?? null,
      message_keys: message.keys ?? null,
      message_options: encodeOptions(message),
      body: message.body,
      state: 'WAITING',
      owner: null,
      attempts: 0,
      last_error: null,
      saved_ms: nowMs,
      failed_ms: 0,
      next_ms: 0,
    });
  }

  /** A statement over a large table would last longer than the time for an answer, and hold its locks so long. */
  async #inParts(
    filter: SavedFilter,
    what: string,
    work: (ids: { readonly after: number; readonly last: number }) => Promise<number>,
  ): Promise<number> {
    let done = 0;
    for (let after = 0; ; ) {
      const last = await this.#ask(what, async () => {
        const rows = chosen(this.#db.selectFrom('mq_outbox'), filter).select('id').where('id', '>', after);
        const ids = await rows.orderBy('id').limit(PART).execute();
        return Number(ids.at(-1)?.id ?? 0);
      });
      if (last === 0) return done;
      const ids = { after, last };
      done += await this.#ask(what, () => work(ids));
      after = last;
    }
  }

  /** `what`: what did not happen, as part of a sentence. */
  #ask<T>(what: string, work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const fail = (cause: unknown): void => {
        timer.cancel();
        if (cause instanceof CodedError) reject(cause);
        else
          reject(
            new SenderError('DATABASE_FAILED', `The database failed before ${what}: ${reasonOf(cause)}.`, { cause }),
          );
      };
      const timer = this.#clock.after(ANSWER_TIMEOUT_MS, () => fail(new Error(`no answer in ${ANSWER_TIMEOUT_MS} ms`)));
      work().then((result) => {
        timer.cancel();
        resolve(result);
      }, fail);
    });
  }
}

function savedOf(
  row: Omit<MessageRow, 'lane'> & {
    readonly state: string;
    readonly owner: string | null;
    readonly last_error: string | null;
    readonly saved_ms: number;
    readonly body_bytes: number;
  },
): SavedMessage {
  const { properties, delayLevel, deliverAtMs } = decodeOptions(row.message_options);
  return {
    outboxId: Number(row.id),
    state: row.owner === null ? (row.state as SavedState) : 'SENDING',
    topic: row.topic,
    tags: row.tags ?? undefined,
    keys: row.message_keys ?? undefined,
    uniqueKey: row.unique_key,
    bodyBytes: Number(row.body_bytes),
    ...{ properties, delayLevel, deliverAtMs },
    attempts: row.attempts,
    lastError: row.last_error ?? undefined,
    savedAtMs: Number(row.saved_ms),
  };
}

/** The part of the builders that a filter uses. */
interface Choosable {
  where(column: string, operator: string, value: unknown): this;
}

function chosen<Query extends object>(query: Query, filter: SavedFilter): Query {
  let narrowed = query as unknown as Choosable;
  const { outboxIds, topic, keys, state, savedBeforeMs } = filter;
  // No id is 0: an empty list chooses nothing, and `in ()` is no SQL.
  if (outboxIds !== undefined) narrowed = narrowed.where('id', 'in', outboxIds.length === 0 ? [0] : outboxIds);
  if (topic !== undefined) narrowed = narrowed.where('topic', '=', topic);
  if (keys !== undefined) narrowed = narrowed.where('message_keys', '=', keys);
  if (state === 'SENDING') narrowed = narrowed.where('owner', 'is not', null);
  else if (state !== undefined) narrowed = narrowed.where('state', '=', state).where('owner', 'is', null);
  if (savedBeforeMs !== undefined) narrowed = narrowed.where('saved_ms', '<', savedBeforeMs);
  return narrowed as unknown as Query;
}
