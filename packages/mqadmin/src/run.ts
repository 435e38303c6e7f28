import { type Admin, createAdmin } from '@rocketmq-ts/admin';
import {
  type Logger,
  type OptionTable,
  optionKey,
  type ParsedOptions,
  type Platform,
  silentLogger,
  splitEndpoints,
  type TlsClientOptions,
} from '@rocketmq-ts/kernel';
import type { Command, CommandContext } from './command/entry.ts';
import { COMMANDS, findCommand } from './command/table.ts';
import { readCredentials } from './credentials.ts';
import { format } from './format.ts';
import { helpOf, listOfCommands, usageOf } from './help.ts';
import { jsonLine } from './json.ts';
import { nearNames } from './near-names.ts';
import { optionsOf, readOptions, UsageError } from './options.ts';
import { Report, WRONG_USE } from './report.ts';

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

/** Made failures end with FAILED, which they always do now; still accepted anywhere on the command line. */
const STRICT = '--strict';
/** The result as data; accepted anywhere on the command line. */
const JSON_WORD = '--json';

/**
 * Runs one command line, without the program's name, and resolves to the exit code: 0; 1 when the command line does not
 * fit or names a command that is not here; 2 when the command failed. Never rejects. Source: MQAdminStartup#main0.
 */
export async function runMqadmin(argv: readonly string[], io: MqadminIo): Promise<number> {
  const [name, ...words] = argv.filter((word) => word !== STRICT && word !== JSON_WORD);
  const isJson = argv.includes(JSON_WORD);
  if (name === undefined) {
    io.stdout(isJson ? `${jsonLine({ commands: COMMANDS })}\n` : listOfCommands());
    return 0;
  }
  const helpWanted = name === 'help' && words.length === 1;
  const wanted = helpWanted ? words[0]! : name;
  const entry = findCommand(wanted);
  if (entry === undefined) return notHere(wanted, io, isJson);
  const command = await entry.load();
  const table = optionsOf(command);
  const usage = usageOf(entry, table);
  if (helpWanted) {
    io.stdout(helpOf(entry, command, table));
    return 0;
  }
  let options: ParsedOptions;
  try {
    options = readOptions(table, words);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const report = new Report(io, isJson);
    report.wrongUse(error.message, usage);
    return report.exitCode;
  }
  if (options.has('h')) {
    io.stdout(helpOf(entry, command, table));
    return 0;
  }
  const report = new Report(io, isJson || hasOwnJson(table, options));
  await execute(command, options, io, report, usage);
  return report.exitCode;
}

/** A command may have an option for it with a short name, too. */
function hasOwnJson(table: OptionTable, options: ParsedOptions): boolean {
  const own = table.byLong.get('json');
  return own !== undefined && options.has(optionKey(own));
}

/** An unknown name: Apache's words, and names that may have been meant. */
function notHere(wanted: string, io: MqadminIo, isJson: boolean): number {
  const missing = `The sub command ${wanted} not exist.`;
  if (isJson) {
    io.stderr(`${jsonLine({ error: { code: 'NO_SUCH_COMMAND', message: `${missing} ${hintFor(wanted)}` } })}\n`);
  } else {
    io.stdout(`${missing}\n`);
    io.stderr(`${hintFor(wanted)}\n`);
  }
  return WRONG_USE;
}

function hintFor(wanted: string): string {
  const near = nearNames(
    wanted,
    COMMANDS.map((entry) => entry.name),
  );
  if (near.length === 0) return 'Run mqadmin without a word for the list of commands.';
  return `Did you mean ${near.join(' or ')}?`;
}

async function execute(
  command: Command,
  options: ParsedOptions,
  io: MqadminIo,
  report: Report,
  usage: string,
): Promise<void> {
  const admin = adminFor(nameServers(options.value('n') ?? io.env.NAMESRV_ADDR ?? ''), io);
  const admins = [admin];
  const context: CommandContext = {
    options,
    commands: COMMANDS,
    admin,
    async connect(namesrvAddresses, isOtherTls = false) {
      // Whose certificate it is does not matter here: the question is whether the server takes TLS.
      const tls = io.tls === undefined ? { rejectUnauthorized: false } : undefined;
      const another = adminFor(namesrvAddresses, isOtherTls ? { ...io, tls } : io);
      admins.push(another);
      await another.start();
      return another;
    },
    clock: io.platform.clock,
    disk: io.platform.disk,
    signal: io.signal ?? new AbortController().signal,
    out: (text) => report.text(text),
    print: (pattern, ...values) => report.text(format(pattern, ...values)),
    answer: (value) => report.data(value),
    fail: () => report.fail(),
    warn: (failure) => report.failure(failure),
    refuse: (text) => report.refusal(text),
    note: (sentence) => report.note(sentence),
    usage: () => report.wrongUse(undefined, usage),
  };
  try {
    await admin.start();
    await command.run(context);
  } catch (failure) {
    report.failure(failure, `${command.className} command failed: `);
  } finally {
    for (const each of admins) await each.stop();
  }
}

/** Addresses may begin with `http://`, as those of cloud instances do. Source: ClientConfig#getNamesrvAddr. */
function nameServers(list: string): string[] {
  return splitEndpoints(list).map((address) => address.replace(/^http:\/\/(.*\/)?/, ''));
}

function adminFor(namesrvAddresses: readonly string[], io: MqadminIo): Admin {
  const home = io.env.ROCKETMQ_HOME;
  const yaml = home === undefined ? undefined : io.platform.disk.readFile(`${home}/conf/tools.yml`);
  return createAdmin({
    platform: io.platform,
    namesrvAddresses,
    addressServer: io.addressServer,
    logger: io.logger ?? silentLogger,
    tls: io.tls,
    credentials: yaml === undefined ? undefined : readCredentials(yaml.toString('utf8')),
  });
}
