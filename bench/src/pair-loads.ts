import { join } from 'node:path';
import { generate, type Measured } from './generator.ts';
import { common, type Figures, figuresOf, type Load, topic, withServers } from './load.ts';
import type { Target } from './options.ts';
import { type ServerOptions, type Servers, type Slave, startSlave } from './servers.ts';

const LAG_RATE = 20_000;
const LARGE_BYTES = 4096;

interface Pair {
  readonly servers: Servers;
  readonly slave: Slave;
  readonly slaveFolder: string;
}

/** A master and its slave, the slave in step with it. `properties` are the master's. */
function withPair(
  target: Target,
  options: Pick<ServerOptions, 'folder' | 'properties'> & { readonly warmUpMessages: number },
  work: (pair: Pair) => Promise<Figures>,
): Promise<Figures> {
  const { folder, properties = {}, warmUpMessages } = options;
  const onMaster = { folder, flushDiskType: 'ASYNC_FLUSH', properties, warmUpMessages: 0 } as const;
  return withServers(target, onMaster, async (servers) => {
    const slaveFolder = join(folder, 'slave');
    const slave = await startSlave(target, servers, { folder: slaveFolder });
    try {
      // The first one may wait for the slave until its time is over.
      await generate('send', { broker: servers.broker, topic, count: 1, connections: 1, 'in-flight': 1 });
      await inStep(servers, slave);
      if (warmUpMessages > 0) await generate('send', { broker: servers.broker, topic, count: warmUpMessages });
      return await work({ servers, slave, slaveFolder });
    } finally {
      await slave.program.kill();
    }
  });
}

/** Waits until the slave has all that its master has; the way there is what is measured. */
function inStep(servers: Servers, slave: Slave, watch: readonly number[] = []): Promise<Measured> {
  const { broker } = servers;
  const watched = watch.length > 0 && { watch: watch.join(',') };
  return generate<Measured>('follow', { broker, slave: slave.address, topic, timeout: '180s', ...watched });
}

const pidsOf = (servers: Servers, slave: Slave): readonly number[] => [servers.brokerProgram.pid, slave.program.pid];

const syncMaster: Load = {
  name: 'sync-master',
  title: 'Sends of 1 KB to a SYNC_MASTER with inSyncReplicas=2, 8 connections × 16 in flight',
  run: (target, folder, options) =>
    withPair(
      target,
      {
        folder,
        properties: { brokerRole: 'SYNC_MASTER', inSyncReplicas: '2' },
        warmUpMessages: options.warmUpMessages,
      },
      async ({ servers, slave }) => {
        const watch = pidsOf(servers, slave).join(',');
        return figuresOf(await generate<Measured>('send', { ...common(servers, options), watch }));
      },
    ),
};

const lag: Load = {
  name: 'lag',
  title: `Replication at ${LAG_RATE.toLocaleString('en-US')} messages of 1 KB a second: from the send until the slave has it`,
  run: (target, folder, options) =>
    withPair(target, { folder, warmUpMessages: options.warmUpMessages }, async ({ servers, slave }) => {
      const one = 'lag';
      await generate('topic', { broker: servers.broker, topic: one, queues: 1 });
      const flags = { slave: slave.address, rate: LAG_RATE, watch: pidsOf(servers, slave).join(','), cores: 2 };
      return figuresOf(await generate<Measured>('lag', { ...common(servers, options), topic: one, ...flags }));
    }),
};

const slaveCatchUp: Load = {
  name: 'slave-catch-up',
  title: 'A slave catches up with its master after an absence, messages of 4 KB',
  run: (target, folder, options) =>
    withPair(target, { folder, warmUpMessages: options.warmUpMessages }, async ({ servers, slave, slaveFolder }) => {
      await inStep(servers, slave);
      await slave.program.stop(60_000);
      const count = Math.ceil(options.catchUpBytes / LARGE_BYTES);
      await generate('send', { broker: servers.broker, topic, count, size: LARGE_BYTES });
      const back = await startSlave(target, servers, { folder: slaveFolder, port: slave.port });
      try {
        const measured = await inStep(servers, back, pidsOf(servers, back));
        const { perSecond, brokerCpu } = figuresOf(measured);
        const gigabytes = (measured.count * LARGE_BYTES) / 2 ** 30;
        return { gigabytes, perSecond: perSecond!, brokerCpu: brokerCpu! };
      } finally {
        await back.program.kill();
      }
    }),
};

/** Loads of a master with a slave. */
export const pairLoads: readonly Load[] = [syncMaster, lag, slaveCatchUp];
