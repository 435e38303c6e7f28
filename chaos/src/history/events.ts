/**
 * A history is what clients and the runner saw, one JSON object a line. `at` is milliseconds of the machine's monotonic clock, which
 * all processes share and no fault moves.
 */
export type HistoryEvent =
  | Sending
  | Sent
  | SendFailed
  | Handled
  | Progress
  | Stored
  | QueueEnds
  | FaultEvent
  | ServerDied
  | MasterSeen
  | PhaseEvent;

/** The answers of a producer. Each but SEND_OK says that the message is stored, but not as safe as was asked for. */
export type SendStatus = 'SEND_OK' | 'FLUSH_DISK_TIMEOUT' | 'FLUSH_SLAVE_TIMEOUT' | 'SLAVE_NOT_AVAILABLE';

/** Where a message is: `broker` is the name that a master and its slaves share. */
export interface Place {
  readonly topic: string;
  readonly broker: string;
  readonly queue: number;
  readonly offset: number;
}

export interface Sending {
  readonly t: 'sending';
  readonly at: number;
  readonly id: string;
  /** Requests that may be made for it: so often it may be stored. 0: without a limit (a delayed or committed message may be delivered again). */
  readonly copies: number;
  /** Nobody may have it earlier. */
  readonly delayMs?: number | undefined;
  /** Its transaction ends with a rollback, by its producer or by the answer to a check. */
  readonly rolledBack?: boolean | undefined;
}

export interface Sent extends Place {
  readonly t: 'sent';
  readonly at: number;
  readonly id: string;
  readonly status: SendStatus;
  /** False where the answer names the place in which a delayed message waits. */
  readonly placed: boolean;
}

export interface SendFailed {
  readonly t: 'failed';
  readonly at: number;
  readonly id: string;
  readonly error: string;
}

/** Written before the listener's answer leaves the client. */
export interface Handled extends Place {
  readonly t: 'handled';
  readonly at: number;
  readonly id: string;
  readonly group: string;
  readonly member: string;
  readonly ok: boolean;
  /** Of a delivery from the retry topic: queue and offset are not those of the topic. */
  readonly retried: boolean;
}

/** What a broker answered for a group's offset; `at` is the time after the answer. */
export interface Progress extends Place {
  readonly t: 'progress';
  readonly at: number;
  readonly group: string;
  readonly node: string;
}

/** From the reading of whole queues at the end. */
export interface Stored extends Place {
  readonly t: 'stored';
  readonly node: string;
  readonly id: string;
  /** False when the body is not the one that was sent under this id, or its checksum is wrong. */
  readonly intact: boolean;
}

/** Ends of a queue, as a node answered them after the reading of it. */
export interface QueueEnds {
  readonly t: 'ends';
  readonly topic: string;
  readonly broker: string;
  readonly node: string;
  readonly queue: number;
  readonly min: number;
  readonly max: number;
}

export interface FaultEvent {
  readonly t: 'fault';
  readonly at: number;
  readonly kind: string;
  readonly nodes: readonly string[];
  readonly phase: 'begin' | 'end';
  readonly detail: string;
}

export interface ServerDied {
  readonly t: 'died';
  readonly at: number;
  readonly node: string;
  readonly how: string;
}

/** What a name server answered: the node that is master of a broker name. Recorded when it changes. */
export interface MasterSeen {
  readonly t: 'master';
  readonly at: number;
  readonly broker: string;
  readonly node: string;
}

/** `faults over` has the nodes that stay away; `read` has the node that speaks for each broker name, after all was read. */
export interface PhaseEvent {
  readonly t: 'phase';
  readonly at: number;
  readonly name: 'load' | 'faults over' | 'at rest' | 'read';
  readonly lost?: readonly string[];
  readonly survivors?: Readonly<Record<string, string>>;
}

/** Milliseconds of the machine's monotonic clock: the same in all processes, whatever happens to their wall clocks. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

const PIECE = 'the quick brown fox jumps over the lazy dog; ';

/** The body of a message: its id, and bytes that follow from it, so that any change of them is seen. */
export function bodyOf(id: string): string {
  let hash = 7;
  for (const char of id) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) >>> 0;
  const bytes = hash % 50 === 0 ? 3500 : hash % 600;
  return `${id}|${PIECE.repeat(Math.ceil(bytes / PIECE.length)).slice(0, bytes)}`;
}

/** The id that a body has; undefined for a body of another make. */
export function idOf(body: string): string | undefined {
  const end = body.indexOf('|');
  return end > 0 ? body.slice(0, end) : undefined;
}
