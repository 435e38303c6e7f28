import { type CompiledQuery, Kysely, MysqlDialect, type MysqlPoolConnection, sql } from 'kysely';
import type { PoolConnection } from 'mysql2';
import type { MysqlOptions } from './database-options.ts';
import { type Engine, importDriver, kyselyHandle, noTransaction } from './engine.ts';
import type { Tables } from './tables.ts';

const MAX_CONNECTIONS = 8;
const CONNECT_TIMEOUT_MS = 5000;
/** How long a start waits for another process that makes the tables. */
const MIGRATION_LOCK_SECONDS = 60;

/** Makes a pool that connects when it is used. Rejects with SenderError `DRIVER_MISSING`. */
export async function openMysql({ url }: MysqlOptions): Promise<Engine> {
  const { default: mysql } = await importDriver(
    () => import('mysql2'),
    'install the package mysql2 (npm install mysql2)',
  );
  const pool = mysql.createPool({
    uri: url,
    connectionLimit: MAX_CONNECTIONS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    charset: 'utf8mb4',
  });
  pool.on('connection', (connection: PoolConnection) => connection.on('error', () => {}));
  const kysely = new Kysely<Tables>({ dialect: new MysqlDialect({ pool }) });
  return {
    kind: 'mysql',
    kysely,
    locksRows: true,
    // Statements that make tables end transactions, so a lock of the connection holds them together.
    alone: (work) =>
      kysely.connection().execute(async (connection) => {
        const name = sql`concat('mqsender.', md5(database()))`;
        const { rows } = await sql<{ got: number | null }>`
          select get_lock(${name}, ${sql.raw(String(MIGRATION_LOCK_SECONDS))}) as got`.execute(connection);
        if (Number(rows[0]?.got) !== 1)
          throw new Error('another process has held the lock for new tables for a minute');
        try {
          await work(connection);
        } finally {
          await sql`select release_lock(${name})`.execute(connection);
        }
      }),
    insertIn,
    inTransaction: (work) => inTransaction(pool.promise(), work),
    close: () => kysely.destroy(),
  };
}

type Pool = ReturnType<ReturnType<typeof import('mysql2')['createPool']>['promise']>;

/** A transaction on one connection, which a Kysely and the caller share. */
async function inTransaction<T>(pool: Pool, work: (db: Kysely<Tables>, handle: unknown) => Promise<T>): Promise<T> {
  const connection = await pool.getConnection();
  const raw = connection.connection as unknown as PoolConnection;
  const shared = {
    query: raw.query.bind(raw),
    release: () => {},
    threadId: raw.threadId,
  } as unknown as MysqlPoolConnection;
  const one = new Kysely<Tables>({
    dialect: new MysqlDialect({
      pool: { getConnection: (done) => done(undefined, shared), end: (done) => done(undefined) },
    }),
  });
  let broken = true;
  try {
    await connection.query('start transaction');
    try {
      const result = await work(one, connection);
      await connection.query('commit');
      broken = false;
      return result;
    } catch (error) {
      await connection.query('rollback').then(
        () => {
          broken = false;
        },
        () => {},
      );
      throw error;
    }
  } finally {
    if (broken) connection.destroy();
    else connection.release();
  }
}

/** A connection of mysql2, with promises or with callbacks. */
interface Handle {
  query(sql: string, parameters: unknown[]): Promise<readonly [{ readonly insertId: number }, unknown]>;
  promise?(): Handle;
  readonly getConnection?: unknown;
}

async function insertIn(transaction: unknown, compiled: CompiledQuery): Promise<number> {
  const kysely = kyselyHandle(transaction);
  if (kysely !== undefined) return Number((await kysely.executeQuery(compiled)).insertId);
  const given = transaction as Handle | null;
  if (typeof given?.query !== 'function')
    throw noTransaction('neither a connection of mysql2 nor a Kysely transaction');
  if (typeof given.getConnection === 'function') {
    throw noTransaction('a pool, whose statements run on any of its connections; give it one of getConnection()');
  }
  const handle = typeof given.promise === 'function' ? given.promise() : given;
  const [result] = await handle.query(compiled.sql, [...compiled.parameters]);
  return result.insertId;
}
