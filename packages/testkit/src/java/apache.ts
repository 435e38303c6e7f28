import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { javaClassPath } from './class-path.ts';
import { brokerPortOffsets, freePort } from './ports.ts';
import { type Program, type ProgramExit, startProgram } from './program.ts';
import { brokerIsRegistered } from './registration.ts';

/** Compiles less and starts sooner: for programs that live for seconds. The benchmark must not use these. */
export const shortLivedJavaOptions: readonly string[] = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

/** What every Java program here takes. */
interface JavaOptions {
  /**
   * Folder of this program alone: ROCKETMQ_HOME, `user.home` (logs go to `<home>/logs/rocketmqlogs`), working folder, console
   * log.
   */
  readonly home: string;
  /** Options of the virtual machine; default `shortLivedJavaOptions`. */
  readonly javaOptions?: readonly string[];
  /** Longest wait for the boot line, or for the end of a program that ends by itself; default 60 s. */
  readonly timeoutMs?: number;
}

/** A name server or broker of Apache's that has printed its boot line. */
export interface ApacheServer extends Program {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  readonly port: number;
}

/** What a Java program that ended by itself left behind. */
export interface JavaResult extends ProgramExit {
  /** Standard output and standard error, in the order in which they were written. */
  readonly output: string;
}

let started = 0;

async function startJava(
  mainClass: string,
  args: readonly string[],
  logging: string,
  options: JavaOptions,
): Promise<Program> {
  mkdirSync(join(options.home, 'conf'), { recursive: true });
  const name = mainClass.slice(mainClass.lastIndexOf('.') + 1);
  started++;
  return startProgram({
    command: 'java',
    args: [
      ...(options.javaOptions ?? shortLivedJavaOptions),
      `-Duser.home=${options.home}`,
      `-Drocketmq.home.dir=${options.home}`,
      // Named from inside the jars, as Apache's scripts name it in conf/. Without it each program takes the broker's
      // file and prints some 150 lines about its own logging.
      `-Drmq.logback.configurationFile=${logging}`,
      '-cp',
      await javaClassPath(),
      mainClass,
      ...args,
    ],
    workingDirectory: options.home,
    environment: { ROCKETMQ_HOME: options.home, HOME: options.home },
    logFile: join(options.home, `${name}-${started}.console.log`),
  });
}

function writeProperties(file: string, properties: Readonly<Record<string, string | number | boolean>>): void {
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(file, lines.join(''));
}

/** Apache's name server, listening on `port` or on a free one. Resolves after its boot line. */
export async function startApacheNamesrv(
  options: JavaOptions & {
    readonly port?: number;
    readonly properties?: Readonly<Record<string, string | number | boolean>>;
  },
): Promise<ApacheServer> {
  const port = options.port ?? (await freePort());
  mkdirSync(options.home, { recursive: true });
  const file = join(options.home, 'namesrv.properties');
  writeProperties(file, { listenPort: port, ...options.properties });
  const main = 'org.apache.rocketmq.namesrv.NamesrvStartup';
  const program = await startJava(main, ['-c', file], 'rmq.namesrv.logback.xml', options);
  return ready(program, /Name Server boot success/, port, options);
}

/**
 * Apache's controller: one node of its Raft group, alone, on `port` or on a free one; it looks for dead brokers and for groups
 * without a master each second. Resolves after its boot line; it is the leader a moment later.
 */
export async function startApacheController(
  options: JavaOptions & {
    readonly port?: number;
    readonly properties?: Readonly<Record<string, string | number | boolean>>;
  },
): Promise<ApacheServer> {
  const port = options.port ?? (await freePort());
  mkdirSync(options.home, { recursive: true });
  const file = join(options.home, 'controller.properties');
  writeProperties(file, {
    controllerDLegerGroup: 'group1',
    controllerDLegerPeers: `n0-127.0.0.1:${port}`,
    controllerDLegerSelfId: 'n0',
    controllerStorePath: join(options.home, 'controller'),
    mappedFileSize: 16 * 1024 * 1024,
    scanNotActiveBrokerInterval: 1000,
    scanInactiveMasterInterval: 1000,
    ...options.properties,
  });
  const main = 'org.apache.rocketmq.controller.ControllerStartup';
  const program = await startJava(main, ['-c', file], 'rmq.controller.logback.xml', options);
  return ready(program, /The Controller Server boot success/, port, options);
}

