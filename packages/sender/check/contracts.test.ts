import { after, before } from 'node:test';
import { nodePlatform } from '@rocketmq-ts/kernel';
import mysql from 'mysql2';
import pg from 'pg';
import type { DatabaseOptions, MysqlOptions, PostgresOptions } from '../src/database/database-options.ts';
import { openEngine } from '../src/database/open.ts';
import { describeOutboxDatabase } from '../test/contract/outbox-database.ts';
import { type DatabaseServer, startMariadb, startPostgres } from './servers.ts';

let postgres: DatabaseServer;
let mariadb: DatabaseServer;
let databases = 0;

before(async () => {
  postgres = await startPostgres();
  mariadb = await startMariadb();
});

after(async () => {
  await postgres?.[Symbol.asyncDispose]();
  await mariadb?.[Symbol.asyncDispose]();
});

async function fresh(server: DatabaseServer): Promise<string> {
  const name = `outbox${databases++}`;
  await server.createDatabase(name);
  return server.url(name);
}

/** A transaction of Kysely, as the caller may have one. */
async function inKysely(
  options: DatabaseOptions,
  end: 'commit' | 'rollback',
  work: (handle: unknown) => Promise<void>,
) {
  const engine = await openEngine(options, nodePlatform.clock);
  const transaction = await engine.kysely.startTransaction().execute();
  await work(transaction);
  await transaction[end]().execute();
  await engine.close();
}

async function kyselyWithout(options: DatabaseOptions) {
  const engine = await openEngine(options, nodePlatform.clock);
  return { handle: engine.kysely, close: () => engine.close() };
}

const postgresUrl = (options: DatabaseOptions): string => (options as PostgresOptions).url;

describeOutboxDatabase('PostgreSQL', {
  fresh: async () => ({ kind: 'postgres', url: await fresh(postgres) }),
  async run(options, sql) {
    const client = new pg.Client({ connectionString: postgresUrl(options) });
    await client.connect();
    await client.query(sql);
    await client.end();
  },
  async inTransactions(options, end, work) {
    const pool = new pg.Pool({ connectionString: postgresUrl(options) });
    const lone = new pg.Client({ connectionString: postgresUrl(options) });
    await lone.connect();
    const pooled = await pool.connect();
    for (const client of [lone, pooled]) {
      await client.query('begin');
      await work(client);
      await client.query(end);
    }
    pooled.release();
    await pool.end();
    await lone.end();
    await inKysely(options, end, work);
    return 3;
  },
  async noTransactions(options) {
    const pool = new pg.Pool({ connectionString: postgresUrl(options) });
    return [{ handle: pool, close: () => pool.end() }, await kyselyWithout(options)];
  },
});

const mysqlUrl = (options: DatabaseOptions): string => (options as MysqlOptions).url;

describeOutboxDatabase('MariaDB', {
  fresh: async () => ({ kind: 'mysql', url: await fresh(mariadb) }),
  async run(options, sql) {
    const connection = mysql.createConnection(mysqlUrl(options)).promise();
    await connection.query(sql);
    await connection.end();
  },
  async inTransactions(options, end, work) {
    const callbacks = mysql.createConnection(mysqlUrl(options));
    const pool = mysql.createPool(mysqlUrl(options)).promise();
    const promises = await pool.getConnection();
    for (const [handle, connection] of [
      [callbacks, callbacks.promise()],
      [promises, promises],
    ] as const) {
      await connection.query('start transaction');
      await work(handle);
      await connection.query(end);
    }
    promises.release();
    await pool.end();
    callbacks.destroy();
    await inKysely(options, end, work);
    return 3;
  },
  async noTransactions(options) {
    const callbacks = mysql.createPool(mysqlUrl(options));
    const promises = mysql.createPool(mysqlUrl(options)).promise();
    return [
      { handle: callbacks, close: () => callbacks.promise().end() },
      { handle: promises, close: () => promises.end() },
      await kyselyWithout(options),
    ];
  },
});
