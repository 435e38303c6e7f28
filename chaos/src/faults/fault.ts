import type { ChaosNode, NodeKind } from '../nodes/node.ts';
import type { Random } from '../random.ts';

/** What overlapping faults may not do to one node at the same time. */
export type Part = 'process' | 'partition' | 'loss' | 'duplicates' | 'shape' | 'disk' | 'clock';

/** A node as a plan sees it: names and roles, the same for each run of a set. */
export interface Member {
  readonly name: string;
  readonly kind: NodeKind;
  readonly broker?: string | undefined;
  /** Of a broker: 0 for what begins as the master. */
  readonly brokerId?: number | undefined;
}

/** What a plan may choose from. */
export interface PlanView {
  readonly members: readonly Member[];
  readonly flush: 'ASYNC_FLUSH' | 'SYNC_FLUSH';
  /** Whether controllers choose the master: any broker may be it. */
  readonly failover: boolean;
  /** Whether what is acknowledged with SEND_OK is on two machines. */
  readonly survivesLostDisk: boolean;
  /** Whether a lost master is replaced by its slave, and comes back as the slave of that. */
  readonly promotesSlaves: boolean;
}

/** One fault of a plan. */
export interface PlannedFault {
  readonly name: string;
  readonly kind: string;
  readonly nodes: readonly string[];
  readonly beginMs: number;
  readonly endMs: number;
  /** For faults with sides, sizes and directions: a number that follows from the seed. */
  readonly dice: number;
}

/** What faults reach for. */
export interface FaultContext {
  /** All nodes. */
  readonly nodes: readonly ChaosNode[];
  readonly flush: 'ASYNC_FLUSH' | 'SYNC_FLUSH';
  /** Whether this kernel has netem. */
  readonly hasNetem: boolean;
  readonly owner: number;
  /** Whether controllers choose the master. */
  readonly failover: boolean;
  /** Name of the node that is master of a broker name by now, as far as it is known. */
  masterOf(broker: string): string | undefined;
  /** Resolves when each broker name took a message with SEND_OK whose send began after the call; false when none did for long. */
  takeSends(): Promise<boolean>;
  /** What an operator does for a lost master: its slave is restarted as the master, and the lost machine, empty, as its slave. */
  promote(slave: ChaosNode, lost: ChaosNode): Promise<void>;
}

/** A kind of fault, declared once: plan, run and page read it here. */
export interface FaultKind {
  readonly name: string;
  /** One sentence for the page. */
  readonly what: string;
  /** Names of openchaos' faults that it covers. */
  readonly openchaos?: readonly string[];
  readonly parts: readonly Part[];
  /** Its nodes; undefined where this set has no fit ones. */
  choose(random: Random, view: PlanView): readonly string[] | undefined;
  /** How long it may last. Default: 2 to 15 s. */
  readonly lastsMs?: readonly [number, number];
  /** It can't be repeated, and nothing else may happen to the first of its nodes afterwards. */
  readonly isFinal?: boolean;
  /** Returns what it did, for the timeline. */
  begin(fault: PlannedFault, nodes: readonly ChaosNode[], context: FaultContext): Promise<string>;
  end(fault: PlannedFault, nodes: readonly ChaosNode[], context: FaultContext): Promise<void>;
}

export const isServer = ({ kind }: Member): boolean => !['producer', 'consumer', 'watch'].includes(kind);
export const isMaster = ({ kind, brokerId }: Member): boolean => kind === 'broker' && brokerId === 0;

/** Nodes of a fault of a master: the one that is it, or all that may be it. */
export function aMaster(random: Random, { members, failover }: PlanView): readonly string[] | undefined {
  if (!failover) return some(random, members.filter(isMaster), 1);
  const name = random.pick(members.filter(isMaster)).broker;
  return members.filter(({ kind, broker }) => kind === 'broker' && broker === name).map((member) => member.name);
}

/** Which of these nodes is the master now. */
export function mastersAmong(nodes: readonly ChaosNode[], { masterOf }: FaultContext): readonly ChaosNode[] {
  if (nodes.length < 2) return nodes;
  const running = nodes.filter(({ isRunning }) => isRunning);
  const masters = running.filter(({ name, broker }) => masterOf(broker ?? '') === name);
  return masters.length > 0 ? masters : running.slice(0, 1);
}

/** From one to half of the servers. */
export function someServers(random: Random, { members }: PlanView): readonly string[] | undefined {
  const servers = members.filter(isServer);
  return some(random, servers, random.between(1, Math.max(1, Math.floor(servers.length / 2))));
}

export function oneServer(random: Random, { members }: PlanView): readonly string[] | undefined {
  return some(random, members.filter(isServer), 1);
}

export function oneBroker(random: Random, { members }: PlanView): readonly string[] | undefined {
  return some(
    random,
    members.filter(({ kind }) => kind === 'broker'),
    1,
  );
}

/** Names of so many members at random; undefined when there are fewer. */
export function some(random: Random, members: readonly Member[], count: number): readonly string[] | undefined {
  if (count < 1 || members.length < count) return undefined;
  return random
    .shuffled(members)
    .slice(0, count)
    .map(({ name }) => name);
}
