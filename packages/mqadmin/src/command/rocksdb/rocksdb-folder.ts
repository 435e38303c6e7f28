import { CodedError } from '@rocketmq-ts/kernel';
import type { MqadminErrorCode } from '../../errors.ts';
import type { CommandContext } from '../entry.ts';
import { readLocalFile } from '../local-file.ts';

/** The tables that Apache's broker can keep in RocksDB, with their folders, and the file that a broker without RocksDB has. */
export const TABLES = [
  { type: 'topics', file: 'topics.json', member: 'topicConfigTable' },
  { type: 'subscriptionGroups', file: 'subscriptionGroup.json', member: 'subscriptionGroupTable' },
  { type: 'consumerOffsets', file: 'consumerOffset.json', member: 'offsetTable' },
] as const;

/** One of them. */
export type Table = (typeof TABLES)[number];

/** By its type in any case of letters. */
export function tableOf(type: string): Table | undefined {
  return TABLES.find((table) => table.type.toLowerCase() === type.trim().toLowerCase());
}

/**
 * The text of a table under a `config` folder that a broker keeps in JSON, as ours always does and Apache's does by default.
 * Throws for a table in RocksDB, which only a program with RocksDB can read: a running broker writes it as JSON itself.
 */
export function savedTable({ disk, note }: CommandContext, folder: string, { type, file }: Table): Buffer {
  const path = `${folder.replace(/\/+$/, '')}/${file}`;
  const text = readLocalFile(disk, path);
  if (disk.stat(`${folder}/${type}/CURRENT`) !== undefined) {
    throw new CodedError<MqadminErrorCode>(
      'NO_ROCKSDB',
      `${folder}/${type} is a RocksDB database, which this program can not read: use "mqadmin rocksDBConfigToJson -b <broker address>" while the broker runs, and it writes ${file} itself, or Apache's mqadmin for the folder of a broker that does not run`,
    );
  }
  if (text === undefined) {
    throw new CodedError<MqadminErrorCode>(
      'BAD_FILE',
      `there is neither ${path} nor a RocksDB database ${type} in ${folder}: give the folder "config" of a store folder`,
    );
  }
  note(`this broker keeps the table in ${path}, not in RocksDB: what follows is that file`);
  return text;
}
