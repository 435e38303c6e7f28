import { ArgumentsError } from '../arguments.ts';

/** The command line of `mqdashboard`. */
export interface DashboardArguments {
  /** `--key=value`. */
  readonly options: ReadonlyMap<string, string>;
  /** `-Dkey=value`. */
  readonly systemProperties: ReadonlyMap<string, string>;
  readonly help: boolean;
  readonly printsConfig: boolean;
  readonly hashesPassword: boolean;
  /** Words that belong to no option. */
  readonly extra: readonly string[];
}

/** The usage text, without a line feed at its end. */
export const dashboardUsage = `usage: mqdashboard [-h] [-n <arg>] [-p] [--hash-password] [--<property>=<value>]...
    --<property>=<value>   A property of docs/console.md, such as --server.port=12581,
                           --rocketmq.config.namesrvAddr=localhost:9876, --rocketmq.config.loginRequired=true
    --hash-password        Print a line for users.properties: the password is read from standard input
 -h,--help                 Print help
 -n,--namesrvAddr <arg>    Name servers, as --rocketmq.config.namesrvAddr
 -p,--printConfigItem      Print all properties`;

/** Spring Boot's form of options, and the short ones of our other programs. Throws `UNKNOWN_OPTION`, `OPTION_VALUE_MISSING`. */
export function parseDashboardArguments(argv: readonly string[]): DashboardArguments {
  const options = new Map<string, string>();
  const systemProperties = new Map<string, string>();
  const flags = new Set<string>();
  const extra: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    if (word === '-n' || word === '--namesrvAddr') {
      const value = argv[++at];
      if (value === undefined) throw new ArgumentsError('OPTION_VALUE_MISSING', `Missing argument for option: ${word}`);
      options.set('rocketmq.config.namesrvAddr', value);
    } else if (FLAGS.has(word)) flags.add(FLAGS.get(word)!);
    else if (word.startsWith('-D') && word.length > 2) setPair(systemProperties, word.slice(2));
    else if (/^--[\w.[\]-]+=/.test(word)) setPair(options, word.slice(2));
    else if (/^--[\w.[\]-]+$/.test(word)) {
      const next = argv[at + 1];
      if (next === undefined || next.startsWith('-')) setPair(options, `${word.slice(2)}=true`);
      else {
        options.set(word.slice(2), next);
        at += 1;
      }
    } else if (word.startsWith('-')) throw new ArgumentsError('UNKNOWN_OPTION', `Unrecognized option: ${word}`);
    else extra.push(word);
  }
  return {
    ...{ options, systemProperties, extra },
    help: flags.has('help'),
    printsConfig: flags.has('print'),
    hashesPassword: flags.has('hash'),
  };
}

const FLAGS: ReadonlyMap<string, string> = new Map([
  ['-h', 'help'],
  ['--help', 'help'],
  ['-p', 'print'],
  ['--printConfigItem', 'print'],
  ['--hash-password', 'hash'],
]);

function setPair(pairs: Map<string, string>, assignment: string): void {
  const equals = assignment.indexOf('=');
  pairs.set(equals < 0 ? assignment : assignment.slice(0, equals), equals < 0 ? '' : assignment.slice(equals + 1));
}
