import { type CreateTableBuilder, type Kysely, sql } from 'kysely';
import { SenderError } from '../errors.ts';
import type { Engine } from './engine.ts';
import type { Tables } from './tables.ts';

type Kind = Engine['kind'];

/**
 * What makes each version of the tables from the one before, in order. A version that was published is never changed. Each
 * may run again from its middle, since MySQL does not roll such statements back.
 */
const MIGRATIONS: readonly ((db: Kysely<Tables>, kind: Kind) => Promise<void>)[] = [makeTables, addOptions];

/** Brings the tables to this version, however many processes start at once. Rejects with SenderError `DATABASE_TOO_NEW`, or as the database does. */
export async function migrate(engine: Engine, nowMs: number): Promise<void> {
  await engine.alone(async (db) => {
    await asUtf8(db.schema.createTable('mq_sender_version').ifNotExists(), engine.kind)
      .addColumn('version', 'integer', (column) => column.primaryKey())
      .addColumn('made_ms', 'bigint', (column) => column.notNull())
      .execute();
    const versions = await db.selectFrom('mq_sender_version').select('version').execute();
    const there = Math.max(0, ...versions.map(({ version }) => Number(version)));
    if (there > MIGRATIONS.length) {
      const text = `The tables have version ${there}, and this package knows versions up to ${MIGRATIONS.length}.`;
      throw new SenderError('DATABASE_TOO_NEW', text);
    }
    for (let version = there + 1; version <= MIGRATIONS.length; version++) {
      await MIGRATIONS[version - 1]!(db, engine.kind);
      await db.insertInto('mq_sender_version').values({ version, made_ms: nowMs }).execute();
    }
  });
}

async function makeTables(db: Kysely<Tables>, kind: Kind): Promise<void> {
  const blob = sql.raw({ sqlite: 'blob', postgres: 'bytea', mysql: 'longblob' }[kind]);
  const table = asUtf8(db.schema.createTable('mq_outbox').ifNotExists(), kind)
    .addColumn('id', kind === 'sqlite' ? 'integer' : 'bigint', (column) =>
      kind === 'postgres' ? column.generatedByDefaultAsIdentity().primaryKey() : column.autoIncrement().primaryKey(),
    )
    .addColumn('lane', 'varchar(64)', (column) => column.notNull())
    .addColumn('unique_key', 'varchar(64)', (column) => column.notNull())
    .addColumn('topic', 'varchar(255)', (column) => column.notNull())
    .addColumn('tags', 'text')
    .addColumn('message_keys', 'text')
    .addColumn('body', blob, (column) => column.notNull())
    .addColumn('state', 'varchar(16)', (column) => column.notNull())
    .addColumn('owner', 'varchar(64)')
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('last_error', 'text')
    .addColumn('saved_ms', 'bigint', (column) => column.notNull())
    .addColumn('failed_ms', 'bigint', (column) => column.notNull())
    .addColumn('next_ms', 'bigint', (column) => column.notNull());
  await table.execute();
  await makeIndex(db, kind, 'mq_outbox', 'mq_outbox_lane', ['lane', 'id']);
  await makeIndex(db, kind, 'mq_outbox', 'mq_outbox_owned', ['owner']);
  await asUtf8(db.schema.createTable('mq_outbox_owner').ifNotExists(), kind)
    .addColumn('owner', 'varchar(64)', (column) => column.primaryKey())
    .addColumn('beat', 'bigint', (column) => column.notNull())
    .execute();
  await asUtf8(db.schema.createTable('mq_handled').ifNotExists(), kind)
    .addColumn('consumer_group', 'varchar(255)', (column) => column.notNull())
    .addColumn('unique_key', 'varchar(64)', (column) => column.notNull())
    .addColumn('handled_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('mq_handled_key', ['consumer_group', 'unique_key'])
    .execute();
  await makeIndex(db, kind, 'mq_handled', 'mq_handled_time', ['handled_ms']);
}

/** Properties and delays of messages, and the index by which those that are due are found. */
async function addOptions(db: Kysely<Tables>, kind: Kind): Promise<void> {
  if (kind !== 'mysql' || !(await mysqlHas(db, 'columns', 'column_name', 'message_options'))) {
    const type = sql.raw({ sqlite: 'text', postgres: 'text', mysql: 'mediumtext' }[kind]);
    await db.schema.alterTable('mq_outbox').addColumn('message_options', type).execute();
  }
  await makeIndex(db, kind, 'mq_outbox', 'mq_outbox_due', ['owner', 'state', 'next_ms', 'id']);
  if (kind === 'mysql' && !(await mysqlHas(db, 'statistics', 'index_name', 'mq_outbox_owned'))) return;
  const old = db.schema.dropIndex('mq_outbox_owned');
  await (kind === 'mysql' ? old.on('mq_outbox') : old.ifExists()).execute();
}

/** MySQL, unlike MariaDB, has no `if not exists` for columns and indexes. */
async function mysqlHas(db: Kysely<Tables>, kinds: string, column: string, name: string): Promise<boolean> {
  const found = await sql`
    select 1 from ${sql.raw(`information_schema.${kinds}`)}
    where table_schema = database() and ${sql.raw(column)} = ${name} limit 1`.execute(db);
  return found.rows.length > 0;
}

async function makeIndex(
  db: Kysely<Tables>,
  kind: Kind,
  table: keyof Tables,
  name: string,
  columns: readonly string[],
): Promise<void> {
  const list = sql.join(columns.map((column) => sql.ref(column)));
  if (kind !== 'mysql') {
    await sql`create index if not exists ${sql.ref(name)} on ${sql.table(table)} (${list})`.execute(db);
    return;
  }
  if (await mysqlHas(db, 'statistics', 'index_name', name)) return;
  await sql`create index ${sql.ref(name)} on ${sql.table(table)} (${list})`.execute(db);
}

/** Texts are compared by their bytes and may have any character. */
function asUtf8<T extends CreateTableBuilder<string, never>>(table: T, kind: Kind): T {
  return kind === 'mysql' ? (table.modifyEnd(sql`character set utf8mb4 collate utf8mb4_bin`) as T) : table;
}
