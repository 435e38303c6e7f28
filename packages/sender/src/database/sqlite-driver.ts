import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Clock, sleep } from '@rocketmq-ts/kernel';
import { type CompiledQuery, type DatabaseConnection, type Driver, type QueryResult, SelectQueryNode } from 'kysely';

/** Another connection has the file locked: pauses until the next try, and how long it is tried. */
const FIRST_PAUSE_MS = 2;
const LARGEST_PAUSE_MS = 50;
const GIVE_UP_AFTER_MS = 5000;
const SQLITE_BUSY = 5;
const MAX_STATEMENTS = 100;

/**
 * One connection to a SQLite file, used by one transaction or statement after the other. A lock of another connection is
 * waited for with the clock and not inside SQLite, which would block the event loop: the other connection may belong to the
 * same process and wait for it.
 */
export class SqliteDriver implements Driver {
  readonly #connection: SqliteConnection;
  readonly #clock: Clock;
  #last: Promise<void> = Promise.resolve();
  #release: (() => void) | undefined;

  constructor(database: DatabaseSync, clock: Clock) {
    this.#connection = new SqliteConnection(database, clock);
    this.#clock = clock;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    this.#release = resolve;
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {
    this.#release?.();
  }

  /** The write lock is taken at once: a transaction that reads first could not get it later. */
  async beginTransaction(): Promise<void> {
    await unlessBusy(this.#clock, () => this.#connection.run('begin immediate'));
  }

  async commitTransaction(): Promise<void> {
    await unlessBusy(this.#clock, () => this.#connection.run('commit'));
  }

  async rollbackTransaction(): Promise<void> {
    // SQLite has rolled back by itself after some failures.
    if (this.#connection.database.isTransaction) this.#connection.run('rollback');
  }

  async destroy(): Promise<void> {
    await this.acquireConnection();
    this.#connection.close();
    this.#release?.();
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly database: DatabaseSync;
  readonly #clock: Clock;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync, clock: Clock) {
    this.database = database;
    this.#clock = clock;
  }

  run(sql: string): void {
    this.database.exec(sql);
  }

  async executeQuery<R>(compiled: CompiledQuery): Promise<QueryResult<R>> {
    return await unlessBusy(this.#clock, () => this.#execute<R>(compiled));
  }

  // biome-ignore lint/correctness/useYield: nothing is streamed from SQLite
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('SQLite rows are not streamed.');
  }

  close(): void {
    this.#statements.clear();
    if (this.database.isOpen) this.database.close();
  }

  #execute<R>({ sql, parameters, query }: CompiledQuery): QueryResult<R> {
    const statement = this.#prepared(sql);
    const values = parameters as (string | number | null | Uint8Array)[];
    const hasRows = SelectQueryNode.is(query) || query.kind === 'RawNode' || ('returning' in query && query.returning);
    if (hasRows) return { rows: statement.all(...values) as R[] };
    const { changes, lastInsertRowid } = statement.run(...values);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.database.prepare(sql);
    if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear();
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** Tries until no other connection has the lock. Rejects as SQLite does when that takes too long. */
export async function unlessBusy<T>(clock: Clock, work: () => T): Promise<T> {
  const endMs = clock.monotonicMs() + GIVE_UP_AFTER_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LARGEST_PAUSE_MS)) {
    try {
      return work();
    } catch (error) {
      // The low byte is the primary code; SQLITE_BUSY has refinements.
      const code = (error as { errcode?: number }).errcode ?? 0;
      if ((code & 0xff) !== SQLITE_BUSY || clock.monotonicMs() >= endMs) throw error;
    }
    await sleep(clock, pauseMs);
  }
}
