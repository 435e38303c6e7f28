import { asError, CodedError, type Platform, systemErrorCode } from '@rocketmq-ts/kernel';
import type { ViewOptions } from '@rocketmq-ts/store';
import type { CommandEntry } from './command.ts';
import { dumpCommand } from './dump.ts';
import { MqstoreError } from './errors.ts';
import { commandHelp, overview } from './help.ts';
import { inspectCommand } from './inspect.ts';
import { COMMON_OPTIONS, type GivenOptions, parseLine } from './options.ts';
import { Progress } from './progress.ts';
import { transactionsCommand } from './transactions.ts';
import { verifyCommand } from './verify.ts';

/** What the program touches of the process that it runs in. */
export interface MqstoreIo {
  readonly platform: Pick<Platform, 'disk' | 'clock'>;
  /** Resolves when the text is written; false when the reader has closed the pipe. */
  stdout(text: string): Promise<boolean>;
  stderr(text: string): void;
  /** True when standard error is a terminal: then progress is drawn there. */
  readonly terminal: boolean;
}

const COMMANDS: readonly CommandEntry[] = [inspectCommand, verifyCommand, dumpCommand, transactionsCommand];

/** The help texts of all commands, for the page in docs/. */
export function mqstoreHelp(): string[] {
  return COMMANDS.map(commandHelp);
}

const WRONG_USE = 2;

/**
 * Runs one command line, without the program's name, and resolves to the exit code: 0 fine, 1 damage was found, 2 wrong
 * use or a folder that can't be read. Never rejects.
 */
export async function runMqstore(argv: readonly string[], io: MqstoreIo): Promise<number> {
  const [name, ...line] = argv;
  if (name === undefined || ['help', '-h', '--help'].includes(name)) return help(line[0], io);
  const entry = COMMANDS.find((each) => each.name === name);
  if (entry === undefined) {
    io.stderr(`mqstore: there is no command ${name}; see 'mqstore help'\n`);
    return WRONG_USE;
  }
  if (line.includes('-h') || line.includes('--help')) return help(name, io);
  try {
    return await execute(entry, line, io);
  } catch (error) {
    io.stderr(`mqstore: ${sentenceOf(error)}${error instanceof MqstoreError ? `; see 'mqstore help ${name}'` : ''}\n`);
    return WRONG_USE;
  }
}

async function help(command: string | undefined, io: MqstoreIo): Promise<number> {
  const entry = COMMANDS.find(({ name }) => name === command);
  if (command !== undefined && entry === undefined) {
    io.stderr(`mqstore: there is no command ${command}; see 'mqstore help'\n`);
    return WRONG_USE;
  }
  await io.stdout(entry === undefined ? overview(COMMANDS) : commandHelp(entry));
  return 0;
}

async function execute(entry: CommandEntry, line: readonly string[], io: MqstoreIo): Promise<number> {
  const { words, options } = parseLine({ ...entry.options, ...COMMON_OPTIONS }, line);
  const [folder, ...more] = words;
  if (folder === undefined) throw new MqstoreError('BAD_COMMAND_LINE', 'the store folder is missing');
  if (more.length > 0) throw new MqstoreError('BAD_COMMAND_LINE', `one folder is expected, and ${more[0]} is too much`);
  const { disk, clock } = io.platform;
  const progress = new Progress(clock, io.terminal ? io.stderr : undefined);
  try {
    return await entry.run({
      folder,
      options,
      view: viewOptions(disk, folder, options),
      disk,
      clock,
      progress,
      out(text) {
        progress.clear();
        return io.stdout(text);
      },
      note(sentence) {
        progress.clear();
        io.stderr(`mqstore: ${sentence}\n`);
      },
    });
  } finally {
    progress.clear();
  }
}

function viewOptions(disk: ViewOptions['disk'], folder: string, options: GivenOptions): ViewOptions {
  return {
    disk,
    root: folder.length > 1 ? folder.replace(/\/+$/, '') : folder,
    commitLogDirectories: options.text('commitlog')?.split(','),
    commitLogFileBytes: options.number('commitlog-file-size'),
    consumeQueueFileBytes: options.number('consumequeue-file-size'),
    indexSlots: options.number('index-slots'),
  };
}

/** One line; unexpected errors keep their stack. */
function sentenceOf(thrown: unknown): string {
  const error = asError(thrown);
  const code = systemErrorCode(error);
  if (code !== undefined && /^E[A-Z0-9]+$/.test(code)) {
    const { path } = error as { path?: unknown };
    const what = typeof path === 'string' ? path : 'a file of the store';
    const reason = code === 'EACCES' || code === 'EPERM' ? ': this user has no permission' : ` (${code})`;
    return `${what} can't be read${reason}`;
  }
  return error instanceof CodedError ? error.message : (error.stack ?? error.message);
}
