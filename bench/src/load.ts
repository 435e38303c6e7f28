import { generate, type Measured } from './generator.ts';
import type { Options, Target } from './options.ts';
import { type ServerOptions, type Servers, startServers } from './servers.ts';

/** Figures of one load in one round, by name; names and units are those of the rows in figures.ts. */
export type Figures = Readonly<Record<string, number>>;

/** One load. Each run has servers of its own on an empty store, so loads neither warm nor burden each other. */
export interface Load {
  readonly name: string;
  readonly title: string;
  /** What it runs against. Default: both. */
  readonly targets?: readonly Target[];
  run(target: Target, folder: string, options: Options): Promise<Figures>;
}

/** What every load sends to. */
export const topic = 'bench';

/** Runs a load on servers of its own that were warmed up, and ends them. */
export async function withServers<Result>(
  target: Target,
  options: Omit<ServerOptions, 'awaitRegistration'> & { readonly warmUpMessages: number; readonly kind?: string },
  work: (servers: Servers) => Promise<Result>,
): Promise<Result> {
  const servers = await startServers(target, { ...options, awaitRegistration: true });
  try {
    await generate('topic', { broker: servers.broker, topic, queues: 8 });
    if (options.warmUpMessages > 0)
      await generate('send', {
        ...{ broker: servers.broker, topic, count: options.warmUpMessages },
        ...(options.kind && { kind: options.kind }),
      });
    return await work(servers);
  } finally {
    await servers.kill();
  }
}

/** Flags of the generator that loads share. */
export function common(servers: Servers, options: Options): Record<string, string | number> {
  return {
    broker: servers.broker,
    topic,
    watch: servers.brokerProgram.pid,
    'warm-up': `${options.warmUpSeconds}s`,
    duration: `${options.measureSeconds}s`,
  };
}

/** Figures of what the generator measured. Throws when no send was accepted. */
export function figuresOf(measured: Measured): Figures {
  const memory = measured.brokerMemoryKb;
  if (measured.count === 0) throw new Error(`nothing was accepted: ${JSON.stringify(measured)}`);
  return {
    perSecond: measured.perSecond,
    brokerCpu: measured.brokerCpuMicrosPerMessage,
    generatorCpu: measured.generatorCpuMicrosPerMessage,
    p50: measured.latencyMicros.p50 / 1000,
    p99: measured.latencyMicros.p99 / 1000,
    p999: measured.latencyMicros.p999 / 1000,
    failed: measured.failed,
    ...(memory && { rssAnon: memory.RssAnon / 1024, rss: memory.VmRSS / 1024, peak: memory.VmHWM / 1024 }),
  };
}
