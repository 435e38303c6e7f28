import {
  type Clock,
  type Connection,
  type Listener,
  type Logger,
  type Network,
  RepeatedLines,
  type Service,
  type Timer,
} from '@rocketmq-ts/kernel';
import type { MessageStore } from '@rocketmq-ts/store';
import { Acks } from './acks.ts';
import type { SenderConfig } from './log-sender.ts';
import { type CloseReason, SlaveConnection } from './slave-connection.ts';

const SWEEP_MS = 1000;
/** Connections at the replication port. */
export const MOST_CONNECTIONS = 64;
/** Of them those that have not reported. */
export const MOST_UNREPORTED = 16;
/** So often in a row a slave must refuse what it gets to be called diverged. */
const REFUSALS = 3;
/** A diverged slave that did not come for so long is gone. */
const FORGOTTEN_MS = 60_000;

/** Properties that may change while the service runs. */
export interface HaServiceConfig extends SenderConfig {
  /** Heartbeats are sent when nothing else was for so long. */
  readonly haSendHeartbeatInterval: number;
  /** A peer that is silent for so long, or takes nothing of what is sent, is closed. */
  readonly haHousekeepingInterval: number;
  /** A slave that lacks more is not in sync. */
  readonly haMaxGapNotInSync: number;
}

export interface HaServiceParts {
  readonly clock: Clock;
  readonly network: Network;
  readonly logger: Logger;
  readonly store: Pick<MessageStore, 'facts' | 'readLog' | 'onLogGrowth'>;
  readonly config: HaServiceConfig;
  readonly host: string;
  readonly port: number;
  /** Size of the files of the commit log. */
  readonly fileSizeBytes: number;
  /** Called when slaves have acknowledged more, came or left. */
  readonly onAcks?: (() => void) | undefined;
}

/** A slave as its master sees it. */
export interface SlaveInfo {
  /** `host:port` of its connection. */
  readonly address: string;
  readonly ackOffset: number;
  readonly nextOffset: number;
  readonly bytesPerSecond: number;
}

/** A slave whose log is not the beginning of this one's, as it was seen last. */
export interface DivergedSlave {
  readonly host: string;
  /** Why, as half a sentence. */
  readonly sentence: string;
  /** Wall clock. */
  readonly sinceMs: number;
  /** Monotonic: when it came last. */
  readonly seenMs: number;
}

/**
 * The replication port of a broker: sends the log to the slaves that connect, and counts what they acknowledge. Without slaves
 * it costs nothing for each message; with slaves as much as its bytes cost.
 */
export class HaService implements Service {
  readonly acks = new Acks();
  readonly #parts: HaServiceParts;
  readonly #slaves = new Set<SlaveConnection>();
  readonly #diverged = new Map<string, DivergedSlave>();
  /** Slaves that closed the connection when they saw what follows their logs, how often in a row. */
  readonly #refusing = new Map<string, number>();
  readonly #lines: RepeatedLines;
  #listener: Listener | undefined;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(parts: HaServiceParts) {
    this.#parts = parts;
    this.#lines = new RepeatedLines(parts.logger);
    parts.store.onLogGrowth(() => this.#advance());
  }

  /** Rejects with the system's error when the port can't be listened on. */
  async start(): Promise<void> {
    const { network, host, port, clock } = this.#parts;
    this.#listener = await network.listen({ host, port }, (connection) => this.#accept(connection));
    this.#timer = clock.every(SWEEP_MS, () => this.#sweep());
  }

