import type { Disk } from '@rocketmq-ts/kernel';
import { type DataVersion, type JsonValue, Members, parseJson, readDataVersion } from '@rocketmq-ts/protocol';

/** One file of the folder `config`. */
export interface ConfigFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** What it holds how many of: `topics: 12`. */
  readonly counts: Readonly<Record<string, number>>;
  readonly dataVersion: DataVersion | undefined;
  /** Why it does not parse; undefined for a good file and for one that is no JSON text by its nature. */
  readonly error: string | undefined;
  /** Integer keys are without quotes, as fastjson writes them: undefined when it has none. */
  readonly unquotedKeys: boolean | undefined;
}

export interface ConfigFolder {
  readonly files: readonly ConfigFile[];
  /** Names of the topics that are configured. */
  readonly topics: ReadonlySet<string>;
  readonly foreign: readonly string[];
}

/** Table member → what its entries are called. */
const TABLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'topics.json': { topicConfigTable: 'topics' },
  'subscriptionGroup.json': { subscriptionGroupTable: 'groups', forbiddenTable: 'forbidden' },
  'consumerOffset.json': { offsetTable: 'subscriptions' },
  'lmqConsumerOffset.json': { offsetTable: 'subscriptions', lmqOffsetTable: 'offsets' },
  'delayOffset.json': { offsetTable: 'levels' },
  'consumerFilter.json': { filterDataByTopic: 'topics' },
  'consumerOrderInfo.json': { table: 'subscriptions' },
  'topicQueueMapping.json': { topicQueueMappingInfoMap: 'topics' },
  'messageRequestMode.json': { messageRequestModeMap: 'topics' },
  timermetrics: { timingCount: 'topics' },
  transactionMetrics: { transactionCount: 'topics' },
};

const LEFTOVER = /\.(?:tmp|new|broken)$/;

/** Reads every file of `config`; files of ours that are not in the table are read as JSON when they are named so. */
export function readConfigFolder(disk: Disk, directory: string): ConfigFolder {
  const files: ConfigFile[] = [];
  const foreign: string[] = [];
  let topics: ReadonlySet<string> = new Set();
  for (const { name, isDirectory } of disk.list(directory)) {
    // What a killed broker was about to save, and what it found damaged and set aside.
    if (LEFTOVER.test(name)) continue;
    const known = name.replace(/\.bak$/, '');
    if (isDirectory || !(known in TABLES || /\.(?:json|properties)$/.test(known) || known === 'timercheck')) {
      foreign.push(`${directory}/${name}`);
      continue;
    }
    const content = disk.readFile(`${directory}/${name}`);
    // A broker that runs has just renamed it.
    if (content === undefined) continue;
    const isJson = known !== 'timercheck' && !known.endsWith('.properties');
    files.push(isJson ? readAgainIfBroken(disk, directory, name, content) : plain(name, content.length));
    if (name === 'topics.json' || (name === 'topics.json.bak' && topics.size === 0))
      topics = topicNames(content) ?? topics;
  }
  return { files, topics, foreign };
}

/** A broker that runs may have been about to write it. */
function readAgainIfBroken(disk: Disk, directory: string, name: string, content: Buffer): ConfigFile {
  const file = readJsonFile(name, content);
  if (file.error === undefined) return file;
  return readJsonFile(name, disk.readFile(`${directory}/${name}`) ?? content);
}

function plain(name: string, sizeBytes: number): ConfigFile {
  return { name, sizeBytes, counts: {}, dataVersion: undefined, error: undefined, unquotedKeys: undefined };
}

function readJsonFile(name: string, content: Buffer): ConfigFile {
  const text = content.toString('utf8');
  const unquotedKeys = /[{,]\s*\d+\s*:/.test(text) ? true : /[{,]\s*"\d+"\s*:/.test(text) ? false : undefined;
  const file = { ...plain(name, content.length), unquotedKeys };
  let value: JsonValue;
  try {
    value = parseJson(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it holds no object');
  } catch (error) {
    return { ...file, error: content.length === 0 ? 'it is empty' : (error as Error).message };
  }
  const counts: Record<string, number> = {};
  for (const [member, what] of Object.entries(TABLES[name.replace(/\.bak$/, '')] ?? {})) {
    const table = value instanceof Map ? undefined : value[member];
    if (table === undefined || table === null || typeof table !== 'object') continue;
    counts[what] = table instanceof Map ? table.size : Object.keys(table).length;
  }
  const version = value instanceof Map || !('dataVersion' in value) ? undefined : value.dataVersion;
  const members = version === undefined || version === null ? undefined : new Members(version, 'dataVersion');
  return { ...file, counts, dataVersion: members === undefined ? undefined : readDataVersion(members) };
}

function topicNames(content: Buffer): Set<string> | undefined {
  try {
    return new Set(
      Members.parse(content, 'topics.json')
        .values('topicConfigTable', () => true)
        .keys(),
    );
  } catch {
    return undefined;
  }
}
