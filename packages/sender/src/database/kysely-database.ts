import { CodedError } from '@rocketmq-ts/client';
import type { Clock } from '@rocketmq-ts/kernel';
import { type Kysely, sql } from 'kysely';
import { reasonOf, SenderError } from '../errors.ts';
import type { Engine } from './engine.ts';
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
      const stillDead = sql<boolean>`exists (select 1 from mq_outbox_owner where owner = ${owner} and beat = ${beat})`;
      // In this order no claim is left without its owner, wherever this process ends.
      await this.#db
        .updateTable('mq_outbox')
        .set({ owner: null })
        .where('owner', '=', owner)
        .where(stillDead)
        .execute();
      const gone = this.#db.deleteFrom('mq_outbox_owner').where('owner', '=', owner).where('beat', '=', beat);
      return Number((await gone.executeTakeFirst()).numDeletedRows) > 0;
    });
  }

  leave(owner: string): Promise<void> {
    return this.#ask('an owner left', async () => {
      await this.#db.updateTable('mq_outbox').set({ owner: null }).where('owner', '=', owner).execute();
      await this.#db.deleteFrom('mq_outbox_owner').where('owner', '=', owner).execute();
    });
  }

  claim(
    owner: string,
    { lanes, perLane }: { readonly lanes: number; readonly perLane: number },
    nowMs: number,
  ): Promise<ClaimedMessage[] | undefined> {
    return this.#ask('messages were claimed', async () => {
      // Most looks find nothing that is due, and write nothing.
      const due = await freeHeads(this.#db, 1, nowMs).select('m.id').executeTakeFirst();
      if (due === undefined) return [];
      const heads = this.#engine.locksRows
        ? await this.#claimLockedHeads(owner, lanes, nowMs)
        : await this.#claimHeads(owner, lanes, nowMs);
      if (heads === undefined) return undefined;
      const claimed: ClaimedMessage[] = [];
      for (const head of heads) {
        claimed.push(claimedOf(head));
        if (perLane > 1) claimed.push(...(await this.#claimFollowing(owner, head, perLane - 1)));
      }
      return claimed;
    });
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
        .select(['id', 'state', 'owner', 'topic', 'tags', 'message_keys', 'unique_key', 'attempts', 'last_error'])
        .select(['saved_ms', bytes.as('body_bytes')])
        .where('id', '>', afterId)
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        outboxId: Number(row.id),
        state: row.owner === null ? (row.state as SavedState) : 'SENDING',
        topic: row.topic,
        tags: row.tags ?? undefined,
        keys: row.message_keys ?? undefined,
        uniqueKey: row.unique_key,
        bodyBytes: Number(row.body_bytes),
        attempts: row.attempts,
        lastError: row.last_error ?? undefined,
        savedAtMs: Number(row.saved_ms),
      }));
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
    return this.#ask('messages were made due', async () => {
      const changed = this.#db
        .updateTable('mq_outbox')
        .set({ state: 'WAITING', next_ms: 0 })
        .where('owner', 'is', null);
      return Number((await chosen(changed, filter).executeTakeFirst()).numUpdatedRows);
    });
  }

  purge(filter: SavedFilter): Promise<number> {
    return this.#ask('messages were removed', async () => {
      const removed = this.#db.deleteFrom('mq_outbox').where('owner', 'is', null);
      return Number((await chosen(removed, filter).executeTakeFirst()).numDeletedRows);
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

  /** Other processes claim at the same time: rows that they have locked are passed over. */
  #claimLockedHeads(owner: string, lanes: number, nowMs: number): Promise<Head[] | undefined> {
    // Gaps between rows must not be locked.
    const transaction = this.#db.transaction().setIsolationLevel('read committed');
    return transaction.execute(async (db) => {
      // Locks the row of the owner: nobody can end it before its claims are there to be freed.
      if (!(await beatOf(db, owner))) return undefined;
      const heads = await freeHeads(db, lanes, nowMs).select(HEAD_COLUMNS).forUpdate().skipLocked().execute();
      if (heads.length > 0) {
        const ids = heads.map(({ id }) => id);
        await db.updateTable('mq_outbox').set({ owner }).where('id', 'in', ids).execute();
      }
      return heads;
    });
  }

  /**
   * The same in statements of their own, each of which SQLite runs alone. A transaction of several would hold the lock of the
   * file between them, and another connection of this process that waits for it inside SQLite would block it for ever.
   */
  async #claimHeads(owner: string, lanes: number, nowMs: number): Promise<Head[] | undefined> {
    if (!(await beatOf(this.#db, owner))) return undefined;
    const heads = await this.#db
      .updateTable('mq_outbox')
      .set({ owner })
      .where('id', 'in', freeHeads(this.#db, lanes, nowMs).select('m.id'))
      .where(isKnown(owner))
      .returning(['id', 'lane', 'unique_key', 'topic', 'tags', 'message_keys', 'attempts'])
      .execute();
    return heads.sort((a, b) => a.id - b.id);
  }

  /** What follows a claimed head in its lane, up to the first message that is not free: nobody else can claim it now. */
  async #claimFollowing(owner: string, head: Head, most: number): Promise<ClaimedMessage[]> {
    const rows = await this.#db
      .selectFrom('mq_outbox')
      .select(['id', 'lane', 'unique_key', 'topic', 'tags', 'message_keys', 'attempts', 'owner', 'state'])
      .where('lane', '=', head.lane)
      .where('id', '>', head.id)
      .orderBy('id')
      .limit(most)
      .execute();
    const end = rows.findIndex((row) => row.owner !== null || row.state !== 'WAITING');
    const following = end < 0 ? rows : rows.slice(0, end);
    if (following.length === 0) return [];
    const ids = following.map(({ id }) => id);
    await this.#db
      .updateTable('mq_outbox')
      .set({ owner })
      .where('id', 'in', ids)
      .where('owner', 'is', null)
      .where(isKnown(owner))
      .execute();
    return following.map(claimedOf);
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

interface Head {
  readonly id: number;
  readonly lane: string;
  readonly unique_key: string;
  readonly topic: string;
  readonly tags: string | null;
  readonly message_keys: string | null;
  readonly attempts: number;
}

function claimedOf(row: Head): ClaimedMessage {
  return {
    outboxId: Number(row.id),
    lane: row.lane,
    uniqueKey: row.unique_key,
    topic: row.topic,
    tags: row.tags ?? undefined,
    keys: row.message_keys ?? undefined,
    attempts: row.attempts,
  };
}

async function beatOf(db: Kysely<Tables>, owner: string): Promise<boolean> {
  const beaten = db.updateTable('mq_outbox_owner').set((eb) => ({ beat: eb('beat', '+', 1) }));
  return Number((await beaten.where('owner', '=', owner).executeTakeFirst()).numUpdatedRows) > 0;
}

/** An owner that was ended must not leave claims behind that nobody frees. */
function isKnown(owner: string) {
  return sql<boolean>`exists (select 1 from mq_outbox_owner where owner = ${owner})`;
}

const HEAD_COLUMNS = ['m.id', 'm.lane', 'm.unique_key', 'm.topic', 'm.tags', 'm.message_keys', 'm.attempts'] as const;

/** Due and free messages before which their lane has none. */
function freeHeads(db: Kysely<Tables>, lanes: number, nowMs: number) {
  return db
    .selectFrom('mq_outbox as m')
    .where('m.state', '=', 'WAITING')
    .where('m.owner', 'is', null)
    .where((eb) => eb.or([eb('m.next_ms', '<=', nowMs), eb('m.failed_ms', '>', nowMs)]))
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('mq_outbox as earlier')
            .select(sql`1`.as('one'))
            .whereRef('earlier.lane', '=', 'm.lane')
            .whereRef('earlier.id', '<', 'm.id'),
        ),
      ),
    )
    .orderBy('m.id')
    .limit(lanes);
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
