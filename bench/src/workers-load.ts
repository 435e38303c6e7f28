import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brokerIsRegistered, brokerPortOffsets, freePort } from '@rocketmq-ts/testkit/java';
import { generate, type Measured } from './generator.ts';
import { common, type Load, topic, withServers } from './load.ts';
import type { Options } from './options.ts';
import { startLimitMs } from './servers.ts';

/** From the port of one worker to that of the next. */
const WORKER_PORT_STEP = 4;
const LOAD = { connections: 16, 'in-flight': 16 };

/** How long the cores of the machine are tried. */
const BUSY_MS = 3000;

/** What so many workers reached on as many cores. */
interface Reached {
  readonly perSecond: number;
  readonly brokerCpu: number;
  readonly generatorCpu: number;
  /** Cores that were theirs, without what the generator took of them. */
  readonly freeCores: number;
}

/** Whether sends grow with the cores that are free: one worker with a core of its own beside as many workers as cores. */
export const workers: Load = {
  name: 'workers',
  title:
    'Workers: sends of 1 KB, 16 connections × 16 in flight, one worker on one core beside several on as many cores',
  targets: ['ours'],
  async run(_target, folder, options) {
    const one = await reachedBy(1, join(folder, 'one'), options);
    const all = await reachedBy(options.workers, join(folder, 'all'), options);
    const perFreeCore = ({ perSecond, freeCores }: Reached): number => perSecond / freeCores;
    const machine = await shareOfBusyCores(options.workers);
    return {
      workers: options.workers,
      onePerSecond: one.perSecond,
      oneFreeCores: one.freeCores,
      onePerFreeCore: perFreeCore(one),
      oneBrokerCpu: one.brokerCpu,
      oneGeneratorCpu: one.generatorCpu,
      allPerSecond: all.perSecond,
      allFreeCores: all.freeCores,
      allPerFreeCore: perFreeCore(all),
      allBrokerCpu: all.brokerCpu,
      allGeneratorCpu: all.generatorCpu,
      perFreeCore: perFreeCore(all) / perFreeCore(one),
      machine,
      ofMachine: perFreeCore(all) / perFreeCore(one) / machine,
    };
  },
};

async function reachedBy(count: number, folder: string, options: Options): Promise<Reached> {
  const brokerPort = await freePort(
    Array.from({ length: count }, (_, at) => brokerPortOffsets.map((offset) => offset + at * WORKER_PORT_STEP)).flat(),
  );
  const cores = coresOf('self');
  if (count > cores.length) throw new Error(`there are ${cores.length} cores for ${count} workers`);
  const theirs = cores.slice(-count);
  const others = cores.slice(0, -count);
  const properties = { workers: String(count) };
  const servers = { folder, flushDiskType: 'ASYNC_FLUSH', brokerPort, properties, warmUpMessages: 0 } as const;
  return withServers('ours', servers, async (running) => {
    const addresses = Array.from({ length: count }, (_, at) => `127.0.0.1:${brokerPort + at * WORKER_PORT_STEP}`);
    for (const address of addresses) {
      await brokerIsRegistered(running.namesrv, address, startLimitMs);
      await generate('topic', { broker: address, topic, queues: 8 });
    }
    pin(running.brokerProgram.pid, theirs);
    const flags = { ...common(running, options), ...LOAD, broker: addresses.join(',') };
    // Where workers have all cores, the generator shares the first one with them.
    const itsCores = others.length > 0 ? others : cores.slice(0, 1);
    await generate('send', { broker: flags.broker, topic, ...LOAD, count: options.warmUpMessages }, itsCores);
    const measured = await generate<Measured>('send', flags, itsCores);
    if (measured.failed > 0) throw new Error(`sends were refused: ${JSON.stringify(measured)}`);
    const generatorCores = (measured.generatorCpuMicrosPerMessage * measured.perSecond) / 1e6;
    return {
      perSecond: measured.perSecond,
      brokerCpu: measured.brokerCpuMicrosPerMessage,
      generatorCpu: measured.generatorCpuMicrosPerMessage,
      freeCores: count - (others.length > 0 ? 0 : generatorCores),
    };
  });
}

/** Counts what it does until a time is over. */
const BUSY_LOOP = `
  let [rounds, x] = [0, 1];
  for (const end = Date.now() + ${BUSY_MS}; Date.now() < end; rounds++)
    for (let i = 0; i < 1e5; i++) x = (x * 1103515245 + 12345) >>> 0;
  console.log(rounds);`;

/**
 * What a core does while the others are busy too, of what it does alone: cores of a virtual machine may be halves of one, and then no
 * program grows with them.
 */
async function shareOfBusyCores(count: number): Promise<number> {
  const cores = coresOf('self').slice(-count);
  const alone = await busyOn(cores[0]!);
  const together = await Promise.all(cores.map(busyOn));
  return together.reduce((sum, each) => sum + each, 0) / count / alone;
}

function busyOn(core: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const args = ['-c', String(core), process.execPath, '-e', BUSY_LOOP];
    execFile('taskset', args, (error, output) => (error ? reject(error) : resolve(Number(output))));
  });
}

/** Cores that a process may run on, by number. */
function coresOf(pid: number | 'self'): number[] {
  const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
}

/** All threads of a process, and those that they start. */
function pin(pid: number, cores: readonly number[]): void {
  const { status, stderr } = spawnSync('taskset', ['-a', '-c', '-p', cores.join(','), String(pid)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`taskset (util-linux): ${stderr}`);
}
