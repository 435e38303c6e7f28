import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  brokerIsRegistered,
  brokerPortOffsets,
  freePort,
  javaClassPath,
  type Program,
  startApacheBroker,
  startApacheNamesrv,
  startProgram,
} from '@rocketmq-ts/testkit/java';
import type { Target } from './options.ts';

/** A name server and a broker as processes of their own, started one after the other as an operator would. */
export interface Servers {
  readonly namesrv: string;
  readonly broker: string;
  readonly namesrvProgram: Program;
  readonly brokerProgram: Program;
  /** SIGKILL for both, and waits until they have ended. */
  kill(): Promise<void>;
}

/** A slave, a process of its own. */
export interface Slave {
  readonly address: string;
  readonly port: number;
  readonly program: Program;
}

/** What a load may choose about the servers it wants. */
export interface ServerOptions {
  /** Folder of this start alone: homes, logs and stores. */
  readonly folder: string;
  readonly flushDiskType: 'ASYNC_FLUSH' | 'SYNC_FLUSH';
  /** Further properties of the broker, the same for both. */
  readonly properties?: Readonly<Record<string, string>>;
  readonly namesrvPort?: number;
  readonly brokerPort?: number;
  /** Whether to wait until the name server lists the broker; false where the start itself is measured. */
  readonly awaitRegistration: boolean;
}

/** Apache's broker as the comparison is defined: 512 MB of heap, G1, everything else as it comes. */
export const apacheJavaOptions: readonly string[] = ['-Xms512m', '-Xmx512m', '-XX:+UseG1GC'];

// A limit, not an expectation: on a busy machine a virtual machine takes a minute and more.
export const startLimitMs = 180_000;

/** The folder of our commands. */
export const bin = fileURLToPath(new URL('../../bin', import.meta.url));

/** Ports for a name server and a broker that are free just now. */
export async function freePorts(): Promise<{ namesrvPort: number; brokerPort: number }> {
  return { namesrvPort: await freePort(), brokerPort: await freePort(brokerPortOffsets) };
}

/** Builds what must be built before the first start, so that no start pays for it. */
export async function prepare(target: Target): Promise<void> {
  if (target === 'apache') await javaClassPath();
  // What `npm ci` leaves behind: compiled code of the sources as they are now.
  else spawnSync('sh', [join(bin, 'node-run'), join(bin, '../scripts/warm-up.ts')], { stdio: 'inherit' });
}

/** Starts both servers of a target on an empty store. */
export async function startServers(target: Target, options: ServerOptions): Promise<Servers> {
  const ports = await freePorts();
  const chosen = { ...ports, ...options };
  return target === 'apache' ? startApache(chosen) : startOurs(chosen);
}

type Chosen = ServerOptions & { readonly namesrvPort: number; readonly brokerPort: number };

async function startApache(options: Chosen): Promise<Servers> {
  const { folder, namesrvPort, brokerPort, flushDiskType, awaitRegistration } = options;
  const java = { javaOptions: apacheJavaOptions, timeoutMs: startLimitMs };
  const namesrv = await startNamesrvOf('apache', join(folder, 'namesrv'), namesrvPort);
  try {
    const home = join(folder, 'broker');
    const broker = await startApacheBroker({
      home,
      port: brokerPort,
      namesrv: `127.0.0.1:${namesrvPort}`,
      ...java,
      properties: { flushDiskType, ...options.properties },
      awaitRegistration,
    });
    return together(`127.0.0.1:${namesrvPort}`, broker.address, namesrv, broker);
  } catch (error) {
    await namesrv.kill();
    throw error;
  }
}

async function startOurs(options: Chosen): Promise<Servers> {
  const { folder, namesrvPort, brokerPort, awaitRegistration } = options;
  const namesrvAddress = `127.0.0.1:${namesrvPort}`;
  const brokerAddress = `127.0.0.1:${brokerPort}`;
  const namesrv = await startNamesrvOf('ours', folder, namesrvPort);
  const programs = [namesrv];
  try {
    const broker = await startOurBroker(folder, namesrvAddress, brokerPort, options);
    programs.push(broker);
    if (awaitRegistration) await brokerIsRegistered(namesrvAddress, brokerAddress, startLimitMs);
    return together(namesrvAddress, brokerAddress, namesrv, broker);
  } catch (error) {
    await Promise.all(programs.map((program) => program.kill()));
    throw error;
  }
}

