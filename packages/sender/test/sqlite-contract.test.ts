import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after } from 'node:test';
import { nodePlatform } from '@rocketmq-ts/kernel';
import type { DatabaseOptions, SqliteOptions } from '../src/database/database-options.ts';
import { openSqlite } from '../src/database/sqlite.ts';
import { describeOutboxDatabase } from './contract/outbox-database.ts';

const folder = mkdtempSync(join(tmpdir(), 'rocketmq-ts-sqlite-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const fileOf = (options: DatabaseOptions): string => (options as SqliteOptions).file;
let files = 0;

describeOutboxDatabase('SQLite', {
  fresh: async () => ({ kind: 'sqlite', file: join(folder, `${files++}.db`) }),
  async run(options, sql) {
    const database = new DatabaseSync(fileOf(options));
    database.exec(sql);
    database.close();
  },
  async inTransactions(options, end, work) {
    const database = new DatabaseSync(fileOf(options));
    database.exec('begin');
    await work(database);
    database.exec(end);
    database.close();
    const { kysely, close } = await openSqlite(options as SqliteOptions, nodePlatform.clock);
    const transaction = await kysely.startTransaction().execute();
    await work(transaction);
    await transaction[end]().execute();
    await close();
    return 2;
  },
  async noTransactions(options) {
    const database = new DatabaseSync(fileOf(options));
    const { kysely, close } = await openSqlite(options as SqliteOptions, nodePlatform.clock);
    return [
      { handle: database, close: async () => database.close() },
      { handle: kysely, close },
    ];
  },
});
