import { join } from 'node:path';
import { type Program, runJava, shortLivedJavaOptions, startJavaProgram } from '@rocketmq-ts/testkit/java';
import type { Cluster } from './cluster.ts';
import { type Acceptance, acceptancesOf, type Delivery, deliveriesOf } from './deliveries.ts';

/** Arguments of a program under compat/src/main/java, which lists and explains them. */
export type JavaArguments = Readonly<Record<string, string | number>>;

interface JavaClientOptions {
  /** Header codec of everything the program sends. Default JSON. */
  readonly codec?: 'ROCKETMQ';
  /** For a program that ends by itself. Default 60 s. */
  readonly timeoutMs?: number;
}

let homes = 0;

function start(cluster: Cluster, program: string, args: JavaArguments, options: JavaClientOptions) {
  const words = Object.entries({ namesrv: cluster.namesrv, ...args }).map(([name, value]) => `${name}=${value}`);
  const javaOptions = [
    ...shortLivedJavaOptions,
    // Its rebalance looks for new routes, such as that of a retry topic, every 20 s otherwise.
    '-Drocketmq.client.rebalance.waitInterval=1000',
    ...(options.codec === undefined ? [] : [`-Drocketmq.serialize.type=${options.codec}`]),
  ];
  // A home of its own: broadcasting consumers keep their offsets there.
  const { timeoutMs } = options;
  return [
    `compat.${program}`,
    words,
    { home: join(cluster.home, `java-${++homes}`), javaOptions, ...(timeoutMs === undefined ? {} : { timeoutMs }) },
  ] as const;
}

/** Sends with Apache's producer; every message must be accepted. One-way messages leave no acceptance. */
export async function javaProduce(
  cluster: Cluster,
  args: JavaArguments,
  options: JavaClientOptions = {},
): Promise<Acceptance[]> {
  return acceptancesOf(await javaRun(cluster, 'ProducerProgram', args, options));
}

/** Receives with Apache's push consumer until `count` messages were accepted. */
export async function javaConsume(
  cluster: Cluster,
  args: JavaArguments & { readonly count: number },
  options: JavaClientOptions = {},
): Promise<Delivery[]> {
  return deliveriesOf(await javaRun(cluster, 'PushConsumerProgram', args, options));
}

/** Receives with Apache's pull consumers until `count` messages came. Returns what was printed, QUEUE lines too. */
export function javaPull(cluster: Cluster, args: JavaArguments): Promise<string> {
  return javaRun(cluster, 'PullConsumerProgram', args);
}

/** Apache's push consumer that stays until it is stopped; resolves once it has started. */
export function javaConsumerStaying(cluster: Cluster, args: JavaArguments): Promise<Program> {
  return javaStaying(cluster, 'PushConsumerProgram', { ...args, count: 0 });
}

/** Any program under compat/src/main/java that ends by itself, and what it printed; its code must be 0. */
export async function javaRun(
  cluster: Cluster,
  program: string,
  args: JavaArguments,
  options: JavaClientOptions = {},
): Promise<string> {
  const { code, output } = await runJava(...start(cluster, program, args, options));
  if (code !== 0) throw new Error(`a Java program ended with ${code}:\n${output.slice(-3000)}`);
  return output;
}

/** Any program under compat/src/main/java that stays until it is stopped; resolves once it has printed this line. */
export async function javaStaying(
  cluster: Cluster,
  program: string,
  args: JavaArguments,
  line = /^READY/,
): Promise<Program> {
  const staying = await startJavaProgram(...start(cluster, program, args, {}));
  await staying.waitForLine(line, 60_000);
  return staying;
}

/** Apache's transactional producer that stays to answer checks; resolves once it has sent all of its half messages. */
export function javaTransactions(cluster: Cluster, args: JavaArguments): Promise<Program> {
  return javaStaying(cluster, 'TransactionProgram', { ...args, stay: 'yes' }, /^DONE/);
}
