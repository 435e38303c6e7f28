import { CodedError } from '@rocketmq-ts/client';
import { asError, nodePlatform, type Platform } from '@rocketmq-ts/kernel';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { requireDatabase } from '../database/database-options.ts';
import type { SavedFilter, SavedMessage, SavedState } from '../database/port.ts';
import { SenderError } from '../errors.ts';
import { type Outbox, openOutbox } from '../outbox.ts';

/** What the program touches of the process that it runs in. */
export interface MqsenderIo {
  /** Default: this machine. */
  readonly platform?: Platform | undefined;
  /** Used where `--database` is missing: keeps a password out of the list of processes. */
  readonly database: string | undefined;
  /** Resolves when the text is written; false when the reader has closed the pipe. */
  stdout(text: string): Promise<boolean>;
  stderr(text: string): void;
}

type Io = MqsenderIo & { readonly platform: Platform };

interface GivenOptions {
  readonly database?: string;
  readonly id?: number[];
  readonly topic?: string;
  readonly keys?: string;
  readonly state?: SavedState;
  readonly olderThan?: number;
  readonly limit?: number;
  readonly json?: boolean;
  readonly all?: boolean;
}

type Run = (outbox: Outbox, filter: SavedFilter, options: GivenOptions, io: Io) => Promise<void>;

const WRONG_USE = 2;
const DEFAULT_LIMIT = 100;

/** Runs one command line, without the program's name, and resolves to the exit code: 0 done, 2 wrong use or a database that fails. Never rejects. */
export async function runMqsender(argv: readonly string[], io: MqsenderIo): Promise<number> {
  let printed = Promise.resolve(true);
  const program = new Command('mqsender')
    .description('Messages that a MqMessageSender saved in a database and has not sent yet.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        printed = io.stdout(text);
      },
      writeErr: () => {},
    });
  addCommands(program, { ...io, platform: io.platform ?? nodePlatform });
  try {
    await program.parseAsync(argv.length === 0 ? ['help'] : [...argv], { from: 'user' });
    return 0;
  } catch (thrown) {
    await printed;
    // Help ends a command line in the same manner as an error, with the exit code 0.
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
    io.stderr(`mqsender: ${sentenceOf(thrown)}\n`);
    return WRONG_USE;
  }
}

function addCommands(program: Command, io: Io): void {
  const add = (name: string, description: string, run: Run): Command =>
    addFilter(
      program
        .command(name)
        .description(description)
        .exitOverride()
        .allowExcessArguments(false)
        .copyInheritedSettings(program),
    ).action((options: GivenOptions) => withOutbox(options, io, (outbox, filter) => run(outbox, filter, options, io)));
  add('list', 'lists saved messages, the oldest first', list)
    .addOption(new Option('--limit <n>', 'at most so many').argParser(wholeNumber).default(DEFAULT_LIMIT))
    .option('--json', 'one JSON object a line');
  add(
    'retry',
    'makes messages due now, also those that were refused for good',
    async (outbox, filter, _options, { stdout }) => {
      await stdout(`${await outbox.retry(filter)} messages are due now\n`);
    },
  );
  add(
    'purge',
    'removes messages for ever, but for those that are being sent',
    async (outbox, filter, options, { stdout }) => {
      const chosen = Object.values(filter).some((value) => value !== undefined);
      if (!chosen && options.all !== true) {
        throw new SenderError(
          'BAD_COMMAND_LINE',
          'purge without a choice would remove everything; give --all for that.',
        );
      }
      await stdout(`${await outbox.purge(filter)} messages were removed\n`);
    },
  ).option('--all', 'everything');
  add(
    'export',
    'writes messages with their bodies (base64), one JSON object a line',
    async (outbox, filter, _options, { stdout }) => {
      for await (const { body, ...message } of outbox.export(filter)) {
        if (!(await stdout(`${JSON.stringify({ ...message, body: body.toString('base64') })}\n`))) return;
      }
    },
  );
  program
    .command('stats')
    .description('counts saved messages')
    .exitOverride()
    .copyInheritedSettings(program)
    .addOption(databaseOption())
    .option('--json', 'as JSON')
    .action((options: GivenOptions) => withOutbox(options, io, (outbox) => stats(outbox, options, io)));
}

