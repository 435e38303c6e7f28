import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brokerPortOffsets, freePort } from './java/ports.ts';
import { type Program, type ProgramExit, startProgram } from './java/program.ts';

const repository: string = fileURLToPath(new URL('../../..', import.meta.url));

/** What each of our own commands takes here. */
interface OurOptions {
  /** Folder of this program alone: `HOME` (logs go below it), working folder, properties file, captured output. */
  readonly home: string;
  /** Lines of its properties file; they win over what is set here. */
  readonly properties?: Readonly<Record<string, string | number | boolean>>;
  readonly port?: number;
  /** Added to its environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Longest wait for the boot line; default 20 s. */
  readonly timeoutMs?: number;
}

/** One of our servers, started as users start it, that has printed its boot line. */
export interface OurServer extends Program {
  readonly port: number;
  /** `127.0.0.1:<port>` */
  readonly address: string;
}

/** What a command of ours that ended by itself left behind. */
interface CommandResult extends ProgramExit {
  /** Standard output and standard error, in the order in which they were written. */
  readonly output: string;
}

let started = 0;

/** `sh bin/<command> …args`; the shell replaces itself, so the process id is that of our program. */
export function startOurCommand(
  command: string,
  args: readonly string[],
  home: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Program> {
  mkdirSync(home, { recursive: true });
  started++;
  return startProgram({
    command: 'env',
    // What the machine's user has set must not reach a test.
    args: ['-u', 'NAMESRV_ADDR', '-u', 'ROCKETMQ_HOME', 'sh', join(repository, 'bin', command), ...args],
    workingDirectory: home,
    environment: { HOME: home, ...environment },
    logFile: join(home, `${command}-${started}.console.log`),
  });
}

/** Our name server by `sh bin/mqnamesrv`, on `port` or a free one. Resolves after its boot line. */
export async function startOurNamesrv(options: OurOptions): Promise<OurServer> {
  const port = options.port ?? (await freePort());
  const file = writeProperties(options.home, 'namesrv.conf', { listenPort: port, ...options.properties });
  const program = await startOurCommand('mqnamesrv', ['-c', file], options.home, options.environment);
  return ready(program, port, options);
}

/** Our controller by `sh bin/mqcontroller`, alone in its set unless `properties` name peers. Resolves after its boot line. */
export async function startOurController(options: OurOptions & { readonly etcdEndpoints: string }): Promise<OurServer> {
  const port = options.port ?? (await freePort());
  const file = writeProperties(options.home, 'controller.conf', {
    controllerDLegerGroup: 'group1',
    controllerDLegerPeers: `n0-127.0.0.1:${port}`,
    controllerDLegerSelfId: 'n0',
    etcdEndpoints: options.etcdEndpoints,
    ...options.properties,
  });
  const program = await startOurCommand('mqcontroller', ['-c', file], options.home, options.environment);
  return ready(program, port, options);
}

/**
 * Our broker by `sh bin/mqbroker`, on `port` or a free one (port − 2 and port + 1 are free too), store under
 * `storeDirectory` or `<home>/store`, registered as 127.0.0.1. Resolves after its boot line.
 */
export async function startOurBroker(
  options: OurOptions & { readonly namesrv: string; readonly storeDirectory?: string },
): Promise<OurServer> {
  const port = options.port ?? (await freePort(brokerPortOffsets));
  const store = options.storeDirectory ?? join(options.home, 'store');
  const file = writeProperties(options.home, 'broker.conf', {
    listenPort: port,
    brokerIP1: '127.0.0.1',
    brokerName: 'broker-a',
    storePathRootDir: store,
    ...options.properties,
  });
  const args = ['-n', options.namesrv, '-c', file];
  return ready(await startOurCommand('mqbroker', args, options.home, options.environment), port, options);
}

/** A command of ours that ends by itself, such as `mqadmin`. Rejects when it has not ended after `timeoutMs`. */
export async function runOurCommand(
  command: string,
  args: readonly string[],
  options: { readonly home: string; readonly timeoutMs?: number },
): Promise<CommandResult> {
  const program = await startOurCommand(command, args, options.home);
  return program.end(options.timeoutMs ?? 20_000);
}

function writeProperties(
  home: string,
  name: string,
  properties: Readonly<Record<string, string | number | boolean>>,
): string {
  mkdirSync(home, { recursive: true });
  const file = join(home, name);
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(file, lines.join(''));
  return file;
}

async function ready(program: Program, port: number, options: OurOptions): Promise<OurServer> {
  try {
    await program.waitForLine(/boot success/, options.timeoutMs ?? 20_000);
  } catch (error) {
    await program.kill();
    throw error;
  }
  return { ...program, port, address: `127.0.0.1:${port}` };
}
