import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '@rocketmq-ts/kernel';
import { type CompiledQuery, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import type { SqliteOptions } from './database-options.ts';
import { type Engine, importDriver, kyselyHandle, noTransaction } from './engine.ts';
import { SqliteDriver, unlessBusy } from './sqlite-driver.ts';
import type { Tables } from './tables.ts';

/** Opens a file. Rejects with SenderError `DRIVER_MISSING`, or as SQLite does. */
export async function openSqlite({ file }: SqliteOptions, clock: Clock): Promise<Engine> {
  const { DatabaseSync } = await importDriver(
    () => import('node:sqlite'),
    `node:sqlite needs Node.js 22.13 or newer, and this is ${process.version}`,
  );
  const database = new DatabaseSync(file);
  try {
    // A save must outlive a loss of power: FULL syncs the log at every commit.
    await unlessBusy(clock, () => database.exec('pragma journal_mode = wal; pragma synchronous = full'));
  } catch (error) {
    database.close();
    throw error;
  }
  const kysely = new Kysely<Tables>({
    dialect: {
      createDriver: () => new SqliteDriver(database, clock),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createAdapter: () => new SqliteAdapter(),
      createIntrospector: (db) => new SqliteIntrospector(db),
    },
  });
  return {
    kind: 'sqlite',
    kysely,
    locksRows: false,
    alone: (work) => kysely.transaction().execute(work),
    insertIn,
    inTransaction: (work) => kysely.transaction().execute((transaction) => work(transaction, database)),
    close: () => kysely.destroy(),
  };
}

/** `DatabaseSync`, or better-sqlite3's `Database`, which has the same methods. */
type Handle = Pick<DatabaseSync, 'prepare'> & { readonly isTransaction?: boolean; readonly inTransaction?: boolean };

async function insertIn(transaction: unknown, compiled: CompiledQuery): Promise<number> {
  const kysely = kyselyHandle(transaction);
  if (kysely !== undefined) return Number((await kysely.executeQuery(compiled)).insertId);
  const handle = transaction as Handle | null;
  if (typeof handle?.prepare !== 'function') throw noTransaction('neither a DatabaseSync nor a Kysely transaction');
  if ((handle.isTransaction ?? handle.inTransaction) === false) {
    throw noTransaction('a connection without an open transaction; run BEGIN on it before');
  }
  const values = compiled.parameters as (string | number | null | Uint8Array)[];
  return Number(handle.prepare(compiled.sql).run(...values).lastInsertRowid);
}
