import type { CompiledQuery, Kysely } from 'kysely';
import { SenderError } from '../errors.ts';
import type { Tables } from './tables.ts';

/** One kind of database behind the query builder: what differs between them. */
export interface Engine {
  readonly kind: 'sqlite' | 'postgres' | 'mysql';
  readonly kysely: Kysely<Tables>;
  /** Whether rows are locked one by one; else a transaction locks the whole database. */
  readonly locksRows: boolean;
  /** Runs the work while no other process runs such work on the same database. */
  alone(work: (db: Kysely<Tables>) => Promise<void>): Promise<void>;
  /** Runs an insert on the caller's handle; gives the new id. Throws SenderError `NO_TRANSACTION` for what is no transaction. */
  insertIn(transaction: unknown, insert: CompiledQuery): Promise<number>;
  /** Runs work in a transaction of which it gets the driver's own handle. */
  inTransaction<T>(work: (db: Kysely<Tables>, handle: unknown) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** The part of a Kysely transaction that is used, whichever copy of the package made it. */
interface KyselyHandle {
  readonly isTransaction: boolean;
  executeQuery(query: CompiledQuery): Promise<{ readonly rows: readonly unknown[]; readonly insertId?: bigint }>;
}

/** The caller's handle as a Kysely transaction; undefined when it is none of Kysely's. Throws SenderError `NO_TRANSACTION`. */
export function kyselyHandle(transaction: unknown): KyselyHandle | undefined {
  const handle = transaction as Partial<KyselyHandle> | null;
  if (typeof handle?.executeQuery !== 'function' || typeof handle.isTransaction !== 'boolean') return undefined;
  if (!handle.isTransaction) throw noTransaction('a Kysely without a transaction; give it that of transaction()');
  return handle as KyselyHandle;
}

/** `given`: what it is instead. */
export function noTransaction(given: string): SenderError {
  return new SenderError('NO_TRANSACTION', `saveInTransaction was given ${given}.`);
}

/** Imports the driver of a database. Rejects with SenderError `DRIVER_MISSING`. */
export async function importDriver<Driver>(load: () => Promise<Driver>, advice: string): Promise<Driver> {
  try {
    return await load();
  } catch (cause) {
    throw new SenderError('DRIVER_MISSING', `The driver of the database can not be loaded: ${advice}.`, { cause });
  }
}