async function startOurBroker(
  folder: string,
  namesrv: string,
  port: number,
  { flushDiskType, properties }: Pick<ServerOptions, 'flushDiskType' | 'properties'>,
): Promise<Program> {
  const store = join(folder, 'store');
  const lines = {
    ...{ listenPort: port, brokerIP1: '127.0.0.1', brokerName: 'broker-a', flushDiskType },
    ...{ storePathRootDir: store, storePathCommitLog: join(store, 'commitlog'), ...properties },
  };
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'broker.properties');
  writeFileSync(
    file,
    Object.entries(lines)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const broker = await startOurCommand(folder, 'mqbroker', ['-n', namesrv, '-c', file]);
  try {
    await broker.waitForLine(/The broker\[.*boot success/, startLimitMs);
  } catch (error) {
    await broker.kill();
    throw error;
  }
  return broker;
}

/** A slave of the broker of these servers, or the same again on the store that it left. */
export async function startSlave(
  target: Target,
  { namesrv }: Servers,
  options: Pick<ServerOptions, 'folder' | 'properties'> & { readonly port?: number },
): Promise<Slave> {
  const { folder, port = await freePort(brokerPortOffsets) } = options;
  const properties = { brokerRole: 'SLAVE', brokerId: '1', slaveReadEnable: 'true', ...options.properties };
  const program = await startBrokerOf(target, folder, namesrv, port, { flushDiskType: 'ASYNC_FLUSH', properties });
  return { address: `127.0.0.1:${port}`, port, program };
}

/** A name server that has printed its boot line. */
export async function startNamesrvOf(target: Target, folder: string, port: number): Promise<Program> {
  if (target === 'apache')
    return startApacheNamesrv({ home: folder, port, javaOptions: apacheJavaOptions, timeoutMs: startLimitMs });
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'namesrv.properties');
  writeFileSync(file, `listenPort=${port}\n`);
  const namesrv = await startOurCommand(folder, 'mqnamesrv', ['-c', file]);
  try {
    await namesrv.waitForLine(/Name Server boot success/, startLimitMs);
  } catch (error) {
    await namesrv.kill();
    throw error;
  }
  return namesrv;
}

/** A broker that has printed its boot line, whether a name server knows it or not. */
export function startBrokerOf(
  target: Target,
  folder: string,
  namesrv: string,
  port: number,
  options: Pick<ServerOptions, 'flushDiskType' | 'properties'>,
): Promise<Program> {
  if (target === 'ours') return startOurBroker(folder, namesrv, port, options);
  const java = { javaOptions: apacheJavaOptions, timeoutMs: startLimitMs, awaitRegistration: false };
  const { flushDiskType, properties } = options;
  return startApacheBroker({ home: folder, port, namesrv, ...java, properties: { flushDiskType, ...properties } });
}

/** One of our commands, in a home of its own. */
export function startOurCommand(folder: string, command: string, args: readonly string[]): Promise<Program> {
  const home = join(folder, command);
  mkdirSync(home, { recursive: true });
  return startProgram({
    command: 'sh',
    args: [join(bin, command), ...args],
    workingDirectory: home,
    environment: { HOME: home, ROCKETMQ_HOME: home },
    logFile: join(home, 'console.log'),
  });
}

/** Ours only: what `npm start` runs, name server and broker in one process. Does not wait for it to be ready. */
export function startOneProcess(folder: string, ports: { namesrvPort: number; brokerPort: number }): Promise<Program> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'broker.properties');
  writeFileSync(file, `listenPort=${ports.brokerPort}\nbrokerIP1=127.0.0.1\n`);
  return startOurCommand(folder, 'mqstart', [
    '-np',
    String(ports.namesrvPort),
    '-c',
    file,
    '-d',
    join(folder, 'data'),
    '-dp',
    '0',
  ]);
}

function together(namesrv: string, broker: string, namesrvProgram: Program, brokerProgram: Program): Servers {
  return {
    namesrv,
    broker,
    namesrvProgram,
    brokerProgram,
    async kill() {
      await Promise.all([brokerProgram.kill(), namesrvProgram.kill()]);
    },
  };
}
