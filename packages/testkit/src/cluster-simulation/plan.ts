import type { SuddenEnd } from '../machine.ts';
import type { PlannedOperation, SeededPlan } from '../seeded/plan.ts';

/** The cluster, and what its parts are like. */
export interface ClusterSettings {
  readonly seed: number;
  readonly nameServers: number;
  readonly brokers: number;
  /** Of each topic on each broker. */
  readonly queues: number;
  readonly flush: 'SYNC_FLUSH' | 'ASYNC_FLUSH';
  readonly producers: number;
  /** Members of the group that handles messages in any order. */
  readonly members: number;
  /** Members of the group that handles each queue in its order. */
  readonly orderlyMembers: number;
  /** Members of the group of which each gets every message. */
  readonly listeners: number;
  /** Members of the group that gets only what an SQL expression selects. */
  readonly selectors: number;
  /** Transactional producers, all of one group. */
  readonly committers: number;
  /** Members of the group that replies to requests. */
  readonly repliers: number;
  /** Members of the group that pulls, by loops. Default 0. */
  readonly pullers?: number;
  /** Controllers that choose the master of each broker's name, on a simulated etcd. Default 0: it is configured. */
  readonly controllers?: number;
  /** Slaves of each broker. Default 0. */
  readonly slaves?: number;
  /** An acknowledgement waits for the slave. */
  readonly waitsForSlave?: boolean;
  /** Consumers read from the slave while the master is away. */
  readonly slaveReads?: boolean;
  /** Producers gather their sends to batches. */
  readonly autoBatch: boolean;
  readonly maxReconsumeTimes: number;
  /** Longest time that a listener takes; the message decides how much of it. */
  readonly listenerMs: number;
  readonly diskLatencyMs: number;
  readonly networkLatencyMs: number;
}

/**
 * One step. Messages have the number of their operation as the first part of their id. Steps that make no sense where they are
 * do nothing.
 */
export type ClusterAction =
  /** Messages that a producer sends at once, without waiting for answers. */
  | {
      readonly do: 'send';
      readonly producer: string;
      readonly topic: string;
      readonly count: number;
      readonly bytes: number;
      readonly level?: number;
      /** A delay of any length, of a timer message. */
      readonly delayMs?: number;
      /** All in one request. */
      readonly list?: boolean;
      /** The listener fails so often before it succeeds. */
      readonly fails?: number;
    }
  /** Messages that a producer sends to one queue, each after the answer to the one before. */
  | {
      readonly do: 'order';
      readonly producer: string;
      readonly key: number;
      readonly count: number;
      readonly fails?: number;
    }
  /**
   * Messages whose consumers depend on local transactions: each takes a moment and ends like this; where it ends unknown, the
   * second question of a broker gets the other answer.
   */
  | {
      readonly do: 'transaction';
      readonly producer: string;
      readonly count: number;
      readonly ends: 'COMMIT' | 'ROLLBACK' | 'UNKNOWN';
      readonly later: 'COMMIT' | 'ROLLBACK';
      readonly fails?: number;
    }
  /** The timer messages of an earlier step are to be cancelled. */
  | { readonly do: 'recall'; readonly producer: string; readonly of: number }
  /** Requests that wait for a reply each. */
  | { readonly do: 'request'; readonly producer: string; readonly count: number }
  | { readonly do: 'topic'; readonly topic: string }
  | { readonly do: 'end'; readonly server: string; readonly how: SuddenEnd | 'stop' }
  | { readonly do: 'start'; readonly server: string }
  /** The server dies at a later call that changes its disk. */
  | { readonly do: 'die'; readonly server: string; readonly calls: number; readonly how: SuddenEnd }
  /** The machine of a master is lost with its disk, and its slave is started as the master. */
  | { readonly do: 'lose'; readonly broker: string }
  | { readonly do: 'leave'; readonly client: string; readonly how: 'kill' | 'stop' }
  | { readonly do: 'join'; readonly client: string }
  /** `oneWay`: only what `a` sends does not arrive. */
  | { readonly do: 'partition'; readonly a: string; readonly b: string; readonly oneWay?: boolean }
  | { readonly do: 'heal' }
  | { readonly do: 'cut'; readonly a: string; readonly b: string }
  /** The next calls on a server's disk take longer, or fail. */
  | {
      readonly do: 'fault';
      readonly server: string;
      readonly operation: 'write' | 'sync' | 'open' | 'rename';
      readonly path: string;
      readonly code?: 'ENOSPC' | 'EIO';
      readonly delayMs?: number;
      readonly times: number;
    }
  /** The wall clocks of all machines. */
  | { readonly do: 'jump'; readonly ms: number }
  | { readonly do: 'advance'; readonly ms: number };

