import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runJava, startProgram } from '@rocketmq-ts/testkit/java';
import { generate } from '../generator.ts';
import { type Figures, type Load, topic, withServers } from '../load.ts';
import type { Options, Target } from '../options.ts';

/** What a client program reports. */
interface ClientMeasured {
  readonly count: number;
  readonly failed: number;
  readonly seconds: number;
  readonly cpuMicros: number;
  readonly rssKb: number;
  readonly peakKb: number;
}

type Arguments = Readonly<Record<string, string | number>>;

const IN_FLIGHT = 512;
const BODY_BYTES = 1024;
const BACKLOG_TOPIC = 'backlog';
const LIMIT_MS = 240_000;

/** Our client beside Apache's Java client, one after the other against the same broker of ours, each in a process of its own. */
export const clients: Load = {
  name: 'clients',
  title: 'Clients: ours and Apache’s Java client against the same broker of ours, messages of 1 KB, 8 queues',
  run: (client, folder, options) =>
    withServers('ours', { folder, flushDiskType: 'ASYNC_FLUSH', warmUpMessages: 0 }, async ({ namesrv, broker }) => {
      const backlog = options.memoryMessages;
      await generate('topic', { broker, topic: BACKLOG_TOPIC, queues: 8 });
      await generate('send', { broker, topic: BACKLOG_TOPIC, count: backlog });
      const run = (mode: string, given: Arguments): Promise<ClientMeasured> =>
        runClient(client, join(folder, `client-${mode}`), { mode, namesrv, group: `bench-${mode}`, ...given });
      return {
        ...figuresOf('receive', await run('receive', receiveArguments(backlog))),
        ...figuresOf('slow', await run('slow', { topic: BACKLOG_TOPIC, seconds: options.measureSeconds })),
        // Last, as it leaves many messages in the store.
        ...figuresOf('send', await run('send', sendArguments(options))),
      };
    }),
};

function receiveArguments(backlog: number): Arguments {
  return { topic: BACKLOG_TOPIC, count: backlog, warmUpCount: Math.floor(backlog / 4) };
}

function sendArguments({ warmUpSeconds, measureSeconds }: Options): Arguments {
  return { topic, warmUpSeconds, seconds: measureSeconds, inFlight: IN_FLIGHT, bodyBytes: BODY_BYTES };
}

function figuresOf(mode: string, { count, failed, seconds, cpuMicros, rssKb, peakKb }: ClientMeasured): Figures {
  if (count === 0) throw new Error(`the ${mode} program handled nothing`);
  return {
    [`${mode}PerSecond`]: count / seconds,
    [`${mode}Cpu`]: cpuMicros / count,
    [`${mode}Failed`]: failed,
    [`${mode}Rss`]: rssKb / 1024,
    [`${mode}Peak`]: peakKb / 1024,
  };
}

/** Runs the program of one of the clients to its end and reads what it prints. */
async function runClient(client: Target, home: string, given: Arguments): Promise<ClientMeasured> {
  const args = Object.entries(given).map(([name, value]) => `${name}=${value}`);
  mkdirSync(home, { recursive: true });
  const output = client === 'apache' ? await runApacheClient(home, args) : await runOurClient(home, args);
  const line = output.split('\n').find((each) => each.startsWith('{"count"'));
  if (line === undefined) throw new Error(`the client printed no result:\n${output}`);
  return JSON.parse(line) as ClientMeasured;
}

/** Options of the virtual machine as they come; the heap grows to what its load needs. */
async function runApacheClient(home: string, args: readonly string[]): Promise<string> {
  const options = { home, javaOptions: ['-Xmx512m'], timeoutMs: LIMIT_MS };
  return (await runJava('compat.ClientBenchProgram', args, options)).output;
}

/** Node.js as it comes, without the bounds on memory that our servers have. */
async function runOurClient(home: string, args: readonly string[]): Promise<string> {
  const program = await startProgram({
    command: process.execPath,
    args: [
      '--disable-warning=ExperimentalWarning',
      fileURLToPath(new URL('./our-client.ts', import.meta.url)),
      ...args,
    ],
    workingDirectory: home,
    environment: {},
    logFile: join(home, 'our-client.console.log'),
  });
  return (await program.end(LIMIT_MS)).output;
}
