import type { Clock } from '@rocketmq-ts/kernel';
import { reasonOf, SenderError } from '../errors.ts';
import { type DatabaseOptions, withoutPassword } from './database-options.ts';
import type { Engine } from './engine.ts';
import { migrate } from './migrations.ts';
import { openMysql } from './mysql.ts';
import { openPostgres } from './postgres.ts';
import { openSqlite } from './sqlite.ts';

/**
 * Opens a database and brings its tables to this version. Rejects with SenderError `DRIVER_MISSING`, `DATABASE_TOO_NEW` or
 * `DATABASE_FAILED`.
 */
export async function openEngine(options: DatabaseOptions, clock: Clock): Promise<Engine> {
  let engine: Engine | undefined;
  try {
    engine = await engineOf(options, clock);
    await migrate(engine, clock.now());
    return engine;
  } catch (cause) {
    await engine?.close().catch(() => {});
    if (cause instanceof SenderError) throw cause;
    const text = `The database ${nameOf(options)} can not be used: ${reasonOf(cause)}.`;
    throw new SenderError('DATABASE_FAILED', text, { cause });
  }
}

function engineOf(options: DatabaseOptions, clock: Clock): Promise<Engine> {
  if (options.kind === 'sqlite') return openSqlite(options, clock);
  return options.kind === 'postgres' ? openPostgres(options) : openMysql(options, clock);
}

function nameOf(options: DatabaseOptions): string {
  return options.kind === 'sqlite' ? options.file : withoutPassword(options.url);
}
