import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brokerPortOffsets, freePort, startProgram } from '@rocketmq-ts/testkit/java';
import { median } from '../figures.ts';
import { generate } from '../generator.ts';
import { type Figures, topic } from '../load.ts';
import type { Options } from '../options.ts';
import { cpuMicros } from '../process-usage.ts';
import { bin, startLimitMs } from '../servers.ts';

/** Sends of one turn: a fraction of a second. */
const A_TURN = 10_000;
/** Turns with metrics, and as many without, for each second that other loads measure. */
const PAIRS_A_SECOND = 20;
const LOAD = { topic, connections: 8, 'in-flight': 16 };

const program = fileURLToPath(new URL('two-brokers.ts', import.meta.url));

/**
 * What counting for metrics costs: two brokers in one process, one with all metrics and one without, get sends in turns. So both
 * run the same compiled code, which two processes do not, and what else burdens the machine burdens both.
 */
export async function costOfMetrics(folder: string, options: Options): Promise<Figures> {
  mkdirSync(folder, { recursive: true });
  const off = await propertiesOf(folder, 'off', 'DISABLE');
  const on = await propertiesOf(folder, 'on', 'PROM');
  const brokers = await startProgram({
    command: 'sh',
    args: [join(bin, 'node-run'), program, JSON.stringify(off), JSON.stringify(on)],
    workingDirectory: folder,
    environment: {},
    logFile: join(folder, 'brokers.log'),
  });
  try {
    await brokers.waitForLine(/serving/, startLimitMs);
    const addresses = [off, on].map(({ listenPort }) => `127.0.0.1:${listenPort}`);
    for (const broker of addresses) {
      await generate('topic', { broker, topic, queues: 8 });
      await generate('send', { broker, ...LOAD, count: options.warmUpMessages });
    }
    const turns = await alternate(brokers.pid, addresses, PAIRS_A_SECOND * options.measureSeconds);
    const [offCpu, onCpu] = turns.map(median) as [number, number];
    // Neighbours have what burdens the machine in common.
    const onPerOff = median(turns[0]!.map((without, at) => turns[1]![at]! / without));
    return { offCpu, onCpu, onPerOff };
  } finally {
    await brokers.kill();
  }
}

async function propertiesOf(folder: string, brokerName: string, metricsExporterType: string) {
  const store = join(folder, brokerName);
  return {
    ...{ listenPort: String(await freePort(brokerPortOffsets)), brokerIP1: '127.0.0.1', brokerName },
    ...{ storePathRootDir: store, storePathCommitLog: join(store, 'commitlog') },
    ...{ flushDiskType: 'ASYNC_FLUSH', metricsExporterType },
  };
}

/** CPU a message of each turn, µs, by address; each pair begins with the other one than the pair before. */
async function alternate(pid: number, addresses: readonly string[], pairs: number): Promise<readonly number[][]> {
  const turns: number[][] = addresses.map(() => []);
  for (let pair = 0; pair < pairs; pair++) {
    const order = [...addresses.keys()];
    for (const at of pair % 2 === 0 ? order : order.reverse()) {
      const before = cpuMicros(pid);
      await generate('send', { broker: addresses[at]!, ...LOAD, count: A_TURN });
      turns[at]!.push((cpuMicros(pid) - before) / A_TURN);
    }
  }
  return turns;
}
