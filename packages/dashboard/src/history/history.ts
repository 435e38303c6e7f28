import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Clock, Logger, Service, Timer } from '@rocketmq-ts/kernel';
import { KEPT_MS, MINUTE_MS, SCHEMA, type SeriesKind, TEN_MINUTES_MS } from './schema.ts';

/** One moment of a series; values in the order of `SERIES`, null where one is not known. */
export interface Sample {
  readonly atMs: number;
  readonly values: readonly (number | null)[];
}

/** A sample with the name of its series. */
export interface NamedSample extends Sample {
  readonly name: string;
}

/** The history of one cluster. */
export interface ClusterHistory {
  /** Adds samples of a kind. Never throws: what can't be stored is lost, and that is logged. */
  add(kind: SeriesKind, samples: readonly NamedSample[]): void;
  /** Adds averages of ten minutes, by their begin. Never throws. */
  addAverages(kind: SeriesKind, samples: readonly NamedSample[]): void;
  /** Samples of one series in a span, oldest first: minutes where there are some for all of it, else averages of ten minutes. */
  read(kind: SeriesKind, name: string, fromMs: number, toMs: number): Sample[];
  /** Names of the series of a kind that have samples in a span. */
  names(kind: SeriesKind, fromMs: number, toMs: number): string[];
}

export interface HistoryOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the database file; undefined keeps the history in memory. Its folder must exist. */
  readonly path: string | undefined;
}

/** Series whose old samples are removed and whose minutes are averaged in one round, so that a round is short. */
const SERIES_PER_ROUND = 500;
const ROUND_PERIOD_MS = 60_000;
/** Between two tries to open a file that failed. */
const REOPEN_MS = 60_000;
/** Averages of minutes that ended less than this ago would miss some. */
const SETTLED_MS = 2 * MINUTE_MS;
/** Wall clock and durations may differ by so much between two rounds. */
const MAX_JUMP_MS = 5 * MINUTE_MS;
/** After a jump of the wall clock nothing is removed for so long: it may be a wrong time that is corrected soon. */
const DISTRUST_MS = 60 * MINUTE_MS;
/** In memory, as long as the file can't be used. */
const KEPT_IN_MEMORY_MS = 2 * 60 * MINUTE_MS;

/**
 * Samples of all clusters in one SQLite file. A file that fails – full, removed, broken – ends nothing: the history goes on in
 * memory, and the file is tried again every minute.
 */
