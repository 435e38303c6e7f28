import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildGenerator, generate, type Measured } from '../generator.ts';
import type { Plan } from './lay-out.ts';
import { type RunningBroker, startBroker } from './running-broker.ts';
import { writeTopics } from './topics-file.ts';

const layOutFile = fileURLToPath(new URL('lay-out.ts', import.meta.url));
const PREFIX = 'scale-';
const QUEUES = 8;
const TOPICS = { prefix: PREFIX, queues: QUEUES };

/** Sizes of a run: each pair is a number and ten times it. */
export interface ScaleSizes {
  readonly topics: readonly [number, number];
  /** Units in all consume queues together. */
  readonly units: readonly [number, number];
  /** Of so many units one lies in the large queue. */
  readonly oneOfToLarge: number;
  readonly seconds: number;
}

/** Sizes of a run that is kept. */
export const fullSizes: ScaleSizes = {
  topics: [1_000, 10_000],
  units: [5_000_000, 50_000_000],
  oneOfToLarge: 5,
  seconds: 8,
};
/** Sizes of `--quick`. */
export const quickSizes: ScaleSizes = {
  topics: [200, 2_000],
  units: [500_000, 5_000_000],
  oneOfToLarge: 5,
  seconds: 3,
};

/** One figure at both sizes. */
export interface Pair {
  readonly label: string;
  readonly unit: string;
  readonly digits: number;
  readonly small: number;
  readonly large: number;
  /** What the larger size must not pass: a bound of its own, or a multiple of the smaller. */
  readonly atMost?: number;
  readonly times?: number;
}

/** The figures of one kind of store. */
export interface ScaleTable {
  readonly title: string;
  readonly sizes: readonly [string, string];
  readonly pairs: readonly Pair[];
}

type Figures = Record<string, number>;

/** Runs everything in a temporary folder that is removed again. */
export async function runScale(sizes: ScaleSizes, say: (line: string) => void): Promise<ScaleTable[]> {
  buildGenerator();
  const root = mkdtempSync(join(tmpdir(), 'rocketmq-ts-scale-'));
  process.on('exit', () => rmSync(root, { recursive: true, force: true }));
  const run = new ScaleRun(root, sizes, say);
  const topics: Figures[] = [];
  const empty = await run.emptyBroker();
  for (const count of sizes.topics) topics.push(await run.topics(count, empty));
  const units: Figures[] = [];
  for (const count of sizes.units) units.push(await run.units(count));
  return [
    tableOf(
      'Topics with 8 queues each',
      sizes.topics.map((n) => `${n.toLocaleString('en-US')} topics`),
      topics,
      topicRows,
    ),
    tableOf(
      `Consume queue units in 801 queues, one of ${sizes.oneOfToLarge} in a single queue`,
      sizes.units.map((n) => `${n.toLocaleString('en-US')} units`),
      units,
      unitRows,
    ),
  ];
}

type Row = Omit<Pair, 'small' | 'large'> & { readonly figure: string };

const row = (figure: string, label: string, unit: string, digits: number, bound: Partial<Pair> = {}): Row => ({
  figure,
  label,
  unit,
  digits,
  ...bound,
});

const topicRows: readonly Row[] = [
  row('configuredBytes', 'memory per queue that is only configured', 'bytes', 0, { atMost: 1024 }),
  row('filledBytes', 'memory per idle queue with messages on the disk, after a restart', 'bytes', 0, { atMost: 1024 }),
  row('startMillis', 'start after a clean stop, all queues with messages', 'ms', 0),
  row('startCpuMillis', 'CPU of that start', 'ms', 0),
  row('crashCpuMillis', 'CPU of a start after a kill', 'ms', 0),
  row('sendCpu', 'broker CPU a message, sends to random queues of all topics', 'µs', 1, { times: 1.5 }),
  row('sendMegabytes', 'RssAnon after these sends', 'MB', 0),
  row('longestTurn', 'longest turn of the event loop, idle and under these sends', 'ms', 0),
  row('stopMillis', 'stop after these sends', 'ms', 0),
  row('createCpu', 'broker CPU a topic, topics created one after the other', 'µs', 0, { times: 1.5 }),
];

const unitRows: readonly Row[] = [
  row('startMillis', 'start after a clean stop', 'ms', 0, { times: 1.5 }),
  row('startCpuMillis', 'CPU of that start', 'ms', 0, { times: 1.5 }),
  row('crashCpuMillis', 'CPU of a start after a kill', 'ms', 0),
  row('idleMegabytes', 'RssAnon of the idle broker', 'MB', 0, { times: 1.2 }),
  row('sendCpu', 'broker CPU a message, sends to the large queue', 'µs', 1, { times: 1.2 }),
  row('pullCpu', 'broker CPU a message, pulls of 32 from random places of the large queue', 'µs', 1, { times: 1.5 }),
];

function tableOf(
  title: string,
  sizes: readonly string[],
  figures: readonly Figures[],
  rows: readonly Row[],
): ScaleTable {
  return {
    title,
    sizes: [sizes[0]!, sizes[1]!],
    pairs: rows.map(({ figure, ...rest }) => ({ ...rest, small: figures[0]![figure]!, large: figures[1]![figure]! })),
  };
}

class ScaleRun {
  readonly #root: string;
  readonly #sizes: ScaleSizes;
  readonly #say: (line: string) => void;

  constructor(root: string, sizes: ScaleSizes, say: (line: string) => void) {
    this.#root = root;
    this.#sizes = sizes;
    this.#say = say;
  }

