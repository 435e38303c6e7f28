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
  | { readonly do: 'topic'; readonly topic: string }
  | { readonly do: 'end'; readonly server: string; readonly how: SuddenEnd | 'stop' }
  | { readonly do: 'start'; readonly server: string }
  /** The server dies at a later call that changes its disk. */
  | { readonly do: 'die'; readonly server: string; readonly calls: number; readonly how: SuddenEnd }
  | { readonly do: 'leave'; readonly client: string; readonly how: 'kill' | 'stop' }
  | { readonly do: 'join'; readonly client: string }
  | { readonly do: 'partition'; readonly a: string; readonly b: string }
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

/** Messages in any order, with delays and failures. */
export const PLAIN_TOPIC = 'Plain';
/** Sent to in order, and read by the orderly group as well. */
export const ORDERED_TOPIC = 'Ordered';
/** Made in the middle of a run, or by the first send to it. */
export const NEW_TOPIC = 'New';
export const GROUP = 'any-order';
export const ORDERLY_GROUP = 'in-order';

export const brokerNames = ({ brokers }: ClusterSettings): string[] =>
  Array.from({ length: brokers }, (_, index) => `broker-${'abc'[index]}`);
export const nameServerNames = ({ nameServers }: ClusterSettings): string[] =>
  Array.from({ length: nameServers }, (_, index) => `namesrv-${index + 1}`);
export const producerNames = ({ producers }: ClusterSettings): string[] =>
  Array.from({ length: producers }, (_, index) => `producer-${index + 1}`);
export const memberNames = ({ members }: ClusterSettings): string[] =>
  Array.from({ length: members }, (_, index) => `member-${index + 1}`);
export const orderlyMemberNames = ({ orderlyMembers }: ClusterSettings): string[] =>
  Array.from({ length: orderlyMembers }, (_, index) => `orderly-${index + 1}`);
