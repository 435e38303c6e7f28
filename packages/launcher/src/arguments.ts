import { LauncherError } from './errors.ts';

/** One option of a program, as Apache's tools declare them (commons-cli). */
export interface Option {
  readonly short: string;
  readonly long: string;
  readonly takesValue: boolean;
  readonly meaning: string;
}

export interface Arguments {
  /** By long name. An option given twice keeps its last value. */
  readonly values: ReadonlyMap<string, string>;
  /** Long names of the options without value that were given. */
  readonly flags: ReadonlySet<string>;
  /** `-Dkey=value`, wherever it stood. */
  readonly systemProperties: ReadonlyMap<string, string>;
  /** Words that belong to no option: accepted, without effect, as Apache's programs do. */
  readonly extra: readonly string[];
}

/** Options that Apache's program has and this one has not, by their names without dashes. */
export interface UnservedOption {
  readonly names: readonly string[];
  /** Goes on from "<option> is not served yet by this version: ". */
  readonly instead: string;
}

/** A command line that cannot be understood; the message is what Apache's programs print. */
export class ArgumentsError extends LauncherError {}

/**
 * Reads `-n value`, `-n=value`, `-nvalue`, `--namesrvAddr value`, `--namesrvAddr=value`, `-namesrvAddr value` and
 * `-Dkey=value`. Throws `UNKNOWN_OPTION`, `OPTION_NOT_SERVED` or `OPTION_VALUE_MISSING`. Source: commons-cli DefaultParser.
 */
export function parseArguments(
  options: readonly Option[],
  argv: readonly string[],
  unserved: readonly UnservedOption[] = [],
): Arguments {
  const values = new Map<string, string>();
  const flags = new Set<string>();
  const systemProperties = new Map<string, string>();
  const extra: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index]!;
    if (word === '--') {
      extra.push(...argv.slice(index + 1));
      break;
    }
    if (word.startsWith('-D') && word.length > 2) {
      addSystemProperty(systemProperties, word.slice(2));
      continue;
    }
    if (!word.startsWith('-') || word === '-') {
      extra.push(word);
      continue;
    }
    const { option, attached } = findOption(options, word);
    if (option === undefined) refuseUnserved(unserved, word);
    if (option === undefined) throw new ArgumentsError('UNKNOWN_OPTION', `Unrecognized option: ${word}`);
    if (!option.takesValue) {
      flags.add(option.long);
      continue;
    }
    const value = attached ?? argv[++index];
    if (value === undefined || (attached === undefined && findOption(options, value).option !== undefined)) {
      throw new ArgumentsError('OPTION_VALUE_MISSING', `Missing argument for option: ${option.short}`);
    }
    values.set(option.long, value);
  }
  return { values, flags, systemProperties, extra };
}

function refuseUnserved(unserved: readonly UnservedOption[], word: string): void {
  const name = word.replace(/^--?/, '').split('=', 1)[0]!;
  const found = unserved.find(({ names }) => names.includes(name));
  if (found === undefined) return;
  throw new LauncherError('OPTION_NOT_SERVED', `${word} is not served yet by this version: ${found.instead}`);
}

function addSystemProperty(systemProperties: Map<string, string>, assignment: string): void {
  const equals = assignment.indexOf('=');
  if (equals < 0) systemProperties.set(assignment, '');
  else systemProperties.set(assignment.slice(0, equals), assignment.slice(equals + 1));
}

function findOption(options: readonly Option[], word: string): { option?: Option; attached?: string } {
  if (!word.startsWith('-')) return {};
  const body = word.replace(/^--?/, '');
  const equals = body.indexOf('=');
  const name = equals < 0 ? body : body.slice(0, equals);
  const option = options.find((candidate) => candidate.short === name || candidate.long === name);
  if (option !== undefined) {
    if (equals < 0) return { option };
    return option.takesValue ? { option, attached: body.slice(equals + 1) } : {};
  }
  if (word.startsWith('--')) return {};
  const joined = options.find((candidate) => candidate.takesValue && body.startsWith(candidate.short));
  return joined === undefined ? {} : { option: joined, attached: body.slice(joined.short.length) };
}

/** The `-D` parts of JAVA_OPT and JAVA_OPT_EXT: people carry their settings over in them. Blanks may stand in quotes. */
export function systemPropertiesOf(javaOptions: string): Map<string, string> {
  const systemProperties = new Map<string, string>();
  for (const match of javaOptions.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)) {
    const word = match[0].replace(/["']/g, '');
    if (word.startsWith('-D') && word.length > 2) addSystemProperty(systemProperties, word.slice(2));
  }
  return systemProperties;
}

/** The help text, laid out as commons-cli does it. */
export function usageText(program: string, options: readonly Option[]): string {
  const sorted = [...options].sort((a, b) => (a.short.toLowerCase() < b.short.toLowerCase() ? -1 : 1));
  const value = (option: Option): string => (option.takesValue ? ' <arg>' : '');
  const forms = sorted.map((option) => `[-${option.short}${value(option)}]`);
  const names = sorted.map((option) => ` -${option.short},--${option.long}${value(option)}`);
  const width = Math.max(...names.map((name) => name.length));
  const lines = sorted.map((option, index) => `${names[index]!.padEnd(width)}   ${option.meaning}`);
  return [`usage: ${program} ${forms.join(' ')}`, ...lines].join('\n');
}

export const namesrvOptions: readonly Option[] = [
  { short: 'c', long: 'configFile', takesValue: true, meaning: 'Name server config properties file' },
  { short: 'h', long: 'help', takesValue: false, meaning: 'Print help' },
  namesrvAddrOption(),
  { short: 'p', long: 'printConfigItem', takesValue: false, meaning: 'Print all config items' },
];

export const brokerOptions: readonly Option[] = [
  { short: 'c', long: 'configFile', takesValue: true, meaning: 'Broker config properties file' },
  { short: 'h', long: 'help', takesValue: false, meaning: 'Print help' },
  { short: 'm', long: 'printImportantConfig', takesValue: false, meaning: 'Print important config item' },
  namesrvAddrOption(),
  { short: 'p', long: 'printConfigItem', takesValue: false, meaning: 'Print all config item' },
];

/** Source: distribution/bin/mqbroker, ProxyStartup, BrokerContainerStartup. */
export const unservedBrokerOptions: readonly UnservedOption[] = [
  {
    names: ['enable-proxy', 'pc', 'proxyConfigPath', 'pm', 'proxyMode'],
    instead:
      'the proxy for gRPC clients comes with a later version; start the broker without it (sh bin/mqbroker -n <name server> -c <file>) and use clients of the remoting protocol, which connect to the name server',
  },
  {
    names: ['bc', 'brokerConfigPath'],
    instead: 'the proxy comes with a later version; name the configuration file of the broker with -c',
  },
  {
    names: ['b', 'brokerConfigFiles'],
    instead: 'containers of several brokers come with a later version; start one process for each broker with -c',
  },
];

function namesrvAddrOption(): Option {
  const meaning = "Name server address list, eg: '192.168.0.1:9876;192.168.0.2:9876'";
  return { short: 'n', long: 'namesrvAddr', takesValue: true, meaning };
}