export class History implements Service {
  readonly #options: HistoryOptions;
  #store: Store | undefined;
  #inFile = false;
  #failure: string | undefined;
  #timers: Timer[] = [];
  #retryAtMs = 0;
  /** Of the last round. */
  #seen = { wallMs: 0, monotonicMs: 0 };
  #distrustsUntilMs = 0;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock } = this.#options;
    this.#open();
    this.#seen = { wallMs: clock.now(), monotonicMs: clock.monotonicMs() };
    this.#timers = [clock.every(ROUND_PERIOD_MS, () => this.#round())];
  }

  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
    this.#close();
  }

  /** Why the history is in memory only; undefined while it is in its file, or was never to be in one. */
  get failure(): string | undefined {
    return this.#failure;
  }

  ofCluster(cluster: string): ClusterHistory {
    return {
      add: (kind, samples) => void this.#try((store) => store.add('minute', cluster, kind, samples)),
      addAverages: (kind, samples) => void this.#try((store) => store.add('ten_minutes', cluster, kind, samples)),
      read: (kind, name, fromMs, toMs) => this.#try((store) => store.read(cluster, kind, name, fromMs, toMs)) ?? [],
      names: (kind, fromMs, toMs) => this.#try((store) => store.names(cluster, kind, fromMs, toMs)) ?? [],
    };
  }

  /** Whether a file was imported already, by its name and size; marks it as imported. */
  markImported(file: string, size: number): boolean {
    return this.#try((store) => store.markImported(file, size, this.#options.clock.now())) ?? false;
  }

  /** Works on the database; undefined when that failed, which switches to memory. */
  #try<Value>(work: (store: Store) => Value): Value | undefined {
    if (this.#store === undefined) return undefined;
    try {
      return work(this.#store);
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  #open(): void {
    const { path } = this.#options;
    try {
      this.#store = new Store(path ?? ':memory:');
      this.#inFile = path !== undefined;
      this.#failure = undefined;
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const { path, logger, clock } = this.#options;
    this.#close();
    this.#failure = error instanceof Error ? error.message : String(error);
    this.#retryAtMs = clock.monotonicMs() + REOPEN_MS;
    logger.error('The history of the console can not be kept in its file; it goes on in memory', { path, error });
    this.#store = new Store(':memory:');
  }

  #close(): void {
    try {
      this.#store?.close();
    } catch {
      // A file that failed may not close either; nothing of it is used any more.
    }
    this.#store = undefined;
    this.#inFile = false;
  }

  #round(): void {
    const { clock, path, logger } = this.#options;
    if (!this.#inFile && path !== undefined && clock.monotonicMs() >= this.#retryAtMs) {
      const before = this.#store;
      try {
        this.#store = new Store(path);
        this.#inFile = true;
        this.#failure = undefined;
        before?.close();
        logger.info('The history of the console is kept in its file again', { path });
      } catch {
        this.#retryAtMs = clock.monotonicMs() + REOPEN_MS;
      }
    }
    if (this.#distrustsWallClock()) return;
    const keptMs = this.#inFile || path === undefined ? KEPT_MS.minute : KEPT_IN_MEMORY_MS;
    this.#try((store) => store.tidy(clock.now(), keptMs));
  }

  #distrustsWallClock(): boolean {
    const { clock } = this.#options;
    const wallMs = clock.now();
    const monotonicMs = clock.monotonicMs();
    const jumpMs = wallMs - this.#seen.wallMs - (monotonicMs - this.#seen.monotonicMs);
    this.#seen = { wallMs, monotonicMs };
    if (Math.abs(jumpMs) > MAX_JUMP_MS) this.#distrustsUntilMs = monotonicMs + DISTRUST_MS;
    return monotonicMs < this.#distrustsUntilMs;
  }
}

type Row = Readonly<Record<string, number | null>>;
const COLUMNS = ['a', 'b', 'c', 'd', 'e'] as const;

