import type { SuddenEnd } from '../machine.ts';

/** A producer was asked to send a message. Times are those of the monotonic clock. */
export interface Asked {
  readonly do: 'asked';
  readonly atMs: number;
  readonly id: string;
  readonly topic: string;
  readonly body: string;
  /** 0: at once. */
  readonly delayMs: number;
  /** Its delay is one of any length. */
  readonly timer?: boolean;
  /** Consumers get it when its local transaction is committed. */
  readonly transaction?: boolean;
  /** The listener fails so often. */
  readonly fails: number;
  /** Messages of one sequence are sent one after the other to one queue. */
  readonly sequence?: string;
}

/** A broker acknowledged it. */
export interface Acknowledged {
  readonly do: 'acknowledged';
  readonly atMs: number;
  readonly id: string;
  readonly broker: string;
  readonly queueId: number;
  readonly queueOffset: number;
  /** What the answer promises against a loss of power. */
  readonly flushed: boolean;
  /** What the answer promises against the loss of the master's machine. */
  readonly replicated?: boolean;
}

/** The send failed: the message may be stored or not. */
export interface Unanswered {
  readonly do: 'unanswered';
  readonly atMs: number;
  readonly id: string;
  readonly why: string;
}

/** The half message of a transaction is stored; its local transaction runs. */
export interface Prepared {
  readonly do: 'prepared';
  readonly atMs: number;
  readonly id: string;
}

/** What became of a local transaction, for good. */
export interface Decided {
  readonly do: 'decided';
  readonly atMs: number;
  readonly id: string;
  readonly outcome: 'COMMIT' | 'ROLLBACK';
}

/** A timer message was to be cancelled; `ok` when the broker took the request. */
export interface Recalled {
  readonly do: 'recalled';
  readonly atMs: number;
  readonly id: string;
  readonly ok: boolean;
}

/** A request got a reply. */
export interface Replied {
  readonly do: 'replied';
  readonly atMs: number;
  readonly id: string;
  readonly reply: string;
}

/** A listener had a message; `atMs` is when it got it. */
export interface Handled {
  readonly do: 'handled';
  readonly atMs: number;
  readonly endMs: number;
  readonly group: string;
  readonly member: string;
  readonly id: string;
  readonly topic: string;
  readonly body: string;
  readonly broker: string;
  readonly queueId: number;
  readonly queueOffset: number;
  /** How often it came before, as the message itself counts. */
  readonly times: number;
  /** It came by the retry topic: queue and offset are of that. */
  readonly retried: boolean;
  readonly ok: boolean;
}

/** A message in the dead letter queue of a group. */
export interface Dead {
  readonly do: 'dead';
  readonly atMs: number;
  readonly group: string;
  readonly id: string;
}

/** How far a group is in a queue, by the broker's answer. */
export interface Progress {
  readonly do: 'progress';
  readonly atMs: number;
  readonly broker: string;
  readonly group: string;
  readonly topic: string;
  readonly queueId: number;
  readonly offset: number;
}

/** The process of a server or client ended; the next one began. */
export interface Ended {
  readonly do: 'ended';
  readonly atMs: number;
  readonly machine: string;
  readonly how: SuddenEnd | 'stop';
}

/** The machine of a broker's master was lost with its disk; its slave, on the machine `heir`, is the master now. */
export interface Lost {
  readonly do: 'lost';
  readonly atMs: number;
  readonly broker: string;
  readonly heir: string;
}

export interface Started {
  readonly do: 'started';
  readonly atMs: number;
  readonly machine: string;
}

/** The wall clock jumped. */
export interface Jumped {
  readonly do: 'jumped';
  readonly atMs: number;
  readonly ms: number;
}

/** Machines could not speak with each other for a while, or a disk failed or was slow. */
export interface Disturbed {
  readonly do: 'disturbed';
  readonly atMs: number;
}

export type ClusterEvent =
  | Asked
  | Acknowledged
  | Unanswered
  | Prepared
  | Decided
  | Recalled
  | Replied
  | Handled
  | Dead
  | Progress
  | Ended
  | Lost
  | Started
  | Jumped
  | Disturbed;

export type EventOf<Name extends ClusterEvent['do']> = Extract<ClusterEvent, { do: Name }>;

/** Who reads a topic, and how. */
export interface GroupFacts {
  readonly group: string;
  readonly topics: readonly string[];
  readonly orderly: boolean;
  readonly members: number;
  /** It gets only these, by their ids. */
  readonly selects?: (id: string) => boolean;
  /** Each of them gets every message, and none comes again when it fails. */
  readonly broadcasting?: readonly string[];
}

/** What the checks know beside the events. */
export interface HistoryFacts {
  readonly groups: readonly GroupFacts[];
  readonly brokers: readonly string[];
  /** Brokers acknowledge what is on the disk. */
  readonly syncFlush: boolean;
  /** Brokers whose disk failed, or was slow, at times. */
  readonly failingDisks: readonly string[];
  /** A message that failed so often and once more is dead. */
  readonly maxReconsumeTimes: number;
  /** From delay level 1 on. */
  readonly delayLevelsMs: readonly number[];
  /** Masters are chosen by controllers, and what a broker acknowledges two others of its name have, or one. */
  readonly controlled?: boolean;
  /** From then on nothing was wrong: every request is replied to. */
  readonly calmMs?: number;
}

/** All events of a kind, in order. */
export function eventsOf<Name extends ClusterEvent['do']>(
  events: readonly ClusterEvent[],
  name: Name,
): EventOf<Name>[] {
  return events.filter((event): event is EventOf<Name> => event.do === name);
}

/** The events of each key, in order. */
export function grouped<E>(events: readonly E[], keyOf: (event: E) => string): Map<string, E[]> {
  const groups = new Map<string, E[]>();
  for (const event of events) {
    const key = keyOf(event);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [event]);
    else known.push(event);
  }
  return groups;
}

/** One line: what the digest of a run is made of. */
export function formatEvent(event: ClusterEvent): string {
  const { do: name, atMs, ...rest } = event;
  const values = Object.entries(rest).filter(([key]) => key !== 'body');
  return `${atMs} ${name} ${values.map(([key, value]) => `${key}=${value}`).join(' ')}`;
}
