import { type Kysely, sql } from 'kysely';
import type { Engine } from './engine.ts';
import { decodeOptions } from './kept-options.ts';
import type { ClaimedMessage } from './port.ts';
import type { Tables } from './tables.ts';

/** The beat of an owner that another process ends. */
export const ENDED = -1;
/** Up to so many lanes the first message of each is looked up, instead of all messages for those that are the first ones. */
const FEW_LANES = 256;

/** How much is claimed at a time. */
export interface ClaimLimits {
  readonly lanes: number;
  readonly perLane: number;
}

/** What is read of a message, but for its body. */
export interface MessageRow {
  readonly id: number;
  readonly lane: string;
  readonly unique_key: string;
  readonly topic: string;
  readonly tags: string | null;
  readonly message_keys: string | null;
  readonly message_options: string | null;
  readonly attempts: number;
}

const COLUMNS = ['id', 'lane', 'unique_key', 'topic', 'tags', 'message_keys', 'message_options', 'attempts'] as const;
const HEAD_COLUMNS = COLUMNS.map((column) => `m.${column}` as const);

/** Does what `OutboxDatabase.claim` promises. */
export async function claimMessages(
  { kysely: db, locksRows }: Engine,
  owner: string,
  { lanes, perLane }: ClaimLimits,
  nowMs: number,
): Promise<ClaimedMessage[] | undefined> {
  const few = await headsOfFewLanes(db);
  const freeHeads = (from: Kysely<Tables>, most: number) => freeHeadsAmong(from, few, most, nowMs);
  // Most looks find nothing that is due, and write nothing.
  if ((await freeHeads(db, 1).select('m.id').executeTakeFirst()) === undefined) return [];
  const heads = await (locksRows ? claimLockedHeads : claimHeads)(db, owner, (from) => freeHeads(from, lanes));
  if (heads === undefined) return undefined;
  const claimed: ClaimedMessage[] = [];
  for (const head of heads) {
    claimed.push(claimedOf(head));
    if (perLane > 1) claimed.push(...(await claimFollowing(db, owner, head, perLane - 1)));
  }
  return claimed;
}

/** Shows that an owner lives; false when it is not known any more. */
export async function beatOf(db: Kysely<Tables>, owner: string): Promise<boolean> {
  const beaten = db.updateTable('mq_outbox_owner').set((eb) => ({ beat: eb('beat', '+', 1) }));
  const alive = beaten.where('owner', '=', owner).where('beat', '>', ENDED);
  return Number((await alive.executeTakeFirst()).numUpdatedRows) > 0;
}

type FreeHeads = (db: Kysely<Tables>) => ReturnType<typeof freeHeadsAmong>;

/** Other processes claim at the same time: rows that they have locked are passed over. */
function claimLockedHeads(
  connected: Kysely<Tables>,
  owner: string,
  freeHeads: FreeHeads,
): Promise<MessageRow[] | undefined> {
  // Gaps between rows must not be locked.
  const transaction = connected.transaction().setIsolationLevel('read committed');
  return transaction.execute(async (db) => {
    // Locks the row of the owner: nobody can end it before its claims are there to be freed.
    if (!(await beatOf(db, owner))) return undefined;
    const heads = await freeHeads(db).select(HEAD_COLUMNS).forUpdate().skipLocked().execute();
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
async function claimHeads(db: Kysely<Tables>, owner: string, freeHeads: FreeHeads): Promise<MessageRow[] | undefined> {
  if (!(await beatOf(db, owner))) return undefined;
  const heads = await db
    .updateTable('mq_outbox')
    .set({ owner })
    .where('id', 'in', freeHeads(db).select('m.id'))
    .where(isKnown(owner))
    .returning(COLUMNS)
    .execute();
  return heads.sort((a, b) => a.id - b.id);
}

/** What follows a claimed head in its lane, up to the first message that is not free: nobody else can claim it now. */
async function claimFollowing(
  db: Kysely<Tables>,
  owner: string,
  head: MessageRow,
  most: number,
): Promise<ClaimedMessage[]> {
  const rows = await db
    .selectFrom('mq_outbox')
    .select([...COLUMNS, 'owner', 'state'])
    .where('lane', '=', head.lane)
    .where('id', '>', head.id)
    .orderBy('id')
    .limit(most)
    .execute();
  const end = rows.findIndex((row) => row.owner !== null || row.state !== 'WAITING');
  const following = end < 0 ? rows : rows.slice(0, end);
  if (following.length === 0) return [];
  const ids = following.map(({ id }) => id);
  await db
    .updateTable('mq_outbox')
    .set({ owner })
    .where('id', 'in', ids)
    .where('owner', 'is', null)
    .where(isKnown(owner))
    .execute();
  return following.map(claimedOf);
}

function claimedOf(row: MessageRow): ClaimedMessage {
  return {
    outboxId: Number(row.id),
    lane: row.lane,
    uniqueKey: row.unique_key,
    topic: row.topic,
    tags: row.tags ?? undefined,
    keys: row.message_keys ?? undefined,
    ...decodeOptions(row.message_options),
    attempts: row.attempts,
  };
}

/** An owner that was ended must not leave claims behind that nobody frees. */
function isKnown(owner: string) {
  return sql<boolean>`exists (select 1 from mq_outbox_owner where owner = ${owner} and beat > ${ENDED})`;
}

/**
 * The first message of every lane, found by steps from lane to lane in their index; undefined when there are too many for that.
 * Where few lanes are deep, a look through all messages would find hardly one that is the first.
 */
async function headsOfFewLanes(db: Kysely<Tables>): Promise<number[] | undefined> {
  const { rows } = await sql<{ head: number }>`
    with recursive lanes (lane, n) as (
      select min(lane), 1 from mq_outbox
      union all
      select (select min(o.lane) from mq_outbox o where o.lane > lanes.lane), n + 1 from lanes
      where lane is not null and n <= ${sql.raw(String(FEW_LANES))}
    )
    select (select min(h.id) from mq_outbox h where h.lane = lanes.lane) as head from lanes
    where lane is not null`.execute(db);
  if (rows.length > FEW_LANES) return undefined;
  return rows.map(({ head }) => Number(head)).filter((id) => id > 0);
}

/** Due and free messages before which their lane has none; `among`: only these. */
function freeHeadsAmong(db: Kysely<Tables>, among: readonly number[] | undefined, most: number, nowMs: number) {
  const heads = db
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
    // Those that failed come after those that were not tried: many that fail for ever must not take every turn.
    .orderBy('m.next_ms')
    .orderBy('m.id')
    .limit(most);
  // No id is 0: `in ()` is no SQL.
  return among === undefined ? heads : heads.where('m.id', 'in', among.length === 0 ? [0] : among);
}
