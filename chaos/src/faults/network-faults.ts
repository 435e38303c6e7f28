import type { ChaosNode } from '../nodes/node.ts';
import type { Random } from '../random.ts';
import {
  type FaultKind,
  isServer,
  type Member,
  oneServer,
  type PlannedFault,
  type PlanView,
  someServers,
} from './fault.ts';

/** The checker sees the servers by the watcher, which no fault cuts off. */
const mayBeHarmed = ({ kind }: { readonly kind: string }): boolean => kind !== 'watch';

/** Drops what `receivers` get from `senders`, where the packets arrive, as a broken cable or a filter on the way does. */
async function cut(fault: string, senders: readonly ChaosNode[], receivers: readonly ChaosNode[]): Promise<void> {
  await Promise.all(
    receivers.map((receiver) => {
      const others = senders.filter((each) => each !== receiver).map(({ network }) => network.address);
      if (others.length === 0) return Promise.resolve();
      return receiver.network.harm(fault, { input: [`ip saddr { ${others.join(', ')} } drop`], output: [] });
    }),
  );
}

async function cutApart(fault: string, left: readonly ChaosNode[], right: readonly ChaosNode[]): Promise<void> {
  await Promise.all([cut(fault, left, right), cut(fault, right, left)]);
}

async function heal(fault: PlannedFault, all: readonly ChaosNode[]): Promise<void> {
  await Promise.all(all.map((node) => node.network.heal(fault.name)));
}

const names = (nodes: readonly ChaosNode[]): string => nodes.map(({ name }) => name).join(' ');
const halfOf = (count: number, dice: number): number =>
  Math.max(1, Math.min(count - 1, Math.round(count * (0.3 + dice * 0.4))));
const allShuffled = (random: Random, { members }: PlanView): readonly string[] =>
  random.shuffled(members.filter(mayBeHarmed)).map(({ name }) => name);

/** Each may be longer than the time-outs of clients and of replication. */
const LONG: readonly [number, number] = [2000, 25_000];

const partitions: readonly FaultKind[] = [
  {
    name: 'partition',
    what: 'some servers are cut off from all others and from clients',
    openchaos: ['random-partition', 'fixed-partition'],
    parts: ['partition'],
    lastsMs: LONG,
    choose: someServers,
    async begin(fault, nodes, { nodes: all }) {
      const others = all.filter((node) => mayBeHarmed(node) && !nodes.includes(node));
      await cutApart(fault.name, nodes, others);
      return 'cut off, both ways';
    },
    end: (fault, _nodes, { nodes }) => heal(fault, nodes),
  },
  {
    name: 'one-way',
    what: 'what a server sends is lost, or what is sent to it, and not the other direction',
    parts: ['partition'],
    lastsMs: LONG,
    choose: oneServer,
    async begin(fault, nodes, { nodes: all }) {
      const others = all.filter((node) => mayBeHarmed(node) && !nodes.includes(node));
      const isDeaf = fault.dice < 0.5;
      await (isDeaf ? cut(fault.name, others, nodes) : cut(fault.name, nodes, others));
      return isDeaf ? 'what is sent to it is lost' : 'what it sends is lost';
    },
    end: (fault, _nodes, { nodes }) => heal(fault, nodes),
  },
  {
    name: 'halves',
    what: 'the network falls into two parts, clients among them',
    parts: ['partition'],
    lastsMs: LONG,
    choose: allShuffled,
    async begin(fault, nodes, _context) {
      const split = halfOf(nodes.length, fault.dice);
      const [left, right] = [nodes.slice(0, split), nodes.slice(split)];
      await cutApart(fault.name, left, right);
      return `${names(left)} | ${names(right)}`;
    },
    end: (fault, _nodes, { nodes }) => heal(fault, nodes),
  },
  {
    name: 'bridge',
    what: 'two parts that only one node in the middle has connections to',
    openchaos: ['bridge'],
    parts: ['partition'],
    lastsMs: LONG,
    choose: (random, view) => (view.members.filter(isServer).length < 4 ? undefined : allShuffled(random, view)),
    async begin(fault, nodes) {
      const [middle, ...rest] = nodes;
      const split = halfOf(rest.length, fault.dice);
      const [left, right] = [rest.slice(0, split), rest.slice(split)];
      await cutApart(fault.name, left, right);
      return `${names(left)} | ${middle?.name ?? ''} | ${names(right)}`;
    },
    end: (fault, _nodes, { nodes }) => heal(fault, nodes),
  },
  {
    name: 'ring',
    what: 'each server has connections to a majority of them, and no two to the same one',
    openchaos: ['partition-majorities-ring'],
    parts: ['partition'],
    lastsMs: LONG,
    choose: (random, { members }) => {
      const servers = members.filter(isServer);
      return servers.length < 5 ? undefined : random.shuffled(servers).map(({ name }) => name);
    },
    async begin(fault, nodes) {
      const reach = Math.ceil(Math.floor(nodes.length / 2) / 2);
      const distance = (a: number, b: number): number => Math.min(Math.abs(a - b), nodes.length - Math.abs(a - b));
      await Promise.all(
        nodes.map((node, at) => {
          const far = nodes.filter((_, other) => distance(at, other) > reach);
          return cut(fault.name, far, [node]);
        }),
      );
      return `${names(nodes)}: each reaches ${reach} to either side`;
    },
    end: (fault, _nodes, { nodes }) => heal(fault, nodes),
  },
  {
    name: 'link',
    what: 'the connection between a master and its slave is cut, and no other',
    parts: ['partition'],
    lastsMs: LONG,
    choose: (random, { members }) => {
      const slaves = members.filter(({ kind, brokerId }) => kind === 'broker' && brokerId !== 0);
      if (slaves.length === 0) return undefined;
      const slave = random.pick(slaves);
      const isOfPair = ({ kind, broker }: Member): boolean => kind === 'broker' && broker === slave.broker;
      return members.filter(isOfPair).map(({ name }) => name);
    },
    async begin(fault, nodes) {
      await cut(fault.name, nodes, nodes);
      return 'no packet between them';
    },
    end: (fault, _nodes, { nodes }) => heal(fault, nodes),
  },
];

