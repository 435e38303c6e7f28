import { asError, CodedError } from '@rocketmq-ts/kernel';
import type { Cluster } from '../cluster/cluster.ts';
import { startCluster } from '../cluster/start-cluster.ts';
import { type Plan, parseCommandLine, USAGE } from './arguments.ts';
import { type Reply, runLine } from './commands.ts';

/** What the command has of its process. */
export interface CliProcess {
  readonly processId: number;
  /** Lines of standard input; they may end while the cluster runs. */
  readonly lines: AsyncIterable<string>;
  /** Resolves when the command is to end: Ctrl-C. */
  readonly interrupted: Promise<void>;
  out(text: string): void;
  error(text: string): void;
}

/** `rocketmq-testing`; resolves with the exit code: 2 for a wrong command line, 1 when the cluster does not start. */
export async function runCli(words: readonly string[], process: CliProcess): Promise<number> {
  let plan: Plan;
  try {
    plan = parseCommandLine(words);
  } catch (error) {
    process.error(`${asError(error).message}\n\n${USAGE}`);
    return 2;
  }
  if (plan.command === 'help') {
    process.out(USAGE);
    return 0;
  }
  let cluster: Cluster;
  try {
    cluster = await startCluster(plan.options);
  } catch (error) {
    process.error(`${reason(error)}\n`);
    return 1;
  }
  process.out(plan.isJson ? jsonHead(cluster, process.processId) : textHead(cluster));
  const answering = answerLines(cluster, plan.isJson, process);
  await process.interrupted;
  await cluster.stop();
  await answering.stop();
  return 0;
}

function textHead(cluster: Cluster): string {
  const brokers = cluster.brokers.map(({ name, address }) => `${name} ${address}`).join(', ');
  return `NAMESRV_ADDR=${cluster.namesrvAddr}\nBrokers: ${brokers}. Ctrl-C stops it; commands on standard input, see help.\n`;
}

function jsonHead({ namesrvAddr, brokers }: Cluster, pid: number): string {
  const list = brokers.map(({ name, address }) => ({ name, address }));
  return `${JSON.stringify({ namesrvAddr, brokers: list, pid })}\n`;
}

/** Answers each line of standard input, one after the other. */
function answerLines(cluster: Cluster, isJson: boolean, process: CliProcess): { stop(): Promise<void> } {
  const iterator = process.lines[Symbol.asyncIterator]();
  const answering = (async () => {
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
      if (next.value.trim() !== '') process.out(await answer(cluster, next.value, isJson));
    }
  })();
  // Input that can't be read any more is like input that has ended.
  answering.catch(() => {});
  return { stop: async () => void iterator.return?.() };
}

async function answer(cluster: Cluster, line: string, isJson: boolean): Promise<string> {
  try {
    const reply = await runLine(cluster, line);
    return isJson ? `${JSON.stringify({ ok: true, ...reply })}\n` : asText(reply);
  } catch (error) {
    return isJson ? `${JSON.stringify({ ok: false, error: reason(error) })}\n` : `error: ${reason(error)}\n`;
  }
}

function asText(reply: Reply): string {
  const { messages, commands } = reply as { messages?: readonly { body: string }[]; commands?: readonly string[] };
  if (commands !== undefined) return `ok\n${commands.map((each) => `  ${each}\n`).join('')}`;
  if (messages === undefined) return 'ok\n';
  return `ok ${messages.length}\n${messages.map((message) => `  ${JSON.stringify(message)}\n`).join('')}`;
}

function reason(thrown: unknown): string {
  const error = asError(thrown);
  return error instanceof CodedError ? `${error.code}: ${error.message}` : error.message;
}
