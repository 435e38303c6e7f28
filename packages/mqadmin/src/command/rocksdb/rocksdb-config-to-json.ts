import { MASTER_ID, parseJson } from '@rocketmq-ts/admin';
import { valueOption } from '@rocketmq-ts/kernel';
import { prettyJson } from '../../fastjson.ts';
import type { Command, CommandContext } from '../entry.ts';
import { writeTextFile } from '../local-file.ts';
import { entriesOf } from './export-metadata-in-rocksdb.ts';
import { savedTable, TABLES, type Table, tableOf } from './rocksdb-folder.ts';

const DESCRIPTION =
  'Convert RocksDB kv config (topics/subscriptionGroups/consumerOffsets) to json. [rpc mode] Use [-n, -c, -b, -t] to send Request to broker ( version >= 5.3.2 ) or [local mode] use [-p, -t, -j, -e] to load RocksDB. If -e is provided, tools will export json file instead of std print';
const RPC_OVER_ALL = 'If nameserverAddr and clusterName are provided, will ignore [-p, -e, -j, -b] args';

/** Source: RocksDBConfigToJsonCommand. */
export const rocksDBConfigToJson: Command = {
  className: 'RocksDBConfigToJsonCommand',
  options: [
    valueOption(
      't',
      'configType',
      'Name of kv config, e.g. topics/subscriptionGroups/consumerOffsets. Required in local mode and default all in rpc mode.',
    ),
    valueOption('p', 'configPath', '[local mode] Absolute path to the metadata config directory'),
    valueOption(
      'e',
      'exportFile',
      '[local mode] Absolute file path for exporting, auto backup existing file, not directory. If exportFile is provided, will export Json file and ignore [-j].',
    ),
    valueOption(
      'j',
      'jsonEnable',
      '[local mode] Json format enable, Default: true. If exportFile is provided, will export Json file and ignore [-j].',
    ),
    valueOption('n', 'nameserverAddr', `[rpc mode] nameserverAddr. ${RPC_OVER_ALL}`),
    valueOption('c', 'cluster', `[rpc mode] Cluster name. ${RPC_OVER_ALL}`),
    valueOption(
      'b',
      'brokerAddr',
      '[rpc mode] Broker address. If brokerAddr is provided, will ignore [-p, -e, -j] args',
    ),
  ],
  examples: [
    {
      line: '-b 10.0.0.1:10911 -t topics',
      does: "A broker of Apache's writes topics.json from its RocksDB; one that has the file anyway just agrees.",
    },
    { line: '-n 10.0.0.1:9876 -c DefaultCluster', does: 'All tables of all masters.' },
    { line: '-p /data/store/config -t consumerOffsets', does: 'A table of a broker on this machine.' },
  ],
  async run(context) {
    const { options } = context;
    const tables = wantedTables(context);
    if (tables === undefined) return;
    if (options.has('n')) {
      context.out('Use [rpc mode] call all brokers in cluster to export to json file \n');
      if (!options.has('c')) return context.refuse('rpc mode Invalid args, please input cluster\n');
      return overWire(context, tables);
    }
    if (options.has('b')) {
      context.out('Use [rpc mode] call broker to export to json file \n');
      return overWire(context, tables);
    }
    if (options.has('p')) {
      context.out('Use [local mode] load rocksdb to print or export file \n');
      if (!options.has('t')) return context.refuse('local mode Invalid args, please input configType\n');
      return ofFolder(context, tables[0]!);
    }
    context.refuse(`${DESCRIPTION}\n`);
  },
};

/** Undefined, and said why, for a type that there is not. */
function wantedTables(context: CommandContext): readonly Table[] | undefined {
  const text = context.options.value('t')?.trim();
  if (text === undefined) return TABLES;
  const tables = text
    .split(';')
    .filter((type) => type !== '')
    .map(tableOf);
  const known = tables.filter((table) => table !== undefined);
  if (known.length === tables.length && known.length > 0) return known;
  context.refuse(`Invalid configType: ${text} please input topics/subscriptionGroups/consumerOffsets \n`);
  return undefined;
}

/** All are asked at once; as in Apache's tool the last words come even when one refused. */
async function overWire(context: CommandContext, tables: readonly Table[]): Promise<void> {
  const { options, admin } = context;
  const types = tables.map(({ type }) => type);
  const asked: [name: string, address: string][] = [];
  if (options.has('c')) {
    const info = await admin.examineClusterInfo();
    if (!info.clusterAddrTable.has(options.text('c').trim())) return context.refuse('clusterAddrTable is empty');
    for (const [name, { brokerAddrs }] of info.brokerAddrTable) asked.push([name, brokerAddrs.get(MASTER_ID) ?? '']);
  } else {
    const address = options.text('b').trim();
    asked.push([`${address} export error`, address]);
  }
  const done: string[] = [];
  const failures: unknown[] = [];
  await Promise.all(
    asked.map(async ([inCaseOfFailure, address]) => {
      try {
        await admin.exportRocksDbConfig(address, types);
        done.push(address);
      } catch (failure) {
        context.out(inCaseOfFailure);
        failures.push(failure);
      }
    }),
  );
  context.out('broker export done.');
  for (const failure of failures) context.warn(failure);
  context.answer({ types, brokers: done });
}

function ofFolder(context: CommandContext, table: Table): void {
  const { options, disk } = context;
  const folder = options.text('p').trim();
  if (folder === '' || disk.stat(folder) === undefined) return context.refuse('Rocksdb path is invalid.\n');
  const text = savedTable(context, folder, table);
  const entries = entriesOf(text, table);
  const exportFile = options.value('e')?.trim();
  const json = prettyJson(parseJson(text));
  if (exportFile !== undefined) writeTextFile(disk, exportFile, json);
  else if (options.value('j')?.trim().toLowerCase() === 'false') {
    context.out(`type: ${table.member}`);
    for (const [index, [key, value]] of entries.entries())
      context.print('%d, Key: %s, Value: %s%n', index + 1, key, JSON.stringify(value));
  } else context.out(`${json}\n`);
  context.answer({ [table.member]: Object.fromEntries(entries) });
}
