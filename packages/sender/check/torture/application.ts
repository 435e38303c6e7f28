import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import type { DatabaseOptions } from '@rocketmq-ts/sender';
import mysql from 'mysql2/promise';
import pg from 'pg';

const BUSY_TRIES = 500;

/** Transactions of an application with its own driver. */
export class Application {
  readonly #begin: <T>(work: (handle: unknown) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;

  constructor(options: DatabaseOptions) {
    if (options.kind === 'sqlite') {
      const database = new DatabaseSync(options.file);
      let last: Promise<unknown> = Promise.resolve();
      this.#begin = (work) => {
        const turn = last.then(() => inSqlite(database, work));
        last = turn.catch(() => {});
        return turn;
      };
      this.close = async () => database.close();
    } else if (options.kind === 'postgres') {
      const pool = new pg.Pool({ connectionString: options.url, max: 4, connectionTimeoutMillis: 2000 });
      pool.on('error', () => {});
      pool.on('connect', (client) => client.on('error', () => {}));
      this.#begin = (work) => inPostgres(pool, work);
      this.close = () => pool.end();
    } else {
      const pool = mysql.createPool({ uri: options.url, connectionLimit: 4, connectTimeout: 2000 });
      pool.on('connection', (connection) => connection.on('error', () => {}));
      this.#begin = (work) => inMysql(pool, work);
      this.close = () => pool.end();
    }
  }

  /** Resolves after the commit; what it rejects with may have been committed. */
  inTransaction<T>(work: (handle: unknown) => Promise<T>): Promise<T> {
    return this.#begin(work);
  }
}

async function inSqlite<T>(database: DatabaseSync, work: (handle: unknown) => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      database.exec('begin immediate');
      break;
    } catch (error) {
      if (tries === BUSY_TRIES) throw error;
    }
    await pause(5);
  }
  try {
    const result = await work(database);
    database.exec('commit');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('rollback');
    throw error;
  }
}

async function inPostgres<T>(pool: pg.Pool, work: (handle: unknown) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    broken = error as Error;
    throw error;
  } finally {
    client.release(broken);
  }
}

async function inMysql<T>(pool: mysql.Pool, work: (handle: unknown) => Promise<T>): Promise<T> {
  const connection = await pool.getConnection();
  try {
    await connection.beginTransaction();
    const result = await work(connection);
    await connection.commit();
    connection.release();
    return result;
  } catch (error) {
    connection.destroy();
    throw error;
  }
}
