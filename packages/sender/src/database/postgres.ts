import { type CompiledQuery, Kysely, PostgresDialect, type PostgresPoolClient, sql } from 'kysely';
import type { PostgresOptions } from './database-options.ts';
import { type Engine, importDriver, kyselyHandle, noTransaction } from './engine.ts';
import type { Tables } from './tables.ts';

const MAX_CONNECTIONS = 8;
const CONNECT_TIMEOUT_MS = 5000;
const QUERY_TIMEOUT_MS = 10_000;
/** Key of the advisory lock under which tables are made: `mqsender` as bytes. */
const MIGRATION_LOCK = '7885068939306689906';

/** Makes a pool that connects when it is used. Rejects with SenderError `DRIVER_MISSING`. */
export async function openPostgres({ url }: PostgresOptions): Promise<Engine> {
  const { default: pg } = await importDriver(() => import('pg'), 'install the package pg (npm install pg)');
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'mqsender',
  });
  // A connection that breaks fails the query on it; the event alone would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return {
    kind: 'postgres',
    kysely,
    locksRows: true,
    alone: (work) =>
      kysely.transaction().execute(async (transaction) => {
        await sql`select pg_advisory_xact_lock(${sql.raw(MIGRATION_LOCK)})`.execute(transaction);
        await work(transaction);
      }),
    insertIn,
    async inTransaction(work) {
      const client = await pool.connect();
      const shared = { query: client.query.bind(client), release: () => {} } as PostgresPoolClient;
      // A Kysely on this one connection, so that the caller's statements and ours share the transaction.
      const one = new Kysely<Tables>({
        dialect: new PostgresDialect({
          pool: { connect: async () => shared, end: async () => {}, options: {} },
        }),
      });
      let broken = true;
      try {
        await client.query('begin');
        try {
          const result = await work(one, client);
          await client.query('commit');
          broken = false;
          return result;
        } catch (error) {
          await client.query('rollback').then(
            () => {
              broken = false;
            },
            () => {},
          );
          throw error;
        }
      } finally {
        client.release(broken);
      }
    },
    close: () => kysely.destroy(),
  };
}

/** `Client` or `PoolClient` of pg. */
interface Handle {
  query(sql: string, parameters: unknown[]): Promise<{ readonly rows: readonly { readonly id: unknown }[] }>;
  readonly totalCount?: number;
}

async function insertIn(transaction: unknown, compiled: CompiledQuery): Promise<number> {
  const kysely = kyselyHandle(transaction);
  if (kysely !== undefined) return idOf((await kysely.executeQuery(compiled)).rows);
  const handle = transaction as Handle | null;
  if (typeof handle?.query !== 'function') throw noTransaction('neither a client of pg nor a Kysely transaction');
  if (typeof handle.totalCount === 'number') {
    throw noTransaction('a pool, whose statements run on any of its connections; give it the client of pool.connect()');
  }
  return idOf((await handle.query(compiled.sql, [...compiled.parameters])).rows);
}

function idOf(rows: readonly unknown[]): number {
  return Number((rows[0] as { readonly id: unknown }).id);
}
