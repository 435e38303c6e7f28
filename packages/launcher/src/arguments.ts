import {
  flagOption,
  type Option,
  OptionTable,
  optionHelp,
  optionKey,
  parseOptions,
  valueOption,
} from '@rocketmq-ts/kernel';
import { LauncherError } from './errors.ts';

/** A command line that was read. */
export interface Arguments {
  /** By long name. An option given twice keeps its last value. */
  readonly values: ReadonlyMap<string, string>;
  /** Long names of the options without value that were given. */
  readonly flags: ReadonlySet<string>;
  /** `-Dkey=value`, wherever it is. */
  readonly systemProperties: ReadonlyMap<string, string>;
  /** Words that belong to no option: accepted, without effect, as Apache's programs do. */
  readonly extra: readonly string[];
}

/** Options that Apache's program has and this one has not, by their names without dashes. */
export interface UnservedOption {
  readonly names: readonly string[];
  /** What follows "<option> is not served yet by this version: ". */
  readonly instead: string;
}

/** A command line that cannot be understood; the message is what Apache's programs print. */
export class ArgumentsError extends LauncherError {}

/**
 * Reads the options of a program (see `parseOptions`) and `-Dkey=value`. Throws `UNKNOWN_OPTION`, `OPTION_NOT_SERVED` or
 * `OPTION_VALUE_MISSING`.
 */
export function parseArguments(
  options: readonly Option[],
  argv: readonly string[],
  unserved: readonly UnservedOption[] = [],
): Arguments {
  const systemProperties = new Map<string, string>();
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  const words = argv.filter((word, at) => {
    if (at >= end || !word.startsWith('-D') || word.length === 2) return true;
    addSystemProperty(systemProperties, word.slice(2));
    return false;
  });
  for (const word of argv.slice(0, end)) if (word.startsWith('-')) refuseUnserved(unserved, word);
  const parsed = parseOptions(new OptionTable(options), words, (fault, message) => {
    return new ArgumentsError(fault === 'OPTION_VALUE_MISSING' ? fault : 'UNKNOWN_OPTION', message);
  });
  const given = options.filter((option) => parsed.has(optionKey(option)));
  return {
    values: new Map(
      given.flatMap((option) => {
        const value = parsed.lastValue(optionKey(option));
        return value === undefined ? [] : [[option.long, value]];
      }),
    ),
    flags: new Set(given.filter((option) => !option.takesValue).map((option) => option.long)),
    systemProperties,
    extra: parsed.words,
  };
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

/** The `-D` parts of JAVA_OPT and JAVA_OPT_EXT: people carry their settings over in them. Blanks may be within quotes. */
export function systemPropertiesOf(javaOptions: string): Map<string, string> {
  const systemProperties = new Map<string, string>();
  for (const match of javaOptions.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)) {
    const word = match[0].replace(/["']/g, '');
    if (word.startsWith('-D') && word.length > 2) addSystemProperty(systemProperties, word.slice(2));
  }
  return systemProperties;
}

/** The help text of a program, without a line feed at its end. */
export function usageText(program: string, options: readonly Option[]): string {
  return optionHelp(program, new OptionTable(options)).trimEnd();
}

const namesrvAddr = valueOption(
  'n',
  'namesrvAddr',
  "Name server address list, eg: '192.168.0.1:9876;192.168.0.2:9876'",
);
const help = flagOption('h', 'help', 'Print help');

/** Options of `mqnamesrv`. Source: NamesrvStartup. */
export const namesrvOptions: readonly Option[] = [
  valueOption('c', 'configFile', 'Name server config properties file'),
  help,
  namesrvAddr,
  flagOption('p', 'printConfigItem', 'Print all config items'),
];

/** Options of `mqcontroller`. Source: ControllerStartup. */
export const controllerOptions: readonly Option[] = [
  valueOption('c', 'configFile', 'Controller config properties file'),
  help,
  flagOption('p', 'printConfigItem', 'Print all config items'),
];

/** Options of `mqbroker`. Source: BrokerStartup. */
export const brokerOptions: readonly Option[] = [
  valueOption('c', 'configFile', 'Broker config properties file'),
  help,
  flagOption('m', 'printImportantConfig', 'Print important config item'),
  namesrvAddr,
  flagOption('p', 'printConfigItem', 'Print all config item'),
  valueOption('w', 'workers', 'Brokers of this configuration in one process, a thread and a store each. Default: 1'),
];

/** Options of `mqstart`. */
export const standaloneOptions: readonly Option[] = [
  valueOption('c', 'configFile', 'Broker config properties file'),
  valueOption('d', 'data', 'Folder of the store. Default: $ROCKETMQ_TS_DATA, else data/ of the checkout'),
  valueOption('dp', 'dashboardPort', 'Port of the web console; 0: none. Default: 8080'),
  help,
  valueOption('np', 'namesrvPort', 'Port of the name server. Default: 9876'),
  flagOption('p', 'printConfigItem', 'Print all config items of the broker'),
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
