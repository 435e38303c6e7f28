import { STORE_ROOT } from '../broker-simulation/broker-machine.ts';
import type { Cluster, ClusterServer } from '../cluster/index.ts';
import { SimulationFailure } from '../seeded/failure.ts';
import type { ClusterSettings } from './plan.ts';

/** A slave that is in touch with its master has all of it within this time. */
const CATCH_UP_MS = 60_000;
const STEP_MS = 1000;

interface Pair {
  master: ClusterServer;
  slave: ClusterServer | undefined;
  /** The slave is a machine that began empty: nobody else has what the master had before, and a new slave asks for the last file only. */
  slaveIsNew: boolean;
}

/** Lines of the brokers' files that make masters with slaves of them. */
export function replicaProperties({ slaves = 0, waitsForSlave, slaveReads }: ClusterSettings): {
  readonly brokerProperties: Readonly<Record<string, string>>;
  readonly slaveProperties: Readonly<Record<string, string>>;
} {
  if (slaves === 0) return { brokerProperties: {}, slaveProperties: {} };
  return {
    brokerProperties: {
      ...(waitsForSlave === true ? { brokerRole: 'SYNC_MASTER', inSyncReplicas: '2' } : {}),
      slaveReadEnable: String(slaveReads === true),
    },
    slaveProperties: { slaveTruncateOnDivergence: 'true' },
  };
}

/** Which machine is the master of a broker's name just now, and which its slave. */
export class Replicas {
  readonly #cluster: Cluster;
  readonly #waits: boolean;
  readonly #pairs: ReadonlyMap<string, Pair>;

  constructor(cluster: Cluster, { waitsForSlave = false }: ClusterSettings) {
    this.#cluster = cluster;
    this.#waits = waitsForSlave;
    const slaveOf = (name: string): ClusterServer | undefined =>
      cluster.slaves.find((slave) => slave.name === `${name}-s1`);
    this.#pairs = new Map(
      cluster.brokers.map((master) => [master.name, { master, slave: slaveOf(master.name), slaveIsNew: false }]),
    );
  }

  get masters(): readonly ClusterServer[] {
    return Array.from(this.#pairs.values(), ({ master }) => master);
  }

  /** The broker's name for its master, so that events of it are found whichever machine it runs on; the machine's for all others. */
  nameOf(server: ClusterServer): string {
    return this.brokerOf(server) ?? server.name;
  }

  /** The name of the broker of which a machine is the master. */
  brokerOf(server: ClusterServer): string | undefined {
    for (const [name, { master }] of this.#pairs) if (master === server) return name;
    return undefined;
  }

  /** The slave that can take the place of a master: acknowledgements waited for it. */
  heirOf(broker: string): ClusterServer | undefined {
    const pair = this.#pairs.get(broker);
    return this.#waits && pair?.slaveIsNew === false ? pair.slave : undefined;
  }

  /**
   * The machine of a master is lost with its disk. The operator starts the slave as the master, and a new machine as its slave.
   * Nothing of the two may run.
   */
  async succeed(
    broker: string,
    start: (server: ClusterServer, role: Readonly<Record<string, string>>) => Promise<void>,
  ): Promise<void> {
    const pair = this.#pairs.get(broker)!;
    const { master, slave } = pair;
    master.platform.disk.replace();
    pair.master = slave!;
    pair.slave = master;
    pair.slaveIsNew = true;
    await start(pair.master, { brokerRole: 'SYNC_MASTER', brokerId: '0' });
    await start(pair.slave, { brokerRole: 'SLAVE', brokerId: '1', slaveTruncateOnDivergence: 'true' });
  }

  /** Waits until each slave has the log of its master, byte for byte. */
  async compare(): Promise<void> {
    for (const [name, { master, slave }] of this.#pairs) {
      if (slave === undefined) continue;
      let difference = differenceOf(master, slave);
      for (let waitedMs = 0; difference !== undefined && waitedMs < CATCH_UP_MS; waitedMs += STEP_MS) {
        await this.#cluster.advance(STEP_MS);
        difference = differenceOf(master, slave);
      }
      if (difference !== undefined) throw new SimulationFailure('slave differs', `${name}: ${difference}`);
    }
  }
}

/** Where the log of a slave is not that of its master; a slave need not have the older files. */
function differenceOf(master: ClusterServer, slave: ClusterServer): string | undefined {
  const [ofMaster, ofSlave] = [master, slave].map(logFiles);
  const last = ofMaster!.at(-1);
  if (last === undefined) return undefined;
  if (!ofSlave!.some(({ name }) => name === last.name)) return `${slave.name} has no file ${last.name}`;
  for (const { name, bytes } of ofSlave!) {
    const original = ofMaster!.find((file) => file.name === name)?.bytes;
    // The file that is made ahead of need.
    if (original === undefined && bytes.every((byte) => byte === 0)) continue;
    if (original === undefined) return `only ${slave.name} has the file ${name}`;
    if (!original.equals(bytes)) return `the file ${name} of ${slave.name} has other bytes`;
  }
  return undefined;
}

function logFiles({ platform: { disk } }: ClusterServer): { readonly name: string; readonly bytes: Buffer }[] {
  const folder = `${STORE_ROOT}/commitlog`;
  if (disk.stat(folder) === undefined) return [];
  return disk
    .list(folder)
    .map(({ name }) => name)
    .filter((name) => /^\d{20}$/.test(name))
    .sort()
    .map((name) => ({ name, bytes: disk.readFile(`${folder}/${name}`)! }));
}