const tcClass = (id: string, rate: string, quantum: number): string[] => [
  ...['class', 'add', 'dev', 'eth0', 'parent', '1:', 'classid', id],
  ...['htb', 'rate', rate, 'quantum', String(quantum)],
];

const rates: readonly FaultKind[] = [
  {
    name: 'loss',
    what: 'some servers lose a share of the packets that they get and send',
    openchaos: ['random-loss'],
    parts: ['loss'],
    choose: someServers,
    async begin(fault, nodes, { nodes: all }) {
      const percent = 5 + Math.floor(fault.dice * 45);
      const addresses = nodes.map(({ network }) => network.address).join(', ');
      await Promise.all(
        all.filter(mayBeHarmed).map((node) => {
          const from = nodes.includes(node) ? '' : `ip saddr { ${addresses} } `;
          const rule = `${from}numgen random mod 100 < ${percent} drop`;
          return node.network.harm(fault.name, { input: [rule], output: [] });
        }),
      );
      return `${percent} % of the packets, by nftables`;
    },
    end: (fault, _nodes, { nodes }) => heal(fault, nodes),
  },
  {
    name: 'slow-net',
    what: 'what some servers send waits in a queue (netem where the kernel has it, a rate limit elsewhere)',
    parts: ['shape'],
    choose: someServers,
    async begin(fault, nodes, { hasNetem }) {
      const delayMs = 50 + Math.floor(fault.dice * 400);
      const kilobits = 64 + Math.floor((1 - fault.dice) * 400);
      const discipline = hasNetem
        ? ['netem', 'delay', `${delayMs}ms`, `${Math.floor(delayMs / 2)}ms`]
        : ['tbf', 'rate', `${kilobits}kbit`, 'burst', '8kb', 'latency', '900ms'];
      const queues = [['qdisc', 'add', 'dev', 'eth0', 'root', ...discipline]];
      await Promise.all(nodes.map((node) => node.network.shape(fault.name, { queues, output: [] })));
      return hasNetem
        ? `${delayMs} ms by netem`
        : `${kilobits} kbit/s and up to 900 ms of queue by TBF (no netem in this kernel)`;
    },
    end: (fault, _nodes, { nodes }) => heal(fault, nodes),
  },
  {
    name: 'reorder',
    what: 'a share of the packets that some servers send is overtaken by the others',
    parts: ['shape'],
    choose: someServers,
    async begin(fault, nodes, { hasNetem }) {
      const percent = 5 + Math.floor(fault.dice * 30);
      const root = ['qdisc', 'add', 'dev', 'eth0', 'root'];
      const queues = hasNetem
        ? [[...root, 'netem', 'delay', '30ms', 'reorder', `${100 - percent}%`, '50%']]
        : [
            [...root, 'handle', '1:', 'htb', 'default', '10'],
            tcClass('1:10', '1gbit', 60_000),
            tcClass('1:20', '512kbit', 1514),
            ['qdisc', 'add', 'dev', 'eth0', 'parent', '1:20', 'pfifo', 'limit', '20'],
          ];
      const output = hasNetem ? [] : [`numgen random mod 100 < ${percent} meta priority set 1:20`];
      await Promise.all(nodes.map((node) => node.network.shape(fault.name, { queues, output })));
      return `${percent} % of the packets, by ${hasNetem ? 'netem' : 'a slower class of HTB (no netem in this kernel)'}`;
    },
    end: (fault, _nodes, { nodes }) => heal(fault, nodes),
  },
  {
    name: 'duplicate',
    what: 'a share of the packets that some servers send arrives more than once',
    parts: ['duplicates'],
    choose: someServers,
    async begin(fault, nodes) {
      const percent = 5 + Math.floor(fault.dice * 45);
      const sentTwice = [`ether type ip numgen random mod 100 < ${percent} dup to "eth0"`];
      await Promise.all(nodes.map((node) => node.network.harm(fault.name, { input: [], output: [], sentTwice })));
      return `${percent} % of the packets, by nftables`;
    },
    end: (fault, _nodes, { nodes }) => heal(fault, nodes),
  },
];

export const networkFaults: readonly FaultKind[] = [...partitions, ...rates];