  /** The port that is listened on. */
  get port(): number {
    return this.#listener?.port ?? this.#parts.port;
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#timer?.cancel();
    for (const slave of [...this.#slaves]) slave.close('STOPPED', 'this broker stops');
    this.#lines.flush(this.#parts.clock.monotonicMs());
    await this.#listener?.close();
  }

  /** Closes the connections of slaves: this broker is no master any more, or its log was cut. */
  closeSlaves(sentence: string): void {
    for (const slave of [...this.#slaves]) slave.close('STOPPED', sentence);
  }

  /** Slaves that have reported. */
  get slaves(): readonly SlaveInfo[] {
    const infos: SlaveInfo[] = [];
    for (const { state, address, ackOffset, requestOffset, sender } of this.#slaves) {
      if (state !== 'TRANSFER') continue;
      const { nextOffset, bytesPerSecond } = sender;
      infos.push({ address, ackOffset: Math.max(ackOffset, requestOffset), nextOffset, bytesPerSecond });
    }
    return infos;
  }

  /** Slaves that lack fewer bytes than a gap to the end of this log, as they reported, acknowledged or not. */
  inSyncSlaves(endOffset: number, gapBytes: number): number {
    let count = 0;
    for (const { state, ackOffset, requestOffset } of this.#slaves) {
      if (state === 'TRANSFER' && endOffset - Math.max(ackOffset, requestOffset) < gapBytes) count += 1;
    }
    return count;
  }

  /** Slaves that were refused since their logs have diverged from this one, until they are accepted. */
  get divergedSlaves(): Iterable<DivergedSlave> {
    return this.#diverged.values();
  }

  #accept(connection: Connection): void {
    const { clock, config, store, fileSizeBytes } = this.#parts;
    const unreported = [...this.#slaves].filter(({ state }) => state === 'READY');
    if (this.#isStopped || this.#slaves.size >= MOST_CONNECTIONS || unreported.length >= MOST_UNREPORTED) {
      const sentence =
        'there are too many connections to the replication port; the oldest that has not reported is closed';
      this.#lines.log('too many', clock.monotonicMs(), 'warn', sentence, {
        ...{ peer: connection.remote.host, connections: this.#slaves.size, notReported: unreported.length },
      });
      // A slave reports at once, so that it is let in also while others flood the port.
      const [oldest] = unreported;
      if (this.#isStopped || oldest === undefined) return connection.destroy();
      oldest.close('CROWDED', sentence);
    }
    const slave = new SlaveConnection({
      ...{ clock, config, store, connection, fileSizeBytes },
      onBegin: (begun) => this.#begun(begun),
      onAck: (acknowledging, offset) => this.#acknowledged(acknowledging, offset),
      onClose: (closed, reason, sentence) => this.#closed(closed, reason, sentence),
    });
    this.#slaves.add(slave);
  }

  #begun(slave: SlaveConnection): void {
    const { address, requestOffset } = slave;
    this.#parts.logger.info('a slave follows this broker', { slave: address, fromOffset: requestOffset });
  }

  #acknowledged(slave: SlaveConnection, offset: number): void {
    if (this.#diverged.delete(slave.host)) this.#parts.logger.info('a slave follows again', { slave: slave.address });
    this.#refusing.delete(slave.host);
    this.acks.set(slave, offset);
    this.#parts.onAcks?.();
  }

  #closed(slave: SlaveConnection, reason: CloseReason | undefined, sentence: string): void {
    const { clock, logger } = this.#parts;
    const hadReported = slave.requestOffset >= 0;
    this.#slaves.delete(slave);
    this.acks.remove(slave);
    const { address, host } = slave;
    if (reason === 'DIVERGED') this.#divergedSlave(slave, sentence);
    else if (
      reason === undefined &&
      hadReported &&
      slave.ackOffset < 0 &&
      slave.sender.nextOffset > slave.requestOffset
    )
      this.#refused(slave);
    else if (hadReported) {
      logger.info('a slave is gone', { slave: address, because: sentence, ackOffset: slave.ackOffset });
    } else if (reason !== undefined && reason !== 'STOPPED' && reason !== 'CROWDED') {
      const line = 'a connection to the replication port is closed: it is no slave';
      this.#lines.log(`foreign ${host}`, clock.monotonicMs(), 'warn', line, { peer: address, because: sentence });
    }
    if (hadReported) this.#parts.onAcks?.();
  }

  /** A slave that asks again and again and takes nothing of what it gets has another log: it can not say so. */
  #refused(slave: SlaveConnection): void {
    const { host, requestOffset } = slave;
    const times = (this.#refusing.get(host) ?? 0) + 1;
    if (this.#refusing.size >= MOST_CONNECTIONS) this.#refusing.clear();
    this.#refusing.set(host, times);
    if (times >= REFUSALS)
      this.#divergedSlave(slave, `it refuses what follows offset ${requestOffset}, ${times} times in a row`);
  }

  #divergedSlave({ address, host }: SlaveConnection, sentence: string): void {
    const { clock } = this.#parts;
    const known = this.#diverged.get(host);
    if (known === undefined && this.#diverged.size >= MOST_CONNECTIONS) this.#diverged.clear();
    const sinceMs = known?.sinceMs ?? clock.now();
    this.#diverged.set(host, { host, sentence, sinceMs, seenMs: clock.monotonicMs() });
    const line = 'the log of a slave has diverged from this one, so that it can not follow this broker';
    this.#lines.log(`diverged ${host}`, clock.monotonicMs(), 'error', line, { slave: address, because: sentence });
  }

  #advance(): void {
    for (const { sender } of this.#slaves) sender.advance();
  }

  #sweep(): void {
    const { clock, config } = this.#parts;
    const nowMs = clock.monotonicMs();
    this.#lines.sweep(nowMs);
    for (const [host, { seenMs }] of this.#diverged) if (nowMs - seenMs > FORGOTTEN_MS) this.#diverged.delete(host);
    for (const slave of [...this.#slaves]) {
      const { sender } = slave;
      sender.sweep(nowMs);
      const silentMs = nowMs - slave.lastReadMs;
      if (silentMs > config.haHousekeepingInterval) {
        slave.close('SILENT', `nothing came from it for ${Math.round(silentMs)} ms`);
      } else if (slave.pendingBytes > 0 && nowMs - sender.lastSentMs > config.haHousekeepingInterval) {
        slave.close('SILENT', `it has taken nothing for ${Math.round(nowMs - sender.lastSentMs)} ms`);
      } else if (
        sender.hasBegun &&
        slave.pendingBytes === 0 &&
        nowMs - sender.lastSentMs >= config.haSendHeartbeatInterval
      ) {
        sender.sendHeartbeat();
      }
    }
  }
}

export function createHaService(parts: HaServiceParts): HaService {
  return new HaService(parts);
}
