import type { Clock } from '@rocketmq-ts/kernel';
import { type CompiledQuery, Kysely, MysqlDialect, type MysqlPool, type MysqlPoolConnection, sql } from 'kysely';
import type { Pool as CallbackPool, PoolConnection } from 'mysql2';
import type { MysqlOptions } from './database-options.ts';
import { type Engine, importDriver, kyselyHandle, noTransaction } from './engine.ts';
import type { Tables } from './tables.ts';

const MAX_CONNECTIONS = 8;
const CONNECT_TIMEOUT_MS = 5000;
const QUERY_TIMEOUT_MS = 10_000;
/** Statements that wait for a free connection; one more fails at once. */
const MAX_WAITING = 10_000;
/** How long a start waits for another process that makes the tables. */
const MIGRATION_LOCK_SECONDS = 60;

/** Makes a pool that connects when it is used. Rejects with SenderError `DRIVER_MISSING`. */
export async function openMysql({ url }: MysqlOptions, clock: Clock): Promise<Engine> {
  const { default: mysql } = await importDriver(
    () => import('mysql2'),
    'install the package mysql2 (npm install mysql2)',
  );
  const pool = mysql.createPool({
    uri: url,
    connectionLimit: MAX_CONNECTIONS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    queueLimit: MAX_WAITING,
    charset: 'utf8mb4',
  });
  pool.on('connection', (connection: PoolConnection) => connection.on('error', () => {}));
  const kysely = new Kysely<Tables>({ dialect: new MysqlDialect({ pool: withTimeouts(pool, clock) }) });
  // Making tables may take long.
  const unlimited = new Kysely<Tables>({ dialect: new MysqlDialect({ pool }) });
  return {
    kind: 'mysql',
    kysely,
    locksRows: true,
    // Statements that make tables end transactions, so a lock of the connection holds them together.
    alone: (work) =>
      unlimited.connection().execute(async (connection) => {
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
    close: () => pool.promise().end(),
  };
}

/**
 * The pool with ends to its waits. A server that has vanished would hold every connection until the network gives up, while what is
 * to be saved would wait for one without end, and be saved long after its callers were answered that it is lost.
 */
function withTimeouts(pool: CallbackPool, clock: Clock): MysqlPool {
  return {
    getConnection(done) {
      let isOver = false;
      const timer = clock.after(CONNECT_TIMEOUT_MS, () => {
        isOver = true;
        done(new Error(`no connection was free in ${CONNECT_TIMEOUT_MS} ms`), undefined as never);
      });
      pool.getConnection((error, connection) => {
        timer.cancel();
        if (!isOver) done(error, error === null ? limited(connection) : (undefined as never));
        else if (error === null) connection.release();
      });
    },
    end: (done) => pool.end(done),
  };
}

/** A connection on which a statement has no answer in time is not used again. */
function limited(connection: PoolConnection): MysqlPoolConnection {
  let hangs = false;
  type Answered = (error: unknown, result: unknown) => void;
  return {
    query(text: string, values: unknown[], answered: Answered): void {
      connection.query({ sql: text, values, timeout: QUERY_TIMEOUT_MS }, (error, result) => {
        hangs ||= error?.code === 'PROTOCOL_SEQUENCE_TIMEOUT';
        answered(error, result);
      });
    },
    release: () => (hangs ? connection.destroy() : connection.release()),
    destroy: () => connection.destroy(),
    threadId: connection.threadId,
  } as unknown as MysqlPoolConnection;
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
