import { SenderError } from '../errors.ts';

/** Where saved messages are kept. */
export type DatabaseOptions = SqliteOptions | PostgresOptions | MysqlOptions;

/** A file of its own or of the application. `node:sqlite`, Node.js 22.13 or newer. */
export interface SqliteOptions {
  readonly kind: 'sqlite';
  /** Path; made when it is missing. */
  readonly file: string;
}

/** PostgreSQL 12 or newer; needs the package `pg`. */
export interface PostgresOptions {
  readonly kind: 'postgres';
  /** `postgres://user:password@host:5432/database`. */
  readonly url: string;
}

/** MySQL 8 or newer, MariaDB 10.6 or newer; needs the package `mysql2`. */
export interface MysqlOptions {
  readonly kind: 'mysql';
  /** `mysql://user:password@host:3306/database`. */
  readonly url: string;
}

const KINDS = { sqlite: 'file', postgres: 'url', mysql: 'url' } as const;
const SCHEMES: Readonly<Record<string, DatabaseOptions['kind']>> = {
  'sqlite:': 'sqlite',
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
  'mysql:': 'mysql',
  'mariadb:': 'mysql',
};

/** Options from `sqlite:path`, `postgres://…` or `mysql://…`. Throws SenderError `OPTION_ILLEGAL`. */
export function parseDatabase(text: string): DatabaseOptions {
  const scheme = /^[a-z]+:/.exec(text)?.[0] ?? '';
  const kind = SCHEMES[scheme];
  const rest = text.slice(scheme.length).replace(/^\/\/(?=\/)/, '');
  if (kind === 'sqlite' && rest !== '') return requireFile({ kind, file: rest });
  if (kind === 'postgres' && URL.canParse(text)) return { kind, url: text };
  if (kind === 'mysql' && URL.canParse(text)) return { kind, url: text.replace(/^mariadb:/, 'mysql:') };
  const wanted = 'sqlite:<file>, postgres://<user>:<password>@<host>/<database> or mysql://<…>';
  throw new SenderError('OPTION_ILLEGAL', `The database ${JSON.stringify(withoutPassword(text))} is not ${wanted}.`);
}

/** Throws SenderError `OPTION_ILLEGAL` for what is no database. */
export function requireDatabase(given: DatabaseOptions | string): DatabaseOptions {
  if (typeof given === 'string') return parseDatabase(given);
  const kind = given?.kind as keyof typeof KINDS | undefined;
  const field = kind === undefined ? undefined : KINDS[kind];
  const value = field === undefined ? undefined : (given as unknown as Record<string, unknown>)[field];
  if (typeof value !== 'string' || value === '') {
    const wanted = `{ kind: 'sqlite', file }, { kind: 'postgres', url } or { kind: 'mysql', url }`;
    throw new SenderError('OPTION_ILLEGAL', `The option database is not ${wanted}.`);
  }
  if (given.kind === 'sqlite') return requireFile(given);
  const parsed = parseDatabase(value);
  if (parsed.kind === kind) return parsed;
  throw new SenderError('OPTION_ILLEGAL', `The url of the option database is of the kind ${parsed.kind}, not ${kind}.`);
}

/** What is saved must outlive the process. */
function requireFile(options: SqliteOptions): SqliteOptions {
  if (!/^:memory:|^file:.*(:memory:|mode=memory)/.test(options.file)) return options;
  const text = `The database ${options.file} is in memory: what is saved there is lost with the process.`;
  throw new SenderError('OPTION_ILLEGAL', text);
}

/** For texts: an address without its secret. */
export function withoutPassword(text: string): string {
  return text.replace(/(:\/\/[^/@:]*):.*@/, '$1:***@');
}
