import { setTimeout as pause } from 'node:timers/promises';
import { clients } from './clients/clients-load.ts';
import { webConsole } from './console/console-load.ts';
import { newMaster } from './failover-load.ts';
import { generate, type Measured } from './generator.ts';
import { common, type Figures, figuresOf, type Load, topic, withServers } from './load.ts';
import { metrics } from './metrics/metrics-load.ts';
import { mqadmin } from './mqadmin-load.ts';
import { pairLoads } from './pair-loads.ts';
import { freePorts, type ServerOptions, startOneProcess, startServers } from './servers.ts';
import { testKit } from './test-kit-load.ts';
import { workers } from './workers-load.ts';

type Flags = Readonly<Record<string, string | number>>;

/** A load that is one call of the generator on servers that were warmed up with so many messages. */
function generatedLoad(
  name: string,
  title: string,
  mode: 'send' | 'pull' | 'latency',
  flags: Flags = {},
  servers: {
    readonly flushDiskType?: ServerOptions['flushDiskType'];
    readonly warmUp?: 'warmUpMessages' | 'backlogMessages';
    readonly kind?: string;
    readonly properties?: Readonly<Record<string, string>>;
  } = {},
): Load {
  const { flushDiskType = 'ASYNC_FLUSH', warmUp = 'warmUpMessages', ...rest } = servers;
  return {
    name,
    title,
    run: (target, folder, options) =>
      withServers(target, { folder, flushDiskType, warmUpMessages: options[warmUp], ...rest }, async (running) =>
        figuresOf(await generate<Measured>(mode, { ...common(running, options), ...flags })),
      ),
  };
}

/** Reads of what warmed the broker up; by a consumer that the broker knows by its heartbeats, where there are flags. */
function pullLoad(name: string, title: string, flags: Flags = {}): Load {
  const filtered = { kind: 'filtered', properties: { enablePropertyFilter: 'true' } };
  return generatedLoad(name, title, 'pull', flags, {
    warmUp: 'backlogMessages',
    ...('subscription' in flags ? filtered : {}),
  });
}

const TIMERS_A_SECOND = 10_000;

const latenessLoad = (name: string, when: string, spread: Readonly<Record<string, string>>): Load => ({
  name,
  title: `Timer messages, ${TIMERS_A_SECOND.toLocaleString('en-US')} due ${when}, received by long polling on 8 queues`,
  run: (target, folder, options) =>
    withServers(
      target,
      { folder, flushDiskType: 'ASYNC_FLUSH', warmUpMessages: options.warmUpMessages },
      async (servers) => {
        const { broker, brokerProgram } = servers;
        const queues = 8;
        const name = 'due';
        await generate('topic', { broker, topic: name, queues });
        const measured = await generate<Measured & { readonly early: number; readonly missing: number }>('lateness', {
          ...{ broker, topic: name, queues, watch: brokerProgram.pid },
          ...{
            count: TIMERS_A_SECOND * options.measureSeconds,
            'due-rate': TIMERS_A_SECOND,
            'due-in': '20s',
            cores: 2,
          },
          ...spread,
        });
        return { ...figuresOf(measured), early: measured.early, missing: measured.missing };
      },
    ),
});

const timerMemory: Load = {
  name: 'timer-memory',
  title: 'Memory of the broker with timer messages that wait',
  run: (target, folder, options) =>
    withServers(target, { folder, flushDiskType: 'ASYNC_FLUSH', warmUpMessages: 0 }, async (servers) => {
      const flags = { broker: servers.broker, topic, watch: servers.brokerProgram.pid, count: options.memoryMessages };
      const sent = await generate<Measured>('send', { ...flags, kind: 'timer', 'due-in': '1h', 'due-over': '1h' });
      // What was accepted is still to be put into the wheel.
      await pause(options.warmUpSeconds * 5000);
      const { rssAnon, rss, peak } = figuresOf(await generate<Measured>('send', { ...flags, count: 1 }));
      return { waiting: sent.count, rssAnon: rssAnon!, rss: rss!, peak: peak! };
    }),
};

const memory: Load = {
  name: 'memory',
  title: 'Memory of the broker after two runs of 1 KB sends, 8 connections × 16 in flight',
  run: (target, folder, options) =>
    withServers(target, { folder, flushDiskType: 'ASYNC_FLUSH', warmUpMessages: 0 }, async (servers) => {
      const flags = { broker: servers.broker, topic, watch: servers.brokerProgram.pid, count: options.memoryMessages };
      const first = figuresOf(await generate<Measured>('send', flags));
      const second = figuresOf(await generate<Measured>('send', flags));
      return {
        rssAnonFirst: first.rssAnon!,
        rssAnonSecond: second.rssAnon!,
        growth: second.rssAnon! - first.rssAnon!,
        rss: second.rss!,
        peak: second.peak!,
      };
    }),
};

