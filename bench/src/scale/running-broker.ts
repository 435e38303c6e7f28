import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Program, startProgram } from '@rocketmq-ts/testkit/java';
import { cpuMillis, memoryOf } from '../process-usage.ts';
import { freePorts } from '../servers.ts';

const bin = fileURLToPath(new URL('../../../bin', import.meta.url));
const watch = fileURLToPath(new URL('loop-watch.ts', import.meta.url));
const START_LIMIT_MS = 180_000;
/** The first periodic registration is 10 s after the start: what it leaves behind belongs to an idle broker. */
const SETTLE_MS = 12_000;

/** A broker of ours as a process of its own, beside a name server, on a store that is there already. */
export interface RunningBroker {
  readonly address: string;
  readonly pid: number;
  /** From the call of the command to its line that says it serves, and the CPU time that took. */
  readonly startMillis: number;
  readonly startCpuMillis: number;
  /** MB of RssAnon, once what follows a start is over. */
  idleMegabytes(): Promise<number>;
  megabytes(): number;
  /** Longest turn of the event loop since the last call, ms. */
  longestTurn(): Promise<number>;
  cpuMillis(): number;
  stop(): Promise<number>;
  kill(): Promise<void>;
}

/** Starts a name server and a broker on a store; rejects when the broker does not serve in time. */
export async function startBroker(folder: string, store: string): Promise<RunningBroker> {
  const { namesrvPort, brokerPort } = await freePorts();
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  const environment = { HOME: home, ROCKETMQ_HOME: home };
  writeFileSync(join(home, 'namesrv.properties'), `listenPort=${namesrvPort}\n`);
  writeFileSync(
    join(home, 'broker.properties'),
    `listenPort=${brokerPort}\nbrokerIP1=127.0.0.1\nbrokerName=broker-a\n` +
      `storePathRootDir=${store}\nstorePathCommitLog=${join(store, 'commitlog')}\n`,
  );
  const launch = (command: string, args: readonly string[], more: Readonly<Record<string, string>>): Promise<Program> =>
    startProgram({
      command: 'sh',
      args: [join(bin, command), ...args],
      workingDirectory: home,
      environment: { ...environment, ...more },
      logFile: join(home, `${command}.log`),
    });
  const loopFile = join(home, 'longest-turn');
  const namesrv = await launch('mqnamesrv', ['-c', join(home, 'namesrv.properties')], {});
  await namesrv.waitForLine(/Name Server boot success/, START_LIMIT_MS);
  const began = performance.now();
  const broker = await launch('mqbroker', ['-n', `127.0.0.1:${namesrvPort}`, '-c', join(home, 'broker.properties')], {
    NODE_OPTIONS: `--import=${watch}`,
    SCALE_LOOP_FILE: loopFile,
  });
  try {
    await broker.waitForLine(/The broker\[.*boot success/, START_LIMIT_MS);
  } catch (error) {
    await Promise.all([broker.kill(), namesrv.kill()]);
    throw error;
  }
  const startMillis = performance.now() - began;
  const startCpuMillis = cpuMillis(broker.pid);
  return {
    address: `127.0.0.1:${brokerPort}`,
    pid: broker.pid,
    startMillis,
    startCpuMillis,
    async idleMegabytes() {
      await pause(SETTLE_MS);
      return memoryOf(broker.pid).rssAnon;
    },
    megabytes: () => memoryOf(broker.pid).rssAnon,
    async longestTurn() {
      await pause(600);
      try {
        return Number(readFileSync(loopFile, 'utf8'));
      } catch {
        return 0;
      }
    },
    cpuMillis: () => cpuMillis(broker.pid),
    async stop() {
      const stopping = performance.now();
      const exit = await broker.stop(120_000);
      await namesrv.kill();
      rmSync(loopFile, { force: true });
      if (exit.signal === 'SIGKILL') throw new Error('the broker did not stop within 120 s');
      return performance.now() - stopping;
    },
    async kill() {
      await Promise.all([broker.kill(), namesrv.kill()]);
      rmSync(loopFile, { force: true });
    },
  };
}
