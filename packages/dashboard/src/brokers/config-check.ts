import { ConsoleError } from '../errors.ts';

/** Never changed over the network, whatever the broker's `configBlackList` says. Source: AdminBrokerProcessor#initConfigBlackList. */
const ALWAYS_FIXED: readonly string[] = [
  'brokerConfigPath',
  'configStorePath',
  'kvConfigPath',
  'rocketmqHome',
  'configBlackList',
];
/** Our brokers also refuse who they are and where their data lies; Apache's take such a change, and lose their data with it. */
const FIXED_BY_PRUDENCE: readonly string[] = [
  ...['brokerName', 'brokerClusterName', 'brokerId', 'storePathRootDir', 'storePathCommitLog', 'workers'],
];

/** Whether a broker with this configuration would refuse a change of a key, or should. */
export function isFixedKey(config: ReadonlyMap<string, string>, key: string): boolean {
  if (ALWAYS_FIXED.includes(key) || FIXED_BY_PRUDENCE.includes(key)) return true;
  return (config.get('configBlackList') ?? '').split(';').some((each) => each.trim() === key);
}

/** Throws BAD_REQUEST for the first change that a server with this configuration can't take. */
export function checkValues(config: ReadonlyMap<string, string>, changes: ReadonlyMap<string, string>): void {
  for (const [key, value] of changes) {
    const reason = whyNotValue(config, key, value);
    if (reason !== undefined) throw new ConsoleError('BAD_REQUEST', reason);
  }
}

/**
 * Why a broker can't take a value, as a sentence; undefined when it may. The form of a value is that of the present one, since
 * Apache's broker ignores names and values that it can't read without a word.
 */
function whyNotValue(config: ReadonlyMap<string, string>, key: string, value: string): string | undefined {
  const now = config.get(key);
  if (now === undefined) return `it has no property ${key}`;
  if (isFixedKey(config, key)) return `${key} can not be changed while it runs`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\0-\x1f\x7f]/.test(value)) return `${key} takes no control characters`;
  if (/^(?:true|false)$/.test(now) && !/^(?:true|false)$/.test(value)) return `${key} must be true or false`;
  if (/^-?\d+$/.test(now) && !/^-?\d{1,19}$/.test(value) && !isText(key)) return `${key} must be a whole number`;
  if (/^-?\d+\.\d+(?:E-?\d+)?$/.test(now) && !Number.isFinite(Number(value || 'none')))
    return `${key} must be a number`;
  return undefined;
}

/** Texts whose value may look like a number: an hour or several, an address. */
function isText(key: string): boolean {
  return key === 'deleteWhen' || key.endsWith('Path') || key.endsWith('Addr') || key.endsWith('Name');
}
