import type { Clock, Logger, Timer } from '@rocketmq-ts/kernel';
import type { RemotingConnection } from '@rocketmq-ts/remoting';
import type { Liveness } from '../group/decision.ts';
import type { Candidate } from '../group/elect-policy.ts';

/** Brokers whose heartbeats are kept. */
export const MAX_LIVE_BROKERS = 20_000;
/** A broker that says nothing about it counts as dead after this time without a heartbeat. Source: BrokerHeartbeatManager. */
const DEFAULT_TIMEOUT_MS = 10_000;
/**
 * For so long after its start a controller takes a master that it has not heard of for alive: brokers look for controllers every three
 * seconds, and send heartbeats every second then.
 */
export const FIRST_HEARTBEATS_MS = 6_000;
/** A deadline is noticed this late at most. */
const SCAN_MS = 500;

type Connection = Pick<RemotingConnection, 'onClose'>;

interface Heartbeat {
  readonly clusterName: string;
  readonly brokerName: string;
  readonly brokerId: number;
  readonly timeoutMs: number | undefined;
  readonly epoch: number;
  readonly maxOffset: number;
  readonly electionPriority: number;
  readonly connection: Connection;
}

interface LiveBroker extends Heartbeat {
  readonly endsMs: number;
}

interface GroupName {
  readonly clusterName: string;
  readonly brokerName: string;
}

interface LiveBrokersOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** A broker without a heartbeat for so long is dead, also where its own time is longer. */
  readonly silenceLimitMs: () => number;
  /** A broker died: its connection was closed, or its heartbeats stay away. */
  readonly onDead: (brokerName: string) => void;
}

/**
 * Which brokers live, by the heartbeats that each controller gets from each broker. Kept in memory only: another controller that takes
 * the lead has heard of the same brokers.
 */
export class LiveBrokers implements Liveness {
  readonly #options: LiveBrokersOptions;
  readonly #live = new Map<string, LiveBroker>();
  /** Keys of the brokers whose last heartbeat came over a connection, so that its end is listened for once. */
  readonly #keysOf = new WeakMap<Connection, Set<string>>();
  /** Brokers that died while this controller takes others for alive without having heard of them. */
  readonly #dead = new Set<string>();
  readonly #startedMs: number;
  #timer: Timer | undefined;

  constructor(options: LiveBrokersOptions) {
    this.#options = options;
    this.#startedMs = options.clock.monotonicMs();
  }

  start(): void {
    this.#timer = this.#options.clock.every(SCAN_MS, () => this.#scan());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#live.clear();
  }

  /** False: there are too many brokers. */
  heartbeat(heartbeat: Heartbeat): boolean {
    const { clock, logger, silenceLimitMs } = this.#options;
    const key = keyOf(heartbeat, heartbeat.brokerId);
    const known = this.#live.get(key);
    if (known === undefined && this.#live.size >= MAX_LIVE_BROKERS) return false;
    const timeoutMs = Math.min(Math.max(1, heartbeat.timeoutMs ?? DEFAULT_TIMEOUT_MS), silenceLimitMs());
    this.#live.set(key, { ...heartbeat, endsMs: clock.monotonicMs() + timeoutMs });
    if (known === undefined) {
      const { clusterName, brokerName, brokerId } = heartbeat;
      logger.info('A broker lives', { clusterName, brokerName, brokerId });
    }
    if (known?.connection !== heartbeat.connection) {
      if (known !== undefined) this.#keysOf.get(known.connection)?.delete(key);
      this.#brokersBehind(heartbeat.connection).add(key);
    }
    return true;
  }

  /** Living brokers of each group. */
  *counts(): Iterable<readonly [cluster: string, brokerName: string, count: number]> {
    const groups = new Map<string, [cluster: string, brokerName: string, count: number]>();
    for (const { clusterName, brokerName, brokerId } of this.#live.values()) {
      if (!this.isAlive({ clusterName, brokerName }, brokerId)) continue;
      const key = `${clusterName}@${brokerName}`;
      const group = groups.get(key) ?? [clusterName, brokerName, 0];
      group[2] += 1;
      groups.set(key, group);
    }
    yield* groups.values();
  }

  isAlive(group: GroupName, brokerId: number): boolean {
    const live = this.#live.get(keyOf(group, brokerId));
    return live !== undefined && this.#options.clock.monotonicMs() < live.endsMs;
  }

  candidate(group: GroupName, brokerId: number): Candidate | undefined {
    return this.isAlive(group, brokerId) ? this.#live.get(keyOf(group, brokerId)) : undefined;
  }

  isMasterAlive(group: GroupName & { readonly masterBrokerId: number | undefined }): boolean {
    const { masterBrokerId } = group;
    if (masterBrokerId === undefined) return false;
    if (this.isAlive(group, masterBrokerId)) return true;
    const isUnheard = !this.#live.has(keyOf(group, masterBrokerId)) && !this.#dead.has(keyOf(group, masterBrokerId));
    return isUnheard && this.#options.clock.monotonicMs() - this.#startedMs < FIRST_HEARTBEATS_MS;
  }

  #brokersBehind(connection: Connection): Set<string> {
    const known = this.#keysOf.get(connection);
    if (known !== undefined) return known;
    const keys = new Set<string>();
    this.#keysOf.set(connection, keys);
    connection.onClose(() => {
      for (const key of [...keys]) {
        const live = this.#live.get(key);
        if (live !== undefined) this.#end(key, live, 'its connection was closed');
      }
    });
    return keys;
  }

  #scan(): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#startedMs >= FIRST_HEARTBEATS_MS) this.#dead.clear();
    for (const [key, live] of this.#live) if (nowMs >= live.endsMs) this.#end(key, live, 'its heartbeats stay away');
  }

  #end(key: string, { clusterName, brokerName, brokerId, connection }: LiveBroker, why: string): void {
    this.#live.delete(key);
    this.#keysOf.get(connection)?.delete(key);
    if (this.#options.clock.monotonicMs() - this.#startedMs < FIRST_HEARTBEATS_MS) this.#dead.add(key);
    this.#options.logger.warn('A broker is dead', { clusterName, brokerName, brokerId, why });
    this.#options.onDead(brokerName);
  }
}

function keyOf({ clusterName, brokerName }: GroupName, brokerId: number): string {
  return `${clusterName}@${brokerName}@${brokerId}`;
}
