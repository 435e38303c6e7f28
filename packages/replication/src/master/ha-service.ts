import type { Service } from '@rocketmq-ts/kernel';
import type { MessageStore } from '@rocketmq-ts/store';
import { Acks } from './acks.ts';
import { HaPort, type HaPortParts, MOST_CONNECTIONS } from './ha-port.ts';
import { SlaveConnection } from './slave-connection.ts';
import type { CloseReason, SlaveLink } from './slave-link.ts';

/** So often in a row a slave must refuse what it gets to be called diverged. */
const REFUSALS = 3;
/** A diverged slave that did not come for so long is gone. */
const FORGOTTEN_MS = 60_000;

export interface HaServiceParts extends HaPortParts {
  readonly store: Pick<MessageStore, 'facts' | 'readLog' | 'onLogGrowth' | 'onTruncated'>;
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

/** A slave that follows, as `mqadmin` shows it. */
export function slaveInfo({ address, reportedOffset, sender }: SlaveLink): SlaveInfo {
  const { nextOffset, bytesPerSecond } = sender;
  return { address, ackOffset: reportedOffset, nextOffset, bytesPerSecond };
}

/** The replication port by the default protocol: counts what slaves acknowledge, and sees which logs have diverged from this one. */
export class HaService implements Service {
  readonly acks = new Acks();
  readonly #parts: HaServiceParts;
  readonly #port: HaPort<SlaveConnection>;
  readonly #diverged = new Map<string, DivergedSlave>();
  /** Slaves that closed the connection when they saw what follows their logs, how often in a row. */
  readonly #refusing = new Map<string, number>();

  constructor(parts: HaServiceParts) {
    this.#parts = parts;
    this.#port = new HaPort(parts, {
      isOpen: () => true,
      converse: (link) => new SlaveConnection(link, parts),
      reported: (link) => this.#acknowledged(link),
      closed: (link, reason, sentence) => this.#closed(link, reason, sentence),
      sweep: (nowMs) => this.#sweep(nowMs),
    });
    // What follows in its place is another log than the one that slaves of this slave were sent.
    parts.store.onTruncated(() => this.#port.closeAll('the end of this log was cut off'));
  }

  /** Rejects with the system's error when the port can't be listened on. */
  start(): Promise<void> {
    return this.#port.start();
  }

  stop(): Promise<void> {
    return this.#port.stop();
  }

  /** Slaves that have reported. */
  get slaves(): readonly SlaveInfo[] {
    return this.#following.map(slaveInfo);
  }

  /** Slaves that lack fewer bytes than a gap to the end of this log, as they reported, acknowledged or not. */
  inSyncSlaves(endOffset: number, gapBytes: number): number {
    return this.#following.filter(({ reportedOffset }) => endOffset - reportedOffset < gapBytes).length;
  }

  /** Slaves that were refused since their logs have diverged from this one, until they are accepted. */
  get divergedSlaves(): Iterable<DivergedSlave> {
    return this.#diverged.values();
  }

  get #following(): SlaveLink<SlaveConnection>[] {
    return [...this.#port.links].filter(({ state }) => state === 'TRANSFER');
  }

  #acknowledged(link: SlaveLink<SlaveConnection>): void {
    const { host, address, reportedOffset } = link;
    if (this.#diverged.delete(host)) this.#parts.logger.info('a slave follows again', { slave: address });
    this.#refusing.delete(host);
    this.acks.set(link, reportedOffset);
    this.#parts.onAcks?.();
  }

  #closed(link: SlaveLink<SlaveConnection>, reason: CloseReason | undefined, because: string): void {
    const { address: slave, reportedOffset: ackOffset, sender, isSlave, conversation } = link;
    const hadAcknowledged = this.acks.remove(link);
    if (reason === 'DIVERGED') this.#divergedSlave(link, because);
    if (!isSlave) return;
    const hadMore = sender.nextOffset > conversation.requestOffset;
    if (reason === undefined && hadMore && !hadAcknowledged) this.#refused(link);
    else this.#parts.logger.info('a slave is gone', { slave, because, ackOffset });
    this.#parts.onAcks?.();
  }

  /** A slave that asks again and again and takes nothing of what it gets has another log: it can not say so. */
  #refused(link: SlaveLink<SlaveConnection>): void {
    const { host, conversation } = link;
    const times = (this.#refusing.get(host) ?? 0) + 1;
    if (this.#refusing.size >= MOST_CONNECTIONS) this.#refusing.clear();
    this.#refusing.set(host, times);
    if (times >= REFUSALS)
      this.#divergedSlave(
        link,
        `it refuses what follows offset ${conversation.requestOffset}, ${times} times in a row`,
      );
  }

  #divergedSlave({ address, host }: SlaveLink, sentence: string): void {
    const { clock } = this.#parts;
    const known = this.#diverged.get(host);
    if (known === undefined && this.#diverged.size >= MOST_CONNECTIONS) this.#diverged.clear();
    const sinceMs = known?.sinceMs ?? clock.now();
    const seenMs = clock.monotonicMs();
    this.#diverged.set(host, { host, sentence, sinceMs, seenMs });
    const line = 'the log of a slave has diverged from this one, so that it can not follow this broker';
    this.#port.lines.log(`diverged ${host}`, seenMs, 'error', line, { slave: address, because: sentence });
  }

  #sweep(nowMs: number): void {
    for (const [host, { seenMs }] of this.#diverged) if (nowMs - seenMs > FORGOTTEN_MS) this.#diverged.delete(host);
  }
}

export function createHaService(parts: HaServiceParts): HaService {
  return new HaService(parts);
}
