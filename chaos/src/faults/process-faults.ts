import { setTimeout as pause } from 'node:timers/promises';
import { canLimitMemory, limitMemory, unlimitMemory } from '../nodes/memory-group.ts';
import { groupName } from '../nodes/names.ts';
import type { ChaosNode } from '../nodes/node.ts';
import {
  aMaster,
  type FaultKind,
  isServer,
  mastersAmong,
  oneBroker,
  oneServer,
  type PlannedFault,
  some,
  someServers,
} from './fault.ts';

type Life = Pick<FaultKind, 'parts' | 'begin' | 'end'>;

const killed: Life = {
  parts: ['process'],
  async begin(fault, nodes) {
    for (const node of nodes) node.forbid(fault.name);
    await Promise.all(nodes.map((node) => node.kill()));
    return 'SIGKILL';
  },
  end: allow,
};

const suspended: Life = {
  parts: ['process'],
  async begin(_fault, nodes) {
    for (const node of nodes) node.pause();
    return 'SIGSTOP';
  },
  async end(_fault, nodes) {
    for (const node of nodes) node.resume();
  },
};

const restarted: Life = {
  parts: ['process'],
  async begin(fault, nodes) {
    for (const node of nodes) node.forbid(fault.name);
    const stopped = await Promise.all(nodes.map((node) => node.stop()));
    return stopped.every(Boolean) ? 'stopped in order' : 'did not stop within 30 s, killed';
  },
  end: allow,
};

const killedWhileStopping: Life = {
  parts: ['process'],
  async begin(fault, nodes) {
    for (const node of nodes) node.forbid(fault.name);
    const waitMs = Math.floor(fault.dice * 400);
    await Promise.all(nodes.map((node) => node.stop(waitMs)));
    return `asked to stop, killed after ${waitMs} ms`;
  },
  end: allow,
};

const killedAgain: Life = {
  parts: ['process'],
  async begin(fault, nodes) {
    for (let times = 0; times < 3; times++) {
      await Promise.all(nodes.map((node) => node.kill()));
      // Killed at a moment of its recovery.
      for (const node of nodes) node.start().catch(() => {});
      await pause(150 + Math.floor(fault.dice * 900));
    }
    await killed.begin(fault, nodes, undefined as never);
    return 'SIGKILL four times, three of them at the start';
  },
  end: allow,
};

async function allow(fault: PlannedFault, nodes: readonly ChaosNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.allow(fault.name)));
}

const minority: FaultKind['choose'] = (random, { members }) => {
  const servers = members.filter(isServer);
  return some(random, servers, Math.floor((servers.length - 1) / 2));
};
const majority: FaultKind['choose'] = (random, { members }) => {
  const servers = members.filter(isServer);
  return some(random, servers, Math.floor(servers.length / 2) + 1);
};
const oneClient: FaultKind['choose'] = (random, { members }) =>
  some(
    random,
    members.filter(({ kind }) => kind === 'producer' || kind === 'consumer'),
    1,
  );

/** A group for each fault: what a process took in an earlier one would be counted again. */
const groupOf = (owner: number, fault: PlannedFault, node: ChaosNode): string =>
  groupName(owner, `${node.name}-${fault.name}`);

/** Longer than the time-outs of clients (3 s), of slaves (housekeeping) and of heartbeats in controller mode (10 s). */
const LONG_PAUSE: readonly [number, number] = [3000, 30_000];