export type ClusterOperation = PlannedOperation<ClusterAction>;
export type ClusterPlan = SeededPlan<ClusterSettings, ClusterAction>;

/** A producer that has no answer for so long sends again. */
export const ATTEMPT_TIMEOUT_MS = 1500;

/** Messages in any order, with delays and failures. */
export const PLAIN_TOPIC = 'Plain';
/** Sent to in order, and read by the orderly group as well. */
export const ORDERED_TOPIC = 'Ordered';
/** Made in the middle of a run, or by the first send to it. */
export const NEW_TOPIC = 'New';
/** What requests are sent to. */
export const REQUEST_TOPIC = 'Requests';
export const GROUP = 'any-order';
export const ORDERLY_GROUP = 'in-order';
export const BROADCAST_GROUP = 'each-member';
export const REPLY_GROUP = 'repliers';
export const SQL_GROUP = 'by-sql';
export const PULL_GROUP = 'by-pull';

export interface ConsumerGroup {
  readonly group: string;
  /** Names of its members begin with it. */
  readonly prefix: string;
  /** The setting that says how many members it has. */
  readonly members: 'members' | 'orderlyMembers' | 'listeners' | 'repliers' | 'selectors' | 'pullers';
  readonly topics: readonly string[];
}

/** The groups of consumers, in the order in which their members are started. */
export const consumerGroups: readonly ConsumerGroup[] = [
  { group: GROUP, prefix: 'member', members: 'members', topics: [PLAIN_TOPIC, NEW_TOPIC, ORDERED_TOPIC] },
  { group: ORDERLY_GROUP, prefix: 'orderly', members: 'orderlyMembers', topics: [ORDERED_TOPIC] },
  { group: BROADCAST_GROUP, prefix: 'listener', members: 'listeners', topics: [PLAIN_TOPIC, ORDERED_TOPIC] },
  { group: REPLY_GROUP, prefix: 'replier', members: 'repliers', topics: [REQUEST_TOPIC] },
  { group: SQL_GROUP, prefix: 'selector', members: 'selectors', topics: [PLAIN_TOPIC] },
  { group: PULL_GROUP, prefix: 'puller', members: 'pullers', topics: [PLAIN_TOPIC, ORDERED_TOPIC] },
];

/** What the group by SQL gets; see `propertiesOf`. */
export const EXPRESSION = "n BETWEEN 1 AND 4 AND (kind = 'a' OR kind IS NULL)";

/** Properties of a message by its id, `<step>.<index>`. */
export function propertiesOf(id: string): { readonly n: string; readonly kind?: string } {
  const [step, index = '0'] = id.split('.');
  const kind = ['a', 'b', undefined][Number(step) % 3];
  return { n: index, ...(kind === undefined ? {} : { kind }) };
}

/** Whether `EXPRESSION` selects a message, said in another way than by the expression. */
export function isSelected(id: string): boolean {
  const { n, kind } = propertiesOf(id);
  return Number(n) >= 1 && Number(n) <= 4 && kind !== 'b';
}

export const brokerNames = ({ brokers }: ClusterSettings): string[] =>
  Array.from({ length: brokers }, (_, index) => `broker-${'abc'[index]}`);
export const slaveNames = (settings: ClusterSettings): string[] =>
  brokerNames(settings).flatMap((name) =>
    numbered(`${name}-s`, settings.slaves ?? 0).map((each) => each.replace('-s-', '-s')),
  );
export const controllerNames = (settings: ClusterSettings): string[] =>
  numbered('controller', settings.controllers ?? 0);
export const nameServerNames = ({ nameServers }: ClusterSettings): string[] => numbered('namesrv', nameServers);
export const producerNames = ({ producers }: ClusterSettings): string[] => numbered('producer', producers);
export const committerNames = ({ committers }: ClusterSettings): string[] => numbered('committer', committers);
/** Members of one group of consumers. */
export const memberNames = ({ prefix, members }: ConsumerGroup, settings: ClusterSettings): string[] =>
  numbered(prefix, settings[members] ?? 0);
export const consumerNames = (settings: ClusterSettings): string[] =>
  consumerGroups.flatMap((group) => memberNames(group, settings));
/** All clients, in the order in which they are started. */
export const clientNames = (settings: ClusterSettings): string[] => [
  ...producerNames(settings),
  ...committerNames(settings),
  ...consumerNames(settings),
];

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);
}

/** Body of the reply to a request with this body. */
export const replyTo = (body: string): string => `reply to ${body}`;
