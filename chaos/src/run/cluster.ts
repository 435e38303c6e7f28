import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Member } from '../faults/fault.ts';
import type { Job, WatchedNode } from '../load/job.ts';
import { NodeDisk } from '../nodes/disk.ts';
import { Switch } from '../nodes/host-network.ts';
import { ChaosNode, type NodeKind, type Program } from '../nodes/node.ts';
import type { RunOptions } from './options.ts';
import { BROKER_PORT, brokerProgram, clientProgram, NAMESRV_PORT, namesrvProgram } from './programs.ts';
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
  const numbers = Array.from({ length: set.nameServers }, (_, number) => number);
  return [
    ...numbers.map((number): Member => ({ name: `namesrv.${number}`, kind: 'namesrv' })),
    ...set.brokers.map(
      (each): Member => ({ name: nodeName(each), kind: 'broker', broker: each.broker, brokerId: each.id }),
    ),
    { name: 'watch', kind: 'watch' },
    ...consumerNames.map(({ name }): Member => ({ name, kind: 'consumer' })),
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
  readonly #onDeath: (node: ChaosNode, how: string) => void;

  /** `clocked` are the names of nodes whose clocks the plan moves: the library that does it slows a Java program down. */
  constructor(
    options: RunOptions,
    folder: string,
    clocked: ReadonlySet<string>,
    onDeath: (node: ChaosNode, how: string) => void,
  ) {
    this.#options = options;
    this.#clocked = clocked;
    this.#folder = folder;
    this.#switch = new Switch(process.pid);
    this.#onDeath = onDeath;
    mkdirSync(this.historyFolder, { recursive: true });
  }

  get historyFolder(): string {
    return join(this.#folder, 'history');
  }

  get namesrv(): string {
    return this.#of('namesrv')
      .map(({ network }) => `${network.address}:${NAMESRV_PORT}`)
      .join(';');
  }

  get brokers(): readonly ChaosNode[] {
    return this.#of('broker');
  }

  get brokerNames(): string[] {
    return [...new Set(this.#options.set.brokers.map(({ broker }) => broker))];
  }

  /** Starts the servers, makes the topic, and starts the clients. */
  async start(): Promise<void> {
    const { set } = this.#options;
    await this.#switch.make();
    for (let number = 0; number < set.nameServers; number++) {
      await this.#add(`namesrv.${number}`, 'namesrv', async ({ folder }) => namesrvProgram(folder));
    }
    for (const member of set.brokers) await this.#addBroker(member);
    // Masters first: a slave learns of its master when it registers.
    const masters = this.brokers.filter(({ name }) => name.endsWith('.0'));
    await Promise.all([...this.#of('namesrv'), ...masters].map((node) => node.start()));
    await Promise.all(this.brokers.map((node) => node.start()));
    await this.#addClients(masters);
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
    const program = (place: { folder: string; address: string }): Promise<Program> =>
      brokerProgram({
        ...place,
        make,
        store: disk.path,
        namesrv: this.namesrv,
        member,
        flush,
        properties: set.properties ?? {},
      });
    await this.#add(name, 'broker', program, { broker: member.broker, disk });
  }

  async #addClients(masters: readonly ChaosNode[]): Promise<void> {
    const common = { topic: TOPIC, queues: QUEUES };
    const groups = GROUPS.map(({ name }) => name);
    const watchJob = { ...common, groups, nodes: this.watched(this.brokers) };
    await this.#addClient('watch', 'watch', { ...watchJob, role: 'watch', history: this.history('watch') });
    const topic = await this.ask('topic', {
      ...common,
      role: 'topic',
      nodes: this.watched(masters),
      history: this.history('topic'),
    });
    if ((await topic.ended()) !== 'exit code 0') throw new Error(`the topic was not made: ${topic.lastWords}`);
    const { namesrv } = this;
    for (const { group, name } of consumerNames) {
      const job = { ...common, namesrv, name, group: group.name, orderly: group.orderly };
      await this.#addClient(name, 'consumer', { ...job, role: 'consumer', history: this.history(name) });
    }
    for (const name of producerNames) {
      const messagesPerSecond = this.#options.messagesPerSecond / PRODUCERS;
      const job = { ...common, namesrv, name, brokers: this.brokerNames, messagesPerSecond };
      await this.#addClient(name, 'producer', { ...job, role: 'producer', history: this.history(name) });
    }
    await Promise.all(this.nodes.map((node) => node.start()));
  }

  async #addClient(name: string, kind: NodeKind, job: Job): Promise<void> {
    await this.#add(name, kind, async () => clientProgram(job));
  }

  async #add(
    name: string,
    kind: NodeKind,
    program: (place: { folder: string; address: string }) => Promise<Program>,
    more: { broker?: string; disk?: NodeDisk } = {},
  ): Promise<void> {
    const network = await this.#switch.host(name);
    const folder = join(this.#folder, name);
    mkdirSync(folder, { recursive: true });
    this.nodes.push(
      new ChaosNode({
        name,
        kind,
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

  #of(kind: NodeKind): ChaosNode[] {
    return this.nodes.filter((node) => node.kind === kind);
  }
}
