import { parseArgs } from 'node:util';
import { asError } from '@rocketmq-ts/kernel';
import type { ClusterOptions } from '../cluster/options.ts';
import { TestingError } from '../errors.ts';

export const USAGE = `Usage: rocketmq-testing up [options]

Starts a name server and brokers in this process, on free ports of 127.0.0.1, and runs until Ctrl-C.

  --brokers <n>             brokers, called broker-a, broker-b …     (1)
  --port <n>                port of the name server                  (a free one)
  --topic <name>[:<queues>] make this topic; may be repeated         (4 queues)
  --property <name>=<value> a line of every broker's file; may be repeated
  --virtual                 time stands still but for the command advance
  --folder                  messages in a temporary folder           (in memory)
  --json                    lines of JSON instead of text

The first line is NAMESRV_ADDR=<address>, or JSON with namesrvAddr, brokers and pid. Then commands are read from standard input,
one a line; each is answered by one line (help lists them).
`;

/** What a command line asks for. */
export type Plan =
  | { readonly command: 'help' }
  | { readonly command: 'up'; readonly isJson: boolean; readonly options: ClusterOptions };

const DEFAULT_QUEUES = 4;

/** Throws TestingError `BAD_COMMAND_LINE`. */
export function parseCommandLine(words: readonly string[]): Plan {
  const { values, positionals } = parsed(words);
  const [command = 'help', ...more] = positionals;
  if (values.help === true || command === 'help') return { command: 'help' };
  if (command !== 'up' || more.length > 0) throw bad(`There is no command ${positionals.join(' ')}: it is "up".`);
  return {
    command: 'up',
    isJson: values.json === true,
    options: {
      brokers: integer('brokers', values.brokers),
      namesrvPort: integer('port', values.port),
      topics: Object.fromEntries((values.topic ?? []).map(topicOf)),
      brokerProperties: Object.fromEntries((values.property ?? []).map(propertyOf)),
      clock: values.virtual === true ? 'virtual' : 'real',
      store: values.folder === true ? 'folder' : 'memory',
    },
  };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        brokers: { type: 'string' },
        port: { type: 'string' },
        topic: { type: 'string', multiple: true },
        property: { type: 'string', multiple: true },
        virtual: { type: 'boolean' },
        folder: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw bad(asError(error).message);
  }
}

function integer(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,5}$/.test(text)) throw bad(`--${name} ${text}: it takes a whole number.`);
  return Number(text);
}

function topicOf(text: string): [string, number] {
  const [, name, queues] = /^([^:]+)(?::(\d{1,4}))?$/.exec(text) ?? [];
  if (name === undefined) throw bad(`--topic ${text}: it takes a name, or name:queues.`);
  return [name, queues === undefined ? DEFAULT_QUEUES : Number(queues)];
}

function propertyOf(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw bad(`--property ${text}: it takes name=value.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function bad(text: string): TestingError {
  return new TestingError('BAD_COMMAND_LINE', text);
}
