import { brokerConfigTable } from '@rocketmq-ts/broker';
import type { Logger, LoggerLike } from '@rocketmq-ts/client';
import { editDistance } from '@rocketmq-ts/kernel';
import { namesrvConfigTable } from '@rocketmq-ts/namesrv';
import { TestingError } from '../errors.ts';

/** What `startCluster` takes; all of it may be left out. */
export interface ClusterOptions {
  /** They are called `broker-a`, `broker-b` … and are masters. 1 to 26; default 1. */
  readonly brokers?: number | undefined;
  /** Topic → queues on each broker; made before `startCluster` resolves. Others are made by the first send, as usual. Default none. */
  readonly topics?: Readonly<Record<string, number>> | undefined;
  /**
   * `real` (default): time passes as usual, and `advance` moves it on. `virtual`: it stands still, and passes in `advance`, `run`
   * and while something of the cluster is waited for.
   */
  readonly clock?: 'real' | 'virtual' | undefined;
  /** Where brokers keep their messages: `memory` (default), or a `folder` of the system's for temporary files, removed by `stop`. */
  readonly store?: 'memory' | 'folder' | undefined;
  /** Port of the name server. Default 0: a free one. */
  readonly namesrvPort?: number | undefined;
  /** Lines of every broker's properties file, over the small files that suit a test; none that is unknown. Default none. */
  readonly brokerProperties?: Readonly<Record<string, string>> | undefined;
  /** Lines of the name server's properties file; none that is unknown. Default none. */
  readonly nameServerProperties?: Readonly<Record<string, string>> | undefined;
  /** `console`, pino, winston …: gets what the servers log. Default: nothing is logged. */
  readonly logger?: LoggerLike | Logger | undefined;
}

/** `ClusterOptions` with every default filled in. */
export interface ClusterSettings extends Required<Omit<ClusterOptions, 'logger'>> {
  readonly brokers: number;
  readonly topics: Readonly<Record<string, number>>;
  readonly clock: 'real' | 'virtual';
  readonly store: 'memory' | 'folder';
  readonly namesrvPort: number;
  readonly brokerProperties: Readonly<Record<string, string>>;
  readonly nameServerProperties: Readonly<Record<string, string>>;
  readonly logger: LoggerLike | Logger | undefined;
}

const defaults: ClusterSettings = {
  brokers: 1,
  topics: {},
  clock: 'real',
  store: 'memory',
  namesrvPort: 0,
  brokerProperties: {},
  nameServerProperties: {},
  logger: undefined,
};

const MOST_BROKERS = 26;
const MOST_PORT = 65_535;
const MOST_QUEUES = 1024;

/** Fills in defaults. Throws TestingError `OPTION_ILLEGAL`. */
export function resolveOptions(options: ClusterOptions): ClusterSettings {
  requireObject('The options are', options);
  for (const name of Object.keys(options))
    if (!Object.hasOwn(defaults, name)) throw unknown(name, Object.keys(defaults));
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings: ClusterSettings = { ...defaults, ...given };
  requireInteger('brokers', settings.brokers, 1, MOST_BROKERS);
  requireInteger('namesrvPort', settings.namesrvPort, 0, MOST_PORT);
  requireOneOf('clock', settings.clock, ['real', 'virtual']);
  requireOneOf('store', settings.store, ['memory', 'folder']);
  for (const name of ['topics', 'brokerProperties', 'nameServerProperties'] as const)
    requireObject(`The option ${name} is`, settings[name]);
  requireProperties('brokerProperties', settings.brokerProperties, brokerConfigTable);
  requireProperties('nameServerProperties', settings.nameServerProperties, namesrvConfigTable);
  for (const [topic, queues] of Object.entries(settings.topics)) {
    requireInteger(`topics, ${topic},`, queues, 1, MOST_QUEUES);
  }
  return settings;
}

/** Throws TestingError `OPTION_ILLEGAL`. */
export function requireInteger(name: string, value: unknown, least: number, most: number): void {
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) return;
  throw illegal(`The option ${name} is ${JSON.stringify(value)}, but must be a whole number from ${least} to ${most}.`);
}

function requireOneOf(name: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw illegal(`The option ${name} is ${JSON.stringify(value)}, but must be ${allowed.join(' or ')}.`);
}

function requireObject(subject: string, value: unknown): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw illegal(`${subject} ${JSON.stringify(value)}, but must be an object.`);
}

/** A server only warns of a property that it does not know; in a test that hides a misspelt one. */
function requireProperties(option: string, properties: Readonly<Record<string, unknown>>, table: object): void {
  for (const [name, value] of Object.entries(properties)) {
    if (!Object.hasOwn(table, name)) throw unknown(`${option}.${name}`, Object.keys(table));
    if (typeof value !== 'string')
      throw illegal(`The option ${option}.${name} is ${JSON.stringify(value)}, but must be a text, as in the file.`);
  }
}

function unknown(path: string, known: readonly string[]): TestingError {
  const typed = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  const near = known.find((each) => editDistance(typed, each.toLowerCase(), 2) <= 2);
  return illegal(`There is no option ${path}.${near === undefined ? '' : ` Did you mean ${near}?`}`);
}

function illegal(text: string): TestingError {
  return new TestingError('OPTION_ILLEGAL', text);
}
