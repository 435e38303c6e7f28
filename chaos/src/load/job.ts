/** What a client process is to do: one JSON argument of `load/main.ts`. */
export type Job = ProducerJob | ConsumerJob | ChecksJob | WatchJob | TopicJob | ReadJob;

interface Common {
  /** History file that it appends to. */
  readonly history: string;
  readonly topic: string;
  readonly queues: number;
}

/** Sends until its standard input ends. */
export interface ProducerJob extends Common {
  readonly role: 'producer';
  readonly name: string;
  readonly namesrv: string;
  readonly brokers: readonly string[];
  readonly messagesPerSecond: number;
}

/** Receives until its standard input ends; then leaves the group in order. */
export interface ConsumerJob extends Common {
  readonly role: 'consumer';
  readonly name: string;
  readonly namesrv: string;
  readonly group: string;
  readonly orderly: boolean;
}

/** Answers brokers that ask how a transaction ended, until its standard input ends. */
export interface ChecksJob extends Common {
  readonly role: 'checks';
  readonly name: string;
  readonly namesrv: string;
}

/** A node as the runner knows it. */
export interface WatchedNode {
  readonly broker: string;
  readonly node: string;
  readonly address: string;
}

/** Asks brokers for the groups' offsets, and name servers for the masters, until its standard input ends. */
export interface WatchJob extends Common {
  readonly role: 'watch';
  readonly namesrv: string;
  readonly nodes: readonly WatchedNode[];
  readonly groups: readonly string[];
}

/** Makes the topic at the master of each broker name, and ends; fails when one did not take it within the time. */
export interface TopicJob extends Common {
  readonly role: 'topic';
  readonly namesrv: string;
  readonly nodes: readonly WatchedNode[];
}

/** Reads every queue of each node, and ends. The history has no `ends` of what could not be read. */
export interface ReadJob extends Common {
  readonly role: 'read';
  readonly namesrv: string;
  readonly nodes: readonly WatchedNode[];
  readonly groups: readonly string[];
}