function databaseOption(): Option {
  return new Option(
    '--database <address>',
    'sqlite:<file>, postgres://… or mysql://… (or the variable MQSENDER_DATABASE)',
  );
}

function addFilter(command: Command): Command {
  return command
    .addOption(databaseOption())
    .addOption(
      new Option('--id <id>', 'this message; may be given several times').argParser((text, before?: number[]) => [
        ...(before ?? []),
        wholeNumber(text),
      ]),
    )
    .option('--topic <topic>', 'messages to this topic')
    .option('--keys <keys>', 'messages with these keys')
    .addOption(new Option('--state <state>', 'messages in this state').choices(['WAITING', 'SENDING', 'FAILED']))
    .addOption(new Option('--older-than <seconds>', 'messages saved so long ago').argParser(wholeNumber));
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It is no whole number.');
  return Number(text);
}

async function withOutbox(
  options: GivenOptions,
  io: Io,
  work: (outbox: Outbox, filter: SavedFilter) => Promise<void>,
): Promise<void> {
  const { platform } = io;
  const address = options.database ?? io.database;
  if (address === undefined) throw new SenderError('BAD_COMMAND_LINE', 'The option --database is missing.');
  const database = requireDatabase(address);
  // A wrong name would make an empty database.
  if (database.kind === 'sqlite' && platform.disk.stat(database.file) === undefined) {
    throw new SenderError('BAD_COMMAND_LINE', `There is no file ${database.file}.`);
  }
  await using outbox = await openOutbox(database, { platform });
  const { id: outboxIds, topic, keys, state, olderThan } = options;
  const savedBeforeMs = olderThan === undefined ? undefined : platform.clock.now() - olderThan * 1000;
  await work(outbox, { outboxIds, topic, keys, state, savedBeforeMs });
}

async function list(outbox: Outbox, filter: SavedFilter, { limit, json }: GivenOptions, io: Io): Promise<void> {
  for (const message of await outbox.list(filter, { limit: limit ?? DEFAULT_LIMIT })) {
    const line = json === true ? JSON.stringify(message) : lineOf(message, io.platform.clock.now());
    if (!(await io.stdout(`${line}\n`))) return;
  }
}

function lineOf(message: SavedMessage, nowMs: number): string {
  const { outboxId, state, topic, tags = '-', keys = '-', bodyBytes, attempts, savedAtMs, lastError } = message;
  const age = `${Math.max(0, Math.round((nowMs - savedAtMs) / 1000))} s old`;
  const error = lastError === undefined ? '' : `, last error: ${lastError}`;
  return `${outboxId} ${state} ${topic} ${tags} ${keys} ${bodyBytes} bytes, ${age}, ${attempts} attempts${error}`;
}

async function stats(outbox: Outbox, { json }: GivenOptions, io: Io): Promise<void> {
  const counts = await outbox.stats();
  const { waiting, sending, failed, bytes, oldestMs } = counts;
  const oldest =
    oldestMs === undefined ? '' : `, the oldest ${Math.round((io.platform.clock.now() - oldestMs) / 1000)} s old`;
  const text = `${waiting} waiting, ${sending} being sent, ${failed} failed; ${bytes} bytes${oldest}`;
  await io.stdout(`${json === true ? JSON.stringify(counts) : text}\n`);
}

/** One line; unexpected errors keep their stack. */
function sentenceOf(thrown: unknown): string {
  const error = asError(thrown);
  const isUse = error instanceof CommanderError;
  const text = isUse || error instanceof CodedError ? error.message : (error.stack ?? error.message);
  return `${text.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')}${isUse ? "; see 'mqsender help'" : ''}`;
}
