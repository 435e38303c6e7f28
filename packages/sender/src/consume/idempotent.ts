import { createHash } from 'node:crypto';
import type { ClientOptions, MessageExt } from '@rocketmq-ts/client';
import type { Kysely } from 'kysely';
import { type DatabaseOptions, requireDatabase } from '../database/database-options.ts';
import type { Engine } from '../database/engine.ts';
import { openEngine } from '../database/open.ts';
import type { Tables } from '../database/tables.ts';
import { surroundings } from '../options.ts';

const DEFAULT_KEEP_MS = 7 * 86_400_000;
const PURGE_EVERY_MS = 600_000;
/** Width of the column. */
const MAX_KEY_CHARACTERS = 64;

/** What `idempotent` takes beside the handler and the database. */
export interface IdempotentOptions extends Pick<ClientOptions, 'platform' | 'logger'> {
  /**
   * Whose messages these are: groups that share a database must not drop what the other has handled. Default none, for a
   * database that one group uses.
   */
  readonly consumerGroup?: string | undefined;
  /** How long a handled message is remembered; a copy that comes later is handled again. Default 7 days. */
  readonly keepMs?: number | undefined;
}

/** What `PushConsumer.start` takes. Stop it after the consumer: that closes its connections. */
export interface IdempotentHandler extends AsyncDisposable {
  /** Resolves when the message is handled, or was before; rejects with what the handler threw. */
  (message: MessageExt): Promise<void>;
  /** Closes the connections. */
  stop(): Promise<void>;
}

/**
 * A handler that drops messages which were handled before, known by their unique key. `handler` runs inside a transaction of the
 * database and gets its handle (`DatabaseSync`, a client of `pg`, a promise connection of `mysql2`): what it writes there is
 * committed together with the mark that the message is handled, so both happen once. Other effects may happen again when the
 * process dies before the commit. When `handler` throws, the transaction is rolled back and the message comes again. With SQLite
 * one message is handled at a time; other connections of the process must not write to the file meanwhile. The type of the handle is
 * the handler's to name, as it follows from the database.
 *
 * The database is opened with the first message; while it fails, messages come again later.
 */
export function idempotent<Transaction = unknown>(
  handler: (message: MessageExt, transaction: Transaction) => unknown,
  database: DatabaseOptions | string,
  options: IdempotentOptions = {},
): IdempotentHandler {
  const chosen = requireDatabase(database);
  const { platform, logger } = surroundings(options);
  const { clock } = platform;
  const { consumerGroup = '', keepMs = DEFAULT_KEEP_MS } = options;
  let opening: Promise<Engine> | undefined;
  let purgedMs = clock.monotonicMs();
  const open = (): Promise<Engine> => {
    opening ??= openEngine(chosen, clock).catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
  const purge = async (engine: Engine): Promise<void> => {
    if (clock.monotonicMs() - purgedMs < PURGE_EVERY_MS) return;
    purgedMs = clock.monotonicMs();
    const old = engine.kysely.deleteFrom('mq_handled').where('handled_ms', '<', clock.now() - keepMs);
    await old
      .execute()
      .catch((error: unknown) => logger.warn('marks of handled messages could not be removed', { error }));
  };
  const handle = async (message: MessageExt): Promise<void> => {
    const engine = await open();
    const mark = { consumer_group: consumerGroup, unique_key: keyOf(message), handled_ms: clock.now() };
    await engine.inTransaction(async (transaction, handle) => {
      if (await isFirst(transaction, engine.kind, mark)) await handler(message, handle as Transaction);
    });
    await purge(engine);
  };
  const stop = async (): Promise<void> => {
    await (await opening)?.close();
    opening = undefined;
  };
  return Object.assign(handle, { stop, [Symbol.asyncDispose]: stop });
}

/** Marks a message as handled; false when it was before. Waits while another transaction that marks it is open. */
async function isFirst(db: Kysely<Tables>, kind: Engine['kind'], mark: Tables['mq_handled']): Promise<boolean> {
  const insert = db.insertInto('mq_handled').values(mark);
  const careful = kind === 'mysql' ? insert.ignore() : insert.onConflict((conflict) => conflict.doNothing());
  return Number((await careful.executeTakeFirst()).numInsertedOrUpdatedRows) > 0;
}

function keyOf({ msgId }: MessageExt): string {
  return msgId.length <= MAX_KEY_CHARACTERS ? msgId : createHash('sha256').update(msgId).digest('hex');
}
