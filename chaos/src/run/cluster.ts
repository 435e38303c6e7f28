import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Member } from '../faults/fault.ts';
import type { Job, WatchedNode } from '../load/job.ts';
import { NodeDisk } from '../nodes/disk.ts';
import { Switch } from '../nodes/host-network.ts';
import { ChaosNode, type NodeKind, type Program } from '../nodes/node.ts';
import type { RunOptions } from './options.ts';
import {
  type Addresses,
  BROKER_PORT,
  brokerProgram,
  clientProgram,
  controllerProgram,
  etcdProgram,
  javaClientProgram,
  namesrvList,
  namesrvProgram,
} from './programs.ts';
import type { ServerSet, SetBroker } from './sets.ts';

export const TOPIC = 'Chaos';
export const QUEUES = 4;
export const GROUPS = [
  { name: 'chaos-concurrent', orderly: false },
  { name: 'chaos-orderly', orderly: true },
] as const;

const PRODUCERS = 2;
const CONSUMERS_OF_A_GROUP = 2;
const consumerNames = GROUPS.flatMap((group) =>
  Array.from({ length: CONSUMERS_OF_A_GROUP }, (_, number) => ({
    group,
    name: `${group.orderly ? 'orderly' : 'consumer'}.${number}`,
  })),
);
/** It ends with the consumers, so that transactions of producers that have ended are asked for. */
const CHECKS = 'checks.0';
const producerNames = Array.from({ length: PRODUCERS }, (_, number) => `producer.${number}`);
/** Room for what a run of an hour sends, twice. */
const DISK_MIB_A_MINUTE = 20;
const LEAST_DISK_MIB = 192;

const FAKETIME = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1',
];

/** Name of the node that a broker of a set runs on. */
export const nodeName = ({ broker, id }: SetBroker): string => `${broker}.${id}`;

/** The nodes of a run, as its plan sees them. */
export function membersOf(set: ServerSet): Member[] {
  const numbered = (kind: NodeKind, count: number): Member[] =>
    Array.from({ length: count }, (_, number) => ({ name: `${kind}.${number}`, kind }));
  return [
    ...numbered('namesrv', set.nameServers),
    ...numbered('etcd', set.controllers),
    ...numbered('controller', set.controllers),
    ...set.brokers.map(
      (each): Member => ({ name: nodeName(each), kind: 'broker', broker: each.broker, brokerId: each.id }),
    ),
    { name: 'watch', kind: 'watch' },
    ...consumerNames.map(({ name }): Member => ({ name, kind: 'consumer' })),
    { name: CHECKS, kind: 'consumer' },
    ...producerNames.map((name): Member => ({ name, kind: 'producer' })),
  ];
}

/** All nodes of a run; servers first, each with its namespace, brokers with a disk as well. */
export class ChaosCluster {
  readonly nodes: ChaosNode[] = [];
  readonly #options: RunOptions;
  readonly #folder: string;
  readonly #switch: Switch;
  readonly #clocked: ReadonlySet<string>;
  readonly #members: readonly Member[];
  readonly #addresses: Addresses;
  readonly #onDeath: (node: ChaosNode, how: string) => void;
  /** By node name: writes the broker's properties file for another role. */
  readonly #configure = new Map<string, (member: SetBroker) => Promise<Program>>();

  /** `clocked` are the names of nodes whose clocks the plan moves: the library that does it slows a Java program down. */
  constructor(
    options: RunOptions,
    folder: string,
    clocked: ReadonlySet<string>,
    onDeath: (node: ChaosNode, how: string) => void,
  ) {
    this.#options = options;
    this.#clocked = clocked;
    this.#members = membersOf(options.set);
    const of = (wanted: NodeKind): string[] =>
      this.#members.flatMap(({ kind }, at) => (kind === wanted ? [Switch.address(at + 1)] : []));
    this.#addresses = { namesrv: of('namesrv'), controller: of('controller'), etcd: of('etcd') };
    this.#folder = folder;
    this.#switch = new Switch(process.pid);
    this.#onDeath = onDeath;
    mkdirSync(this.historyFolder, { recursive: true });
  }