/** The database itself; every call may throw. */
class Store {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #ids = new Map<string, number>();
  /** Where the next round of `tidy` goes on. */
  #tidied = 0;

  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 200;');
    this.#database.exec(SCHEMA);
  }

  close(): void {
    this.#database.close();
  }

  add(table: 'minute' | 'ten_minutes', cluster: string, kind: SeriesKind, samples: readonly NamedSample[]): void {
    const insert = this.#statement(
      `INSERT OR REPLACE INTO ${table} (series, at, a, b, c, d, e) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#atOnce(() => {
      for (const { name, atMs, values } of samples) {
        const [a = null, b = null, c = null, d = null, e = null] = values;
        insert.run(this.#seriesId(cluster, kind, name), atMs, a, b, c, d, e);
      }
    });
  }

  read(cluster: string, kind: SeriesKind, name: string, fromMs: number, toMs: number): Sample[] {
    const id = this.#findSeries(cluster, kind, name);
    if (id === undefined) return [];
    const minutes = this.#between('minute', id, fromMs, toMs);
    const firstMs = minutes[0]?.atMs ?? toMs + 1;
    // What is older than the first minute is there as averages only.
    const older = this.#between('ten_minutes', id, fromMs, Math.min(toMs, firstMs - TEN_MINUTES_MS));
    return [...older, ...minutes];
  }

  names(cluster: string, kind: SeriesKind, fromMs: number, toMs: number): string[] {
    const found = this.#statement(
      `SELECT name FROM series WHERE cluster = ? AND kind = ? AND (
         EXISTS (SELECT 1 FROM minute WHERE series = id AND at BETWEEN ? AND ?) OR
         EXISTS (SELECT 1 FROM ten_minutes WHERE series = id AND at BETWEEN ? AND ?)) ORDER BY name`,
    ).all(cluster, kind, fromMs, toMs, fromMs, toMs);
    return found.map((row) => String(row.name));
  }

  markImported(file: string, size: number, atMs: number): boolean {
    const known = this.#statement('SELECT size FROM imported WHERE file = ?').get(file);
    if (known !== undefined && Number(known.size) === size) return true;
    this.#statement('INSERT OR REPLACE INTO imported (file, size, at) VALUES (?, ?, ?)').run(file, size, atMs);
    return false;
  }

  /** Averages minutes and removes what is too old, of the next series. */
  tidy(nowMs: number, minutesKeptMs: number): void {
    const next = this.#statement('SELECT id FROM series WHERE id > ? ORDER BY id LIMIT ?').all(
      this.#tidied,
      SERIES_PER_ROUND,
    );
    this.#tidied = next.length < SERIES_PER_ROUND ? 0 : Number(next.at(-1)!.id);
    this.#atOnce(() => {
      for (const row of next) this.#tidySeries(Number(row.id), nowMs, minutesKeptMs);
    });
  }

  /** All or nothing. */
  #atOnce(work: () => void): void {
    this.#database.exec('BEGIN');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#ids.clear();
      // A full disk has ended the transaction already.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #tidySeries(id: number, nowMs: number, minutesKeptMs: number): void {
    const last = this.#statement('SELECT max(at) AS at FROM ten_minutes WHERE series = ?').get(id);
    const fromMs = last?.at == null ? 0 : Number(last.at) + TEN_MINUTES_MS;
    const toMs = Math.floor((nowMs - SETTLED_MS) / TEN_MINUTES_MS) * TEN_MINUTES_MS;
    if (toMs > fromMs) {
      this.#statement(
        `INSERT OR REPLACE INTO ten_minutes (series, at, a, b, c, d, e)
         SELECT series, (at / ${TEN_MINUTES_MS}) * ${TEN_MINUTES_MS} AS bucket, avg(a), avg(b), avg(c), avg(d), avg(e)
         FROM minute WHERE series = ? AND at >= ? AND at < ? GROUP BY bucket`,
      ).run(id, fromMs, toMs);
    }
    this.#statement('DELETE FROM minute WHERE series = ? AND at < ?').run(id, nowMs - minutesKeptMs);
    this.#statement('DELETE FROM ten_minutes WHERE series = ? AND at < ?').run(id, nowMs - KEPT_MS.ten_minutes);
  }

  #between(table: 'minute' | 'ten_minutes', id: number, fromMs: number, toMs: number): Sample[] {
    if (toMs < fromMs) return [];
    const rows = this.#statement(
      `SELECT at, a, b, c, d, e FROM ${table} WHERE series = ? AND at BETWEEN ? AND ? ORDER BY at`,
    ).all(id, fromMs, toMs) as Row[];
    return rows.map((row) => ({ atMs: row.at ?? 0, values: COLUMNS.map((column) => row[column] ?? null) }));
  }

  #findSeries(cluster: string, kind: SeriesKind, name: string): number | undefined {
    const key = `${cluster}\n${kind}\n${name}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const row = this.#statement('SELECT id FROM series WHERE cluster = ? AND kind = ? AND name = ?').get(
      cluster,
      kind,
      name,
    );
    if (row === undefined) return undefined;
    this.#ids.set(key, Number(row.id));
    return Number(row.id);
  }

  #seriesId(cluster: string, kind: SeriesKind, name: string): number {
    const known = this.#findSeries(cluster, kind, name);
    if (known !== undefined) return known;
    this.#statement('INSERT INTO series (cluster, kind, name) VALUES (?, ?, ?)').run(cluster, kind, name);
    return this.#findSeries(cluster, kind, name)!;
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
