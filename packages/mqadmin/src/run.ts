import { type Admin, AdminError, createAdmin } from '@rocketmq-ts/admin';
import {
  asError,
  CodedError,
  type Logger,
  OptionTable,
  optionHelp,
  type ParsedOptions,
  type Platform,
  silentLogger,
  splitEndpoints,
  type TlsClientOptions,
} from '@rocketmq-ts/kernel';
import type { CommandContext, CommandEntry } from './command/entry.ts';
import { COMMANDS, findCommand } from './command/table.ts';
import { readCredentials } from './credentials.ts';
import { format } from './format.ts';
import { nearNames } from './near-names.ts';
import { COMMON_OPTIONS, readOptions, UsageError } from './options.ts';
import { UNSERVED_NAMES, whyUnserved } from './unserved.ts';

/** What the program touches of the process that it runs in. */
interface MqadminIo {
  readonly platform: Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  stdout(text: string): void;
  stderr(text: string): void;
  /** Ends commands that repeat for ever (`clusterList -i`). */
  readonly signal?: AbortSignal;
  readonly logger?: Logger;
  /** Names the name servers where neither -n nor NAMESRV_ADDR does. */
  readonly addressServer?: { readonly domain: string; readonly subgroup?: string | undefined } | undefined;
  /** Default: plain connections. */
  readonly tls?: TlsClientOptions | undefined;
}

/** The command line does not fit. */
const WRONG_USE = 1;
/** The command failed, or a part of it. Apache's tool ends with 0 then, so that a script can't see the failure. */
const FAILED = 2;
/** Made failures end with FAILED, which they always do now; still accepted anywhere on the command line. */
const STRICT = '--strict';

/**
 * Runs one command line, without the program's name, and resolves to the exit code: 0; 1 when the command line does not
 * fit or names a command that is not here; 2 when the command failed. Never rejects. Source: MQAdminStartup#main0.
 */
export async function runMqadmin(argv: readonly string[], io: MqadminIo): Promise<number> {
  const [name, ...words] = argv.filter((word) => word !== STRICT);
  if (name === undefined) {
    io.stdout(listOfCommands());
    return 0;
  }
  const helpWanted = name === 'help' && words.length === 1;
  const wanted = helpWanted ? words[0]! : name;
  const entry = findCommand(wanted);
  if (entry === undefined) return notHere(wanted, io);
  const table = new OptionTable([...COMMON_OPTIONS, ...entry.options]);
  const usage = (): void => io.stdout(optionHelp(`mqadmin ${entry.name}`, table));
  if (helpWanted) {
    usage();
    return 0;
  }
  let options: ParsedOptions;
  try {
    options = readOptions(table, words);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    io.stderr(`${error.message}\n`);
    usage();
    return WRONG_USE;
  }
  if (options.has('h')) {
    usage();
    return 0;
  }
  return await execute(entry, options, io, usage);
}

/** A command of Apache's that this version has not, or an unknown name. */
function notHere(wanted: string, io: MqadminIo): number {
  const sentence = whyUnserved(wanted);
  if (sentence !== undefined) {
    io.stderr(`${sentence}\n`);
    return WRONG_USE;
  }
  io.stdout(`The sub command ${wanted} not exist.\n`);
  const near = nearNames(wanted, [...COMMANDS.map((entry) => entry.name), ...UNSERVED_NAMES]);
  const hint =
    near.length === 0 ? 'Run mqadmin without a word for the list of commands.' : `Did you mean ${near.join(' or ')}?`;
  io.stderr(`${hint}\n`);
  return WRONG_USE;
}

function listOfCommands(): string {
  const lines = COMMANDS.map((entry) => format('   %-35s %s%n', entry.name, entry.description));
  return `The most commonly used mqadmin commands are:\n${lines.join('')}\nSee 'mqadmin help <command>' for more information on a specific command.\n`;
}

async function execute(entry: CommandEntry, options: ParsedOptions, io: MqadminIo, usage: () => void): Promise<number> {
  let exitCode = 0;
  const admin = adminFor(options, io);
  const context: CommandContext = {
    options,
    admin,
    clock: io.platform.clock,
    disk: io.platform.disk,
    signal: io.signal ?? new AbortController().signal,
    out: io.stdout,
    print: (pattern, ...values) => io.stdout(format(pattern, ...values)),
    warn(failure) {
      exitCode = FAILED;
      io.stderr(`${describe(failure)}\n`);
    },
    refuse(text) {
      exitCode = FAILED;
      io.stdout(text);
    },
    note: (sentence) => io.stderr(`${sentence}\n`),
    usage() {
      exitCode = WRONG_USE;
      usage();
    },
  };
  try {
    await admin.start();
    await entry.run(context);
  } catch (failure) {
    exitCode = FAILED;
    io.stderr(`${entry.className} command failed: ${describe(failure)}\n`);
  } finally {
    await admin.stop();
  }
  return exitCode;
}

function adminFor(options: ParsedOptions, io: MqadminIo): Admin {
  const addresses = options.value('n') ?? io.env.NAMESRV_ADDR ?? '';
  const home = io.env.ROCKETMQ_HOME;
  const yaml = home === undefined ? undefined : io.platform.disk.readFile(`${home}/conf/tools.yml`);
  return createAdmin({
    platform: io.platform,
    namesrvAddresses: splitEndpoints(addresses),
    addressServer: io.addressServer,
    logger: io.logger ?? silentLogger,
    tls: io.tls,
    credentials: yaml === undefined ? undefined : readCredentials(yaml.toString('utf8')),
  });
}

/** One line; a server's answer keeps the form that scripts know: `CODE: 17  DESC: …`. */
function describe(failure: unknown): string {
  const error = asError(failure);
  const known = error instanceof AdminError || error instanceof CodedError;
  const text = known ? error.message : `${error.name}: ${error.message}`;
  return text.replace(/\s*\n\s*/g, ' ');
}
