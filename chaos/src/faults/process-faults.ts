import { setTimeout as pause } from 'node:timers/promises';
import type { ChaosNode } from '../nodes/node.ts';
import { aMaster, type FaultKind, isServer, mastersAmong, type PlannedFault, some } from './fault.ts';

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

/** Longer than the time-outs of clients (3 s), of slaves (housekeeping) and of heartbeats in controller mode (10 s). */
const LONG_PAUSE: readonly [number, number] = [3000, 30_000];

export const processFaults: readonly FaultKind[] = [
  {
    name: 'kill',
    what: 'SIGKILL of some servers at random, started again later',
    openchaos: ['random-kill', 'fixed-kill'],
    ...killed,
    choose: (random, { members }) => {
      const servers = members.filter(isServer);
      return some(random, servers, random.between(1, Math.max(1, Math.floor(servers.length / 2))));
    },
  },
  {
    name: 'minor-kill',
    what: 'SIGKILL of fewer than half of the servers at the same moment',
    openchaos: ['minor-kill'],
    ...killed,
    choose: (random, { members }) => {
      const servers = members.filter(isServer);
      return some(random, servers, Math.floor((servers.length - 1) / 2));
    },
  },
  {
    name: 'major-kill',
    what: 'SIGKILL of more than half of the servers at the same moment',
    openchaos: ['major-kill'],
    ...killed,
    choose: (random, { members }) => {
      const servers = members.filter(isServer);
      return some(random, servers, Math.floor(servers.length / 2) + 1);
    },
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
    choose: (random, { members }) =>
      some(
        random,
        members.filter(({ kind }) => kind === 'broker'),
        1,
      ),
  },
  {
    name: 'restart',
    what: 'an ordered stop and a start',
    ...restarted,
    lastsMs: [500, 8000],
    choose: (random, { members }) => some(random, members.filter(isServer), 1),
  },
  {
    name: 'kill-while-stopping',
    what: 'an ordered stop, cut short by SIGKILL',
    ...killedWhileStopping,
    lastsMs: [500, 8000],
    choose: (random, { members }) => some(random, members.filter(isServer), 1),
  },
  {
    name: 'suspend',
    what: 'SIGSTOP and SIGCONT of some servers, for longer than the time-outs of clients',
    openchaos: ['random-suspend', 'fixed-suspend'],
    ...suspended,
    lastsMs: LONG_PAUSE,
    choose: (random, { members }) => {
      const servers = members.filter(isServer);
      return some(random, servers, random.between(1, Math.max(1, Math.floor(servers.length / 2))));
    },
  },
  {
    name: 'minor-suspend',
    what: 'SIGSTOP and SIGCONT of fewer than half of the servers',
    openchaos: ['minor-suspend'],
    ...suspended,
    lastsMs: LONG_PAUSE,
    choose: (random, { members }) => {
      const servers = members.filter(isServer);
      return some(random, servers, Math.floor((servers.length - 1) / 2));
    },
  },
  {
    name: 'major-suspend',
    what: 'SIGSTOP and SIGCONT of more than half of the servers',
    openchaos: ['major-suspend'],
    ...suspended,
    lastsMs: LONG_PAUSE,
    choose: (random, { members }) => {
      const servers = members.filter(isServer);
      return some(random, servers, Math.floor(servers.length / 2) + 1);
    },
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
    name: 'client-kill',
    what: 'SIGKILL of a producer or a consumer, started again',
    ...killed,
    choose: (random, { members }) =>
      some(
        random,
        members.filter(({ kind }) => kind === 'producer' || kind === 'consumer'),
        1,
      ),
  },
  {
    name: 'client-suspend',
    what: 'SIGSTOP and SIGCONT of a producer or a consumer',
    ...suspended,
    lastsMs: LONG_PAUSE,
    choose: (random, { members }) =>
      some(
        random,
        members.filter(({ kind }) => kind === 'producer' || kind === 'consumer'),
        1,
      ),
  },
];