export const processFaults: readonly FaultKind[] = [
  {
    name: 'kill',
    what: 'SIGKILL of some servers at random, started again later',
    openchaos: ['random-kill', 'fixed-kill'],
    ...killed,
    choose: someServers,
  },
  {
    name: 'minor-kill',
    what: 'SIGKILL of fewer than half of the servers at the same moment',
    openchaos: ['minor-kill'],
    ...killed,
    choose: minority,
  },
  {
    name: 'major-kill',
    what: 'SIGKILL of more than half of the servers at the same moment',
    openchaos: ['major-kill'],
    ...killed,
    choose: majority,
  },
  {
    name: 'leader-kill',
    what: 'SIGKILL of a master',
    openchaos: ['leader-kill'],
    ...killed,
    choose: aMaster,
    async begin(fault, nodes, context) {
      const masters = mastersAmong(nodes, context);
      return `${masters.map(({ name }) => name).join(' ')}: ${await killed.begin(fault, masters, context)}`;
    },
  },
  {
    name: 'pair-kill',
    what: 'SIGKILL of all nodes of one broker name at the same moment',
    ...killed,
    choose: (random, { members }) => {
      const brokers = members.filter(({ kind }) => kind === 'broker');
      const names = brokers.filter(({ brokerId }) => brokerId !== 0).map(({ broker }) => broker);
      if (names.length === 0) return undefined;
      const name = random.pick(names);
      return brokers.filter(({ broker }) => broker === name).map((member) => member.name);
    },
  },
  {
    name: 'kill-at-start',
    what: 'SIGKILL of a broker, and again at moments of its recovery',
    ...killedAgain,
    choose: oneBroker,
  },
  {
    name: 'restart',
    what: 'an ordered stop and a start',
    ...restarted,
    lastsMs: [500, 8000],
    choose: oneServer,
  },
  {
    name: 'kill-while-stopping',
    what: 'an ordered stop, cut short by SIGKILL',
    ...killedWhileStopping,
    lastsMs: [500, 8000],
    choose: oneServer,
  },
  {
    name: 'suspend',
    what: 'SIGSTOP and SIGCONT of some servers, for longer than the time-outs of clients',
    openchaos: ['random-suspend', 'fixed-suspend'],
    ...suspended,
    lastsMs: LONG_PAUSE,
    choose: someServers,
  },
  {
    name: 'minor-suspend',
    what: 'SIGSTOP and SIGCONT of fewer than half of the servers',
    openchaos: ['minor-suspend'],
    ...suspended,
    lastsMs: LONG_PAUSE,
    choose: minority,
  },
  {
    name: 'major-suspend',
    what: 'SIGSTOP and SIGCONT of more than half of the servers',
    openchaos: ['major-suspend'],
    ...suspended,
    lastsMs: LONG_PAUSE,
    choose: majority,
  },
  {
    name: 'leader-suspend',
    what: 'SIGSTOP and SIGCONT of a master',
    openchaos: ['leader-suspend'],
    ...suspended,
    lastsMs: LONG_PAUSE,
    choose: aMaster,
    async begin(fault, nodes, context) {
      const masters = mastersAmong(nodes, context);
      return `${masters.map(({ name }) => name).join(' ')}: ${await suspended.begin(fault, masters, context)}`;
    },
  },
  {
    name: 'low-memory',
    what: 'a broker gets next to no memory, page cache included, and waits for it where there is none (a limit of its control group)',
    parts: ['process'],
    choose: oneBroker,
    async begin(fault, nodes, { owner }) {
      if (!canLimitMemory()) return 'nothing: this kernel has no memory controller (cgroup v1)';
      const mebibytes = 2 + Math.floor(fault.dice * 30);
      for (const node of nodes) limitMemory(groupOf(owner, fault, node), node.pid, mebibytes * 1024 * 1024);
      return `${mebibytes} MiB beside what it has`;
    },
    async end(fault, nodes, { owner }) {
      if (canLimitMemory()) for (const node of nodes) unlimitMemory(groupOf(owner, fault, node));
    },
  },
  {
    name: 'client-kill',
    what: 'SIGKILL of a producer or a consumer, started again',
    ...killed,
    choose: oneClient,
  },
  {
    name: 'client-suspend',
    what: 'SIGSTOP and SIGCONT of a producer or a consumer',
    ...suspended,
    lastsMs: LONG_PAUSE,
    choose: oneClient,
  },
];