/**
 * Apache's broker, listening on `port` or on a free one (and on port − 2 and port + 1). Resolves after its boot line and when a
 * name server lists it: on a busy machine its first registration is lost now and then, and the next comes ten seconds later.
 * `awaitRegistration: false` leaves the second wait out. Store under `storeDirectory`, default `<home>/store`. It registers as
 * 127.0.0.1. `properties` are further lines of its properties file and win over these.
 */
export async function startApacheBroker(
  options: JavaOptions & {
    /** Address list of the name servers, `host:port;host:port`. */
    readonly namesrv: string;
    readonly port?: number;
    readonly storeDirectory?: string;
    readonly awaitRegistration?: boolean;
    readonly properties?: Readonly<Record<string, string | number | boolean>>;
  },
): Promise<ApacheServer> {
  const port = options.port ?? (await freePort(brokerPortOffsets));
  const store = options.storeDirectory ?? join(options.home, 'store');
  mkdirSync(options.home, { recursive: true });
  const file = join(options.home, 'broker.properties');
  writeProperties(file, {
    listenPort: port,
    brokerIP1: '127.0.0.1',
    brokerName: 'broker-a',
    storePathRootDir: store,
    storePathCommitLog: join(store, 'commitlog'),
    ...options.properties,
  });
  const main = 'org.apache.rocketmq.broker.BrokerStartup';
  const program = await startJava(main, ['-n', options.namesrv, '-c', file], 'rmq.broker.logback.xml', options);
  const server = await ready(program, /The broker\[.*boot success/, port, options);
  if (options.awaitRegistration === false) return server;
  try {
    await brokerIsRegistered(options.namesrv, server.address, options.timeoutMs ?? 60_000);
  } catch (error) {
    await server.kill();
    throw error;
  }
  return server;
}

/** Apache's container of brokers, without any at first, on `port` or on a free one. Resolves after its boot line. */
export async function startApacheContainer(
  options: JavaOptions & { readonly namesrv: string; readonly port?: number },
): Promise<ApacheServer> {
  const port = options.port ?? (await freePort());
  mkdirSync(options.home, { recursive: true });
  const file = join(options.home, 'container.properties');
  writeProperties(file, { listenPort: port, namesrvAddr: options.namesrv });
  const main = 'org.apache.rocketmq.container.BrokerContainerStartup';
  const program = await startJava(main, ['-c', file], 'rmq.broker.logback.xml', options);
  return ready(program, /The broker container boot success/, port, options);
}

async function ready(program: Program, bootLine: RegExp, port: number, options: JavaOptions): Promise<ApacheServer> {
  try {
    await program.waitForLine(bootLine, options.timeoutMs ?? 60_000);
  } catch (error) {
    await program.kill();
    throw error;
  }
  return { ...program, port, address: `127.0.0.1:${port}` };
}

/** Apache's own mqadmin, e.g. `['clusterList', '-n', '127.0.0.1:9876']`. Resolves when it has ended. */
export function runApacheMqadmin(args: readonly string[], options: JavaOptions): Promise<JavaResult> {
  return runToEnd('org.apache.rocketmq.tools.command.MQAdminStartup', args, 'rmq.tools.logback.xml', options);
}

/** Any main class of the class path: ours from compat/src/main/java or Apache's. Resolves when it has ended. */
export function runJava(mainClass: string, args: readonly string[], options: JavaOptions): Promise<JavaResult> {
  return runToEnd(mainClass, args, 'rmq.client.logback.xml', options);
}

/** As `runJava`, for a program that stays: the caller waits for a line of it and stops it. */
export function startJavaProgram(mainClass: string, args: readonly string[], options: JavaOptions): Promise<Program> {
  return startJava(mainClass, args, 'rmq.client.logback.xml', options);
}

async function runToEnd(
  mainClass: string,
  args: readonly string[],
  logging: string,
  options: JavaOptions,
): Promise<JavaResult> {
  const program = await startJava(mainClass, args, logging, options);
  return program.end(options.timeoutMs ?? 60_000);
}