/** Milliseconds from the call of `launch` to the first send that is accepted; the generator tries from before on. */
async function startMillis(
  ports: { readonly namesrvPort: number },
  launch: () => Promise<{ kill(): Promise<unknown> }>,
): Promise<Figures> {
  const flags = { namesrv: `127.0.0.1:${ports.namesrvPort}`, topic: 'started', timeout: '200s' };
  const first = generate<{ acceptedAtMillis: number }>('first-send', flags);
  // Its failure is reported by the await below; a failing launch must not leave it without a listener.
  first.catch(() => undefined);
  // The generator's own start must not be part of the figure.
  await pause(200);
  const began = Date.now();
  const launched = await launch();
  try {
    return { startMillis: (await first).acceptedAtMillis - began };
  } finally {
    await launched.kill();
  }
}

const start: Load = {
  name: 'start',
  title: 'Start: name server, then broker, to the first accepted send',
  async run(target, folder) {
    const ports = await freePorts();
    const options = { ...ports, folder, flushDiskType: 'ASYNC_FLUSH', awaitRegistration: false } as const;
    return startMillis(ports, () => startServers(target, options));
  },
};

const startOne: Load = {
  name: 'start-one',
  title: 'Start of name server and broker in one process (`npm start`) to the first accepted send',
  targets: ['ours'],
  async run(_target, folder) {
    const ports = await freePorts();
    return startMillis(ports, () => startOneProcess(folder, ports));
  },
};

const stop: Load = {
  name: 'stop',
  title: 'Graceful stop of the broker (SIGTERM to exit) under 8 connections × 16 in flight',
  run: (target, folder, options) =>
    withServers(
      target,
      { folder, flushDiskType: 'ASYNC_FLUSH', warmUpMessages: options.warmUpMessages },
      async (servers) => {
        // Load until the broker closes the connections; the seconds only bound it.
        const load = generate<Measured>('send', { ...common(servers, options), duration: '60s' });
        load.catch(() => undefined);
        await pause((options.warmUpSeconds + 1) * 1000);
        const began = performance.now();
        const exit = await servers.brokerProgram.stop(90_000);
        const stopMillis = performance.now() - began;
        await load;
        if (exit.signal === 'SIGKILL') throw new Error('the broker did not stop within 90 s');
        return { stopMillis };
      },
    ),
};

const EIGHT_BY_SIXTEEN = { connections: 8, 'in-flight': 16 };

/** Every load, in the order in which a round runs them. */
export const loads: readonly Load[] = [
  start,
  startOne,
  generatedLoad('async', 'Sends of 1 KB, 8 connections × 16 in flight, ASYNC_FLUSH', 'send', EIGHT_BY_SIXTEEN),
  generatedLoad('connections', 'Sends of 1 KB, 64 connections × 1 in flight, ASYNC_FLUSH', 'send', {
    ...{ connections: 64, 'in-flight': 1 },
  }),
  generatedLoad('single', 'Sends of 1 KB, one connection, one in flight, ASYNC_FLUSH', 'send', {
    ...{ connections: 1, 'in-flight': 1 },
  }),
  generatedLoad('sync', 'Sends of 1 KB, 8 connections × 16 in flight, SYNC_FLUSH', 'send', EIGHT_BY_SIXTEEN, {
    flushDiskType: 'SYNC_FLUSH',
  }),
  pullLoad('catch-up', 'Catch-up reads, 32 a pull, 8 queues, one connection and one pull at a time for each'),
  pullLoad('tag', 'Consumption by a tag that every fourth message has, 8 queues, one pull at a time for each', {
    subscription: 'tag',
  }),
  pullLoad('sql', 'Consumption by an SQL92 expression of two properties that every fourth message passes', {
    subscription: 'sql',
  }),
  pullLoad('ordered', 'Orderly consumption: locked queues, one pull at a time, progress with each', {
    ordered: 'true',
  }),
  generatedLoad(
    'transactions',
    'Transactions (half message, then its commit) of 1 KB, 8 connections × 16 in flight',
    'send',
    { ...EIGHT_BY_SIXTEEN, kind: 'transaction' },
  ),
  generatedLoad('timers', 'Timer messages of 1 KB, due in one to two hours, 8 connections × 16 in flight', 'send', {
    ...{ ...EIGHT_BY_SIXTEEN, kind: 'timer', 'due-in': '1h', 'due-over': '1h' },
  }),
  latenessLoad('timer-lateness', 'at each whole second', {}),
  latenessLoad('timer-spread', 'in each second', { 'due-spread': 'true' }),
  timerMemory,
  generatedLoad('latency', 'Send to receive at 2,000 messages a second, long polling on 8 queues', 'latency', {
    cores: 2,
  }),
  ...pairLoads,
  newMaster,
  workers,
  clients,
  memory,
  stop,
  testKit,
  mqadmin,
  metrics,
  webConsole,
];
