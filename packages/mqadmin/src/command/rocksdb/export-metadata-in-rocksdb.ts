import { type JsonValue, parseJson } from '@rocketmq-ts/admin';
import { CodedError, compareText, requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { MqadminErrorCode } from '../../errors.ts';
import { hashMap, prettyJson } from '../../fastjson.ts';
import type { Command } from '../entry.ts';
import { booleanValue } from '../values.ts';
import { savedTable, type Table, tableOf } from './rocksdb-folder.ts';

/** Of the folder of a broker on this machine. Source: ExportMetadataInRocksDBCommand. */
export const exportMetadataInRocksDB: Command = {
  className: 'ExportMetadataInRocksDBCommand',
  options: [
    requiredOption('p', 'path', 'Absolute path for the metadata directory'),
    requiredOption('t', 'configType', 'Name of kv config, e.g. topics/subscriptionGroups'),
    valueOption('j', 'jsonEnable', 'Json format enable, Default: false'),
  ],
  examples: [
    { line: '-p /data/store/config -t topics', does: 'Topics of a broker on this machine, one a line.' },
    { line: '-p /data/store/config -t subscriptionGroups -j true', does: 'Its groups as JSON.' },
  ],
  async run(context) {
    const { options, disk } = context;
    const folder = options.text('p').trim();
    const type = options.text('t').trim();
    if (folder === '' || disk.stat(folder) === undefined) return context.refuse('RocksDB path is invalid.\n');
    const table = tableOf(type);
    if (table === undefined || table.type === 'consumerOffsets') {
      return context.refuse(`Invalid config type=${type}, Options: topics,subscriptionGroups\n`);
    }
    const entries = entriesOf(savedTable(context, folder, table), table);
    if (booleanValue(options, 'j') === true) {
      context.out(`${prettyJson({ [table.member]: hashMap(entries) })}\n`);
    } else {
      let count = 0;
      for (const [key, value] of entries) {
        count += 1;
        context.print('%d, Key: %s, Value: %s%n', count, key, JSON.stringify(value));
      }
    }
    context.answer({ [table.member]: Object.fromEntries(entries) });
  },
};

/** The entries of a table in JSON, as RocksDB would list them: sorted by name. */
export function entriesOf(text: Buffer, { member, file }: Table): [string, JsonValue][] {
  let table: JsonValue | undefined;
  try {
    const value = parseJson(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map)) {
      table = value[member];
    }
  } catch (cause) {
    throw new CodedError<MqadminErrorCode>('BAD_FILE', `${file} is no JSON`, { cause });
  }
  if (typeof table !== 'object' || table === null || Array.isArray(table) || table instanceof Map) {
    throw new CodedError<MqadminErrorCode>('BAD_FILE', `${file} has no ${member}`);
  }
  return Object.entries(table).sort(([a], [b]) => compareText(a, b));
}
