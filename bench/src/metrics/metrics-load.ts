import { execFile, execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '@rocketmq-ts/testkit/java';
import { median } from '../figures.ts';
import { generate, type Measured } from '../generator.ts';
import { common, figuresOf, type Load, topic, withServers } from '../load.ts';
import type { Options } from '../options.ts';
import { cpuMillis } from '../process-usage.ts';
import { writeTopics } from '../scale/topics-file.ts';
import type { Servers } from '../servers.ts';
import { costOfMetrics } from './cost.ts';
import { fillTopics } from './fill.ts';

const TOPICS = 10_000;
const PREFIX = 'measured';
const QUEUES = 4;
/** The queues of the many topics become durable within a minute after they were made, which is not what a read costs. */
const UNTIL_DURABLE_MS = 65_000;
const QUIET_SCRAPES = 10;
const EIGHT_BY_ONE = { connections: 8, 'in-flight': 1 };

const scraper = fileURLToPath(new URL('scraper.ts', import.meta.url));

/** What a collector of metrics costs: a page of many topics, and sends beside it. */
export const metrics: Load = {
  name: 'metrics',
  title: `Metrics: ${TOPICS.toLocaleString('en-US')} topics, each with a group that has a member; sends of 1 KB`,
  targets: ['ours'],
  async run(_target, folder, options) {
    const port = await freePort();
    const place = { metricsPromExporterHost: '127.0.0.1', metricsPromExporterPort: String(port) };
    const properties = { metricsExporterType: 'PROM', ...place };
    const cost = await costOfMetrics(join(folder, 'cost'), options);
    rmSync(join(folder, 'cost'), { recursive: true, force: true });
    // What the sends left unwritten would burden the disk of what comes.
    execFileSync('sync');
    const servers = { folder: join(folder, 'topics'), flushDiskType: 'ASYNC_FLUSH', properties } as const;
    writeTopics(join(servers.folder, 'store'), TOPICS, { prefix: PREFIX, queues: QUEUES });
    const read = await withServers('ours', { ...servers, warmUpMessages: options.warmUpMessages }, (running) =>
      readBesideSends(running, `http://127.0.0.1:${port}/metrics`, options),
    );
    return { ...read, ...cost };
  },
};

async function readBesideSends(servers: Servers, page: string, options: Options) {
  const { broker, brokerProgram } = servers;
  const clients = await fillTopics(broker, PREFIX, TOPICS);
  try {
    await pause(UNTIL_DURABLE_MS);
    await read(page, 3, 0);
    const before = cpuMillis(brokerProgram.pid);
    const quiet = await read(page, QUIET_SCRAPES, 0);
    const scrapeCpu = (cpuMillis(brokerProgram.pid) - before) / QUIET_SCRAPES;
    const often = await besideReads(servers, page, options, { everyMs: 2000, pairs: 5, longer: 1 });
    const usual = await besideReads(servers, page, options, { everyMs: 15_000, pairs: 3, longer: 3 });
    const middle = quiet.ms.sort((a, b) => a - b)[QUIET_SCRAPES >> 1]!;
    const size = { scrapeMegabytes: quiet.bytes / 1e6, scrapeMs: middle, scrapeCpu };
    return {
      ...size,
      ...{ p99Alone: often.alone, p99Beside: often.beside, p99Ratio: often.ratio },
      ...{ p99BesideUsual: usual.beside, p99RatioUsual: usual.ratio },
    };
  } finally {
    await clients.stop();
  }
}

interface Reading {
  readonly everyMs: number;
  /** Runs of sends with reads beside them, each after one without. */
  readonly pairs: number;
  /** So many times as long as other loads are measured. */
  readonly longer: number;
}

/** p99 of sends, ms: alone and beside reads. */
async function besideReads(servers: Servers, page: string, options: Options, { everyMs, pairs, longer }: Reading) {
  const seconds = options.measureSeconds * longer;
  const flags = { ...common(servers, { ...options, measureSeconds: seconds }), topic, ...EIGHT_BY_ONE };
  const send = async () => figuresOf(await generate<Measured>('send', flags)).p99!;
  const times = Math.ceil(((options.warmUpSeconds + seconds) * 1000) / everyMs);
  const alone: number[] = [];
  const beside: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    alone.push(await send());
    const [p99] = await Promise.all([send(), read(page, times, everyMs)]);
    beside.push(p99);
  }
  // Neighbours have what burdens the machine in common.
  const ratio = median(beside.map((p99, at) => p99 / alone[at]!));
  return { alone: median(alone), beside: median(beside), ratio };
}

function read(page: string, times: number, everyMs: number): Promise<{ ms: number[]; bytes: number }> {
  const args = [...process.execArgv, scraper, page, String(times), String(everyMs)];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { encoding: 'utf8' }, (error, output) =>
      error ? reject(error) : resolve(JSON.parse(output)),
    );
  });
}