  /** RssAnon of an idle broker without topics of its own: what queues are counted against. */
  async emptyBroker(): Promise<number> {
    return this.#with(join(this.#root, 'empty'), 'no topics', async (broker) => broker.idleMegabytes());
  }

  async topics(count: number, emptyMegabytes: number): Promise<Figures> {
    const queues = count * QUEUES;
    const perQueue = (megabytes: number): number => ((megabytes - emptyMegabytes) * 2 ** 20) / queues;
    const figures: Figures = {};
    const configured = join(this.#root, `configured-${count}`);
    writeTopics(configured, count, TOPICS);
    await this.#with(configured, `${count} topics, configured only`, async (broker) => {
      figures.configuredBytes = perQueue(await broker.idleMegabytes());
    });
    const created = join(this.#root, `created-${count}`);
    await this.#with(created, `${count} topics, created in a row`, async (broker) => {
      const flags = { broker: broker.address, topic: PREFIX, topics: count, queues: QUEUES, watch: broker.pid };
      figures.createCpu = (await generate<Measured>('topics', flags)).brokerCpuMicrosPerMessage;
    });
    const filled = join(this.#root, `filled-${count}`);
    writeTopics(filled, count, TOPICS);
    this.#layOut({ folder: filled, messages: queues * 4, topics: count, oneOfToLarge: 0 });
    await this.#with(filled, `${count} topics, with messages`, async (broker) => {
      figures.startMillis = broker.startMillis;
      figures.startCpuMillis = broker.startCpuMillis;
      figures.filledBytes = perQueue(await broker.idleMegabytes());
      const flags = { topic: PREFIX, topics: count, queues: QUEUES, size: 100 };
      const sent = await generate<Measured>('send', { ...this.#load(broker), ...flags });
      if (sent.failed > 0) throw new Error(`sends were refused: ${JSON.stringify(sent)}`);
      figures.sendCpu = sent.brokerCpuMicrosPerMessage;
      figures.sendMegabytes = broker.megabytes();
      figures.longestTurn = await broker.longestTurn();
      figures.stopMillis = await broker.stop();
    });
    figures.crashCpuMillis = await this.#startAfterKill(filled);
    rmSync(filled, { recursive: true });
    this.#printFigures(`${count} topics`, figures);
    return figures;
  }

  async units(count: number): Promise<Figures> {
    const folder = join(this.#root, 'units');
    const figures: Figures = {};
    const before = count === this.#sizes.units[0] ? 0 : this.#sizes.units[0];
    if (before === 0) writeTopics(folder, 100, { ...TOPICS, withLarge: true });
    this.#layOut({ folder, messages: count - before, topics: 100, oneOfToLarge: this.#sizes.oneOfToLarge });
    await this.#with(folder, `${count} units`, async (broker) => {
      figures.startMillis = broker.startMillis;
      figures.startCpuMillis = broker.startCpuMillis;
      figures.idleMegabytes = await broker.idleMegabytes();
      const topic = { topic: `${PREFIX}large`, queues: 1 };
      const pulled = await generate<Measured>('pull', {
        ...this.#load(broker),
        ...topic,
        random: Math.floor(count / this.#sizes.oneOfToLarge),
      });
      figures.pullCpu = pulled.brokerCpuMicrosPerMessage;
      const sent = await generate<Measured>('send', { ...this.#load(broker), ...topic, size: 100 });
      figures.sendCpu = sent.brokerCpuMicrosPerMessage;
      await broker.stop();
    });
    figures.crashCpuMillis = await this.#startAfterKill(folder);
    this.#printFigures(`${count} units`, figures);
    return figures;
  }

  /** The start that follows a kill of an idle broker; leaves a store that was stopped cleanly. */
  async #startAfterKill(store: string): Promise<number> {
    await this.#with(store, 'to be killed', (broker) => broker.kill());
    let cpu = 0;
    await this.#with(store, 'after a kill', async (broker) => {
      cpu = broker.startCpuMillis;
      await broker.stop();
    });
    return cpu;
  }

  #load(broker: RunningBroker): Record<string, string | number> {
    const { seconds } = this.#sizes;
    return {
      broker: broker.address,
      watch: broker.pid,
      'warm-up': `${Math.ceil(seconds / 2)}s`,
      duration: `${seconds}s`,
    };
  }

  #layOut(plan: Omit<Plan, 'topicPrefix' | 'queuesOfTopic'>): void {
    const whole: Plan = { ...plan, topicPrefix: PREFIX, queuesOfTopic: QUEUES };
    const began = performance.now();
    execFileSync(process.execPath, [...process.execArgv, layOutFile, JSON.stringify(whole)], { stdio: 'inherit' });
    // Or the system would write gigabytes back while the broker is measured.
    execFileSync('sync');
    this.#say(`${plan.messages} messages laid out in ${Math.round((performance.now() - began) / 1000)} s`);
  }

  async #with<Result>(store: string, what: string, work: (broker: RunningBroker) => Promise<Result>): Promise<Result> {
    mkdirSync(store, { recursive: true });
    const broker = await startBroker(this.#root, store);
    this.#say(`${what}: started in ${Math.round(broker.startMillis)} ms, CPU ${broker.startCpuMillis} ms`);
    try {
      return await work(broker);
    } finally {
      await broker.kill();
    }
  }

  #printFigures(of: string, figures: Figures): void {
    const texts = Object.entries(figures).map(([name, value]) => `${name}=${Number(value.toFixed(1))}`);
    this.#say(`${of}: ${texts.join(' ')}`);
  }
}