  get historyFolder(): string {
    return join(this.#folder, 'history');
  }

  get namesrv(): string {
    return namesrvList(this.#addresses);
  }

  get brokers(): readonly ChaosNode[] {
    return this.nodes.filter(({ kind }) => kind === 'broker');
  }

  get brokerNames(): string[] {
    return [...new Set(this.#options.set.brokers.map(({ broker }) => broker))];
  }

  /** Starts the servers, makes the topic, and starts the clients. */
  async start(): Promise<void> {
    await this.#switch.make();
    const addresses = this.#addresses;
    for (const number of addresses.namesrv.keys()) {
      await this.#add(`namesrv.${number}`, async ({ folder }) =>
        namesrvProgram(folder, this.#options.set.namesrvProperties ?? {}),
      );
    }
    for (const number of addresses.etcd.keys()) {
      await this.#add(`etcd.${number}`, async ({ folder }) => etcdProgram(folder, number, addresses));
    }
    for (const number of addresses.controller.keys()) {
      await this.#add(`controller.${number}`, async ({ folder }) => controllerProgram(folder, number, addresses));
    }
    for (const member of this.#options.set.brokers) await this.#addBroker(member);
    await this.#startAll('etcd', 'namesrv');
    await this.#startAll('controller');
    // Masters first: a slave learns of its master when it registers.
    await Promise.all(this.brokers.filter(({ name }) => name.endsWith('.0')).map((node) => node.start()));
    await this.#startAll('broker');
    await this.#addClients();
  }

  async #startAll(...kinds: readonly NodeKind[]): Promise<void> {
    await Promise.all(this.nodes.filter(({ kind }) => kinds.includes(kind)).map((node) => node.start()));
  }

  /** The next start of `slave` is one as the master, and that of `lost` one as its slave with an empty disk. */
  async promote(slave: ChaosNode, lost: ChaosNode): Promise<void> {
    const memberOf = (node: ChaosNode): SetBroker =>
      this.#options.set.brokers.find((each) => nodeName(each) === node.name)!;
    await this.#configure.get(slave.name)?.(memberOf(lost));
    await this.#configure.get(lost.name)?.(memberOf(slave));
    await lost.replaceDisk();
  }

  /** Runs a client process of another job to its end, in the watcher's namespace. */
  async ask(name: string, job: Job): Promise<ChaosNode> {
    const watch = this.nodes.find(({ kind }) => kind === 'watch')!;
    const node = new ChaosNode({
      name,
      kind: 'watch',
      network: watch.network,
      folder: join(this.#folder, name),
      program: clientProgram(job),
      onDeath: () => {},
    });
    await node.start();
    return node;
  }

  watched(nodes: readonly ChaosNode[]): WatchedNode[] {
    return nodes.map((node) => ({
      broker: node.broker ?? '',
      node: node.name,
      address: `${node.network.address}:${BROKER_PORT}`,
    }));
  }

  history(name: string): string {
    return join(this.historyFolder, `${name}.jsonl`);
  }

  async #addBroker(member: SetBroker): Promise<void> {
    const { flush, set, faultsMs, makeOf } = this.#options;
    const name = nodeName(member);
    const sizeMiB = Math.max(LEAST_DISK_MIB, Math.ceil((faultsMs / 60_000) * DISK_MIB_A_MINUTE));
    const disk = new NodeDisk(join(this.#folder, `${name}-disk`), sizeMiB);
    await disk.make();
    const make = makeOf(name);
    const program = (place: { folder: string; address: string }): Promise<Program> => {
      const configure = (role: SetBroker): Promise<Program> =>
        brokerProgram({
          ...place,
          make,
          store: disk.path,
          addresses: this.#addresses,
          member: role,
          flush,
          properties: set.properties ?? {},
        });
      this.#configure.set(name, configure);
      return configure(member);
    };
    await this.#add(name, program, { broker: member.broker, disk });
  }

  async #addClients(): Promise<void> {
    const common = { topic: TOPIC, queues: QUEUES };
    const groups = GROUPS.map(({ name }) => name);
    const { namesrv } = this;
    const watched = { ...common, namesrv, nodes: this.watched(this.brokers) };
    await this.#addClient('watch', { ...watched, groups, role: 'watch', history: this.history('watch') });
    const topic = await this.ask('topic', { ...watched, role: 'topic', history: this.history('topic') });
    if ((await topic.ended()) !== 'exit code 0') throw new Error(`the topic was not made: ${topic.lastWords}`);
    for (const { group, name } of consumerNames) {
      const job = { ...common, namesrv, name, group: group.name, orderly: group.orderly };
      await this.#addClient(name, { ...job, role: 'consumer', history: this.history(name) });
    }
    await this.#addClient(CHECKS, { ...common, namesrv, name: CHECKS, role: 'checks', history: this.history(CHECKS) });
    for (const name of producerNames) {
      const messagesPerSecond = this.#options.messagesPerSecond / PRODUCERS;
      const job = { ...common, namesrv, name, brokers: this.brokerNames, messagesPerSecond };
      await this.#addClient(name, { ...job, role: 'producer', history: this.history(name) });
    }
    await Promise.all(this.nodes.map((node) => node.start()));
  }

  async #addClient(name: string, job: Job): Promise<void> {
    const { javaClients } = this.#options;
    const isJava = javaClients === 'all' || (javaClients === 'half' && name.endsWith('.1'));
    await this.#add(name, async () =>
      isJava && (job.role === 'producer' || job.role === 'consumer') ? javaClientProgram(job) : clientProgram(job),
    );
  }

  async #add(
    name: string,
    program: (place: { folder: string; address: string }) => Promise<Program>,
    more: { broker?: string; disk?: NodeDisk } = {},
  ): Promise<void> {
    const at = this.#members.findIndex((member) => member.name === name);
    const network = await this.#switch.host(name, at + 1);
    const folder = join(this.#folder, name);
    mkdirSync(folder, { recursive: true });
    this.nodes.push(
      new ChaosNode({
        name,
        kind: this.#members[at]!.kind,
        network,
        folder,
        program: await program({ folder, address: network.address }),
        broker: more.broker,
        disk: more.disk,
        onDeath: this.#onDeath,
        faketime: this.#clocked.has(name) ? FAKETIME.find((path) => existsSync(path)) : undefined,
      }),
    );
  }
}
