import type { FlushDiskType } from '@rocketmq-ts/store';
import type { PlannedOperation, SeededPlan } from '../seeded/plan.ts';

/** The machine and the sizes of the store's files. */
export interface PlanSettings {
  readonly seed: number;
  readonly maxLatencyMs: number;
  readonly writeBackChance: number;
  readonly fileBytes: number;
  readonly queueFileBytes: number;
  /** The queues of topic B are batch queues. */
  readonly batchQueues?: boolean;
  /** Absent: practically unlimited. */
  readonly diskBytes?: number;
}

export type Ending = 'stop' | 'kill' | 'power loss';

export interface Start {
  readonly do: 'start';
  readonly flush: FlushDiskType;
  readonly thoroughMs: number;
  readonly queueMs: number;
  readonly queueThoroughMs: number;
  /** Records are promised only once a slave holds them. */
  readonly replication?: boolean;
  /** Hits the start; a store that does not start is tried again by the next one. */
  readonly fault?: Omit<Fault, 'do'>;
}

/** One message; its id is the operation's number times 100. */
export interface Put {
  readonly do: 'put';
  readonly topic: string;
  readonly queueId: number;
  readonly bytes: number;
  readonly tag?: string;
  readonly keys?: string;
  readonly sysFlag?: number;
  /** Of a message for the schedule topic, whose queue it decides. */
  readonly level?: number;
  /** What is odd in its properties: names that come twice, an end without separator, a value with one. */
  readonly glued?: 'double' | 'open' | 'inner';
  /** The producer waits neither for the disk nor for a slave: WAIT=false. */
  readonly noWait?: boolean;
  /** It comes from a master, as bytes of its log, and no producer waits. */
  readonly raw?: boolean;
}

export interface Batch {
  readonly do: 'batch';
  readonly topic: string;
  readonly queueId: number;
  /** Body of each. */
  readonly sizes: readonly number[];
}

/** `from` is a share, 0 to 1, of what can be read. */
export interface Read {
  readonly do: 'read';
  readonly topic: string;
  readonly queueId: number;
  readonly from: number;
  readonly count: number;
}

interface Advance {
  readonly do: 'advance';
  readonly ms: number;
}

/** Moves the wall clock alone. */
interface Jump {
  readonly do: 'jump';
  readonly ms: number;
}

/** Arms a fault of the disk: a failure when it has a code, else a delay. */
export interface Fault {
  readonly do: 'fault';
  readonly operation: 'write' | 'sync' | 'open' | 'read';
  readonly path: string;
  /** By their numbers, where libuv has no name for one. */
  readonly code?: 'EIO' | 'ENOSPC' | 'EDQUOT' | 'EMFILE';
  readonly delayMs?: number;
  readonly skip?: number;
}

/** Ends the process. With `powerOff` the machine of a store that was stopped loses its power as well. */
export interface End {
  readonly do: 'end';
  readonly how: Ending;
  readonly powerOff?: boolean;
}

/** Reads all queues and holds them against the model. */
interface Verify {
  readonly do: 'verify';
}

/** Asks for offsets by the store time of a message (`at`: a share of those that can be read) and `ms` more. */
export interface ByTime {
  readonly do: 'time';
  readonly topic: string;
  readonly queueId: number;
  readonly at: number;
  readonly ms: number;
}

/** Asks for messages by a key. */
export interface Query {
  readonly do: 'query';
  readonly topic: string;
  readonly key: string;
  readonly maxNum: number;
  /** Store times, both included. */
  readonly begin?: number;
  readonly end?: number;
}

interface RemoveTopic {
  readonly do: 'drop';
  readonly topic: string;
}

/** So many hours pass by the wall clock, then expired files are removed. */
export interface Clean {
  readonly do: 'clean';
  readonly hours: number;
}

/** Others take a share of a disk of limited size, or give it back. */
export interface Occupy {
  readonly do: 'occupy';
  readonly share: number;
}

/** Something happens to a file while no process runs. `at` chooses file or record, a share from 0 to 1. */
export interface Damage {
  readonly do: 'damage';
  readonly target: 'commitlog' | 'consumequeue' | 'index';
  /** `swap`: the file gets what another one of its kind holds. */
  readonly how: 'flip' | 'zero' | 'zero page' | 'cut' | 'longer' | 'swap' | 'remove' | 'foreign';
  readonly at: number;
}

/** A slave reports that it holds a share, 0 to 1, of what it did not hold before. */
export interface Slave {
  readonly do: 'slave';
  readonly share: number;
}

export type Action =
  | Start
  | Put
  | Batch
  | Read
  | Advance
  | Jump
  | Fault
  | End
  | Verify
  | ByTime
  | Query
  | RemoveTopic
  | Clean
  | Occupy
  | Damage
  | Slave;

export type Operation = PlannedOperation<Action>;
export type Plan = SeededPlan<PlanSettings, Action>;
