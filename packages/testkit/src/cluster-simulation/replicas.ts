import * as protocol from '@rocketmq-ts/protocol';
import { STORE_ROOT } from '../broker-simulation/broker-machine.ts';
import type { Cluster, ClusterServer } from '../cluster/index.ts';
import { SimulationFailure } from '../seeded/failure.ts';
import type { ClusterSettings } from './plan.ts';

/** A slave that is in touch with its master has all of it within this time. */
const CATCH_UP_MS = 60_000;
const STEP_MS = 1000;

/** The brokers of one name. */
interface Group {
  master: ClusterServer;
  slaves: readonly ClusterServer[];
  /** The slave is a machine that began empty: nobody else has what the master had before, and a new slave asks for the last file only. */
  slaveIsNew: boolean;
}

/** Lines of the brokers' files that make masters with slaves of them. */
export function replicaProperties({ slaves = 0, controllers = 0, waitsForSlave, slaveReads }: ClusterSettings): {
  readonly brokerProperties: Readonly<Record<string, string>>;
  readonly slaveProperties: Readonly<Record<string, string>>;
} {
  if (slaves === 0) return { brokerProperties: {}, slaveProperties: {} };
  const slaveReadEnable = String(slaveReads === true);
  if (controllers > 0) {
    const replicas = { inSyncReplicas: '2', minInSyncReplicas: '2', allAckInSyncStateSet: 'true' };
    return { brokerProperties: { ...replicas, slaveReadEnable }, slaveProperties: {} };
  }
  return {
    brokerProperties: {
      ...(waitsForSlave === true ? { brokerRole: 'SYNC_MASTER', inSyncReplicas: '2' } : {}),
      slaveReadEnable,
    },
    slaveProperties: { slaveTruncateOnDivergence: 'true' },
  };
}

/** Which machine is the master of a broker's name just now, and which are its slaves. */
export class Replicas {
  readonly #cluster: Cluster;
  readonly #waits: boolean;
  readonly #areChosen: boolean;
  readonly #groups: ReadonlyMap<string, Group>;

  constructor(cluster: Cluster, { waitsForSlave = false, controllers = 0 }: ClusterSettings) {
    this.#cluster = cluster;
    this.#waits = waitsForSlave;
    this.#areChosen = controllers > 0;
    const slavesOf = (broker: string): readonly ClusterServer[] =>
      cluster.slaves.filter(({ name }) => name.startsWith(`${broker}-s`));
    this.#groups = new Map(
      cluster.brokers.map((master) => [master.name, { master, slaves: slavesOf(master.name), slaveIsNew: false }]),
    );
  }

  get masters(): readonly ClusterServer[] {
    return Array.from(this.#groups.values(), ({ master }) => master);
  }

  /** Asks who was chosen as master, where a controller chooses. */
  async look(): Promise<void> {
    if (!this.#areChosen) return;
    const running = this.#cluster.nameServers.find(({ isRunning }) => isRunning);
    if (running === undefined) return;
    const asked = this.#cluster.admin.ask(running.address, protocol.GET_BROKER_CLUSTER_INFO, {});
    const answer = await this.#cluster.run(asked);
    if (answer === undefined || answer.code !== protocol.ResponseCode.SUCCESS) return;
    const { brokerAddrTable } = protocol.decodeClusterInfo(answer.body);
    for (const [name, group] of this.#groups) {
      const address = brokerAddrTable.get(name)?.brokerAddrs.get(0);
      const members = [group.master, ...group.slaves];
      const master = members.find((member) => address !== undefined && addressesOf(member).includes(address));
      if (master === undefined) continue;
      group.master = master;
      group.slaves = members.filter((member) => member !== master);
    }
  }

  /**
   * The broker's name for its master, so that events of it are found whichever machine it runs on, and for every machine that may
   * be chosen; the machine's for all others.
   */
  nameOf(server: ClusterServer): string {
    for (const [name, { master, slaves }] of this.#groups)
      if (master === server || (this.#areChosen && slaves.includes(server))) return name;
    return server.name;
  }

  /** The name of the broker of which a machine is the master. */
  brokerOf(server: ClusterServer): string | undefined {
    for (const [name, { master }] of this.#groups) if (master === server) return name;
    return undefined;
  }

  /** The slave that can take the place of a master: acknowledgements waited for it. */
  heirOf(broker: string): ClusterServer | undefined {
    const group = this.#groups.get(broker);
    return this.#waits && !this.#areChosen && group?.slaveIsNew === false ? group.slaves[0] : undefined;
  }

  /**
   * The machine of a master is lost with its disk. The operator starts the slave as the master, and a new machine as its slave.
   * Nothing of the two may run.
   */
  async succeed(
    broker: string,
    start: (server: ClusterServer, role: Readonly<Record<string, string>>) => Promise<void>,
  ): Promise<void> {
    const group = this.#groups.get(broker)!;
    const { master, slaves } = group;
    master.platform.disk.replace();
    group.master = slaves[0]!;
    group.slaves = [master];
    group.slaveIsNew = true;
    await start(group.master, { brokerRole: 'SYNC_MASTER', brokerId: '0' });
    await start(master, { brokerRole: 'SLAVE', brokerId: '1', slaveTruncateOnDivergence: 'true' });
  }

  /** Waits until each slave has the log of its master, byte for byte. */
  async compare(): Promise<void> {
    for (const [name, group] of this.#groups) {
      const difference = (): string | undefined =>
        group.slaves.map((slave) => differenceOf(group.master, slave)).find((found) => found !== undefined);
      await this.look();
      let found = difference();
      for (let waitedMs = 0; found !== undefined && waitedMs < CATCH_UP_MS; waitedMs += STEP_MS) {
        await this.#cluster.advance(STEP_MS);
        await this.look();
        found = difference();
      }
      if (found !== undefined) throw new SimulationFailure('slave differs', `${name}: ${found}`);
    }
  }
}

/** As name servers have them: by the name of the machine, and by its address. */
function addressesOf({ address, platform }: ClusterServer): readonly string[] {
  const port = address.slice(address.lastIndexOf(':'));
  return [address, ...platform.network.interfaces().map((each) => each.address + port)];
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
