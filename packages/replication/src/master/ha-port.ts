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
import { type CloseReason, type MasterConversation, SlaveLink, type SlaveLinkConfig } from './slave-link.ts';

const SWEEP_MS = 1000;
/** Connections at the replication port. */
export const MOST_CONNECTIONS = 64;
/** Of them those of peers that have not shown themselves to be slaves. */
export const MOST_UNKNOWN = 16;

export interface HaPortParts {
  readonly clock: Clock;
  readonly network: Network;
  readonly logger: Logger;
  readonly store: Pick<MessageStore, 'facts' | 'readLog' | 'onLogGrowth'>;
  readonly config: SlaveLinkConfig;
  readonly host: string;
  readonly port: number;
}

/** What is different from protocol to protocol in serving slaves. */
export interface MasterProtocol<Conversation extends MasterConversation> {
  /** Whether slaves are served now; else connections are closed at once. */
  isOpen(): boolean;
  /** Speaks it over a new connection. */
  converse(link: SlaveLink): Conversation;
  /** A slave has said again how far its log reaches. */
  reported(link: SlaveLink<Conversation>): void;
  /** The connection has ended; `reason` is undefined when the peer has closed it. */
  closed(link: SlaveLink<Conversation>, reason: CloseReason | undefined, sentence: string): void;
  /** Once a second, before connections are looked at. */
  sweep(nowMs: number): void;
}

/**
 * The replication port of a broker, whatever protocol it has: sends the log to the slaves that connect. Without slaves
 * it costs nothing for each message; with slaves as much as its bytes cost.
 */
export class HaPort<Conversation extends MasterConversation> implements Service {
  /** Of what peers may cause any number. */
  readonly lines: RepeatedLines;
  readonly #parts: HaPortParts;
  readonly #protocol: MasterProtocol<Conversation>;
  readonly #links = new Set<SlaveLink<Conversation>>();
  #listener: Listener | undefined;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(parts: HaPortParts, protocol: MasterProtocol<Conversation>) {
    this.#parts = parts;
    this.#protocol = protocol;
    this.lines = new RepeatedLines(parts.logger);
    parts.store.onLogGrowth(() => this.#advance());
  }

  /** Rejects with the system's error when the port can't be listened on. */
  async start(): Promise<void> {
    const { network, host, port, clock } = this.#parts;
    this.#listener = await network.listen({ host, port }, (connection) => this.#accept(connection));
    this.#timer = clock.every(SWEEP_MS, () => this.#sweep());
  }

  /** Connections, also of peers that are no slaves. */
  get links(): ReadonlySet<SlaveLink<Conversation>> {
    return this.#links;
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#timer?.cancel();
    this.closeAll('this broker stops');
    this.lines.flush(this.#parts.clock.monotonicMs());
    await this.#listener?.close();
  }

  closeAll(sentence: string): void {
    for (const link of [...this.#links]) link.close('STOPPED', sentence);
  }

  #accept(connection: Connection): void {
    if (this.#isStopped || !this.#protocol.isOpen()) return connection.destroy();
    const { clock, config, store } = this.#parts;
    const unknown = [...this.#links].filter(({ isSlave }) => !isSlave);
    if (this.#links.size >= MOST_CONNECTIONS || unknown.length >= MOST_UNKNOWN) {
      const sentence =
        'there are too many connections to the replication port; the oldest that has not reported is closed';
      this.lines.log('too many', clock.monotonicMs(), 'warn', sentence, {
        ...{ peer: connection.remote.host, connections: this.#links.size, notReported: unknown.length },
      });
      // A slave reports at once, so that it is let in also while others flood the port.
      const [oldest] = unknown;
      if (oldest === undefined) return connection.destroy();
      oldest.close('CROWDED', sentence);
    }
    const link: SlaveLink<Conversation> = new SlaveLink(
      {
        ...{ clock, config, store, connection },
        onReport: () => this.#protocol.reported(link),
        onClose: (reason, sentence) => this.#closed(link, reason, sentence),
      },
      (made) => this.#protocol.converse(made),
    );
    this.#links.add(link);
  }

  #closed(link: SlaveLink<Conversation>, reason: CloseReason | undefined, because: string): void {
    const { address: peer, host, isSlave } = link;
    this.#links.delete(link);
    if (!isSlave && (reason === 'FOREIGN' || reason === 'SILENT')) {
      const line = 'a connection to the replication port is closed: it is no slave';
      this.lines.log(`foreign ${host}`, this.#parts.clock.monotonicMs(), 'warn', line, { peer, because });
    }
    this.#protocol.closed(link, reason, because);
  }

  #advance(): void {
    for (const { sender } of this.#links) sender.advance();
  }

  #sweep(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    this.lines.sweep(nowMs);
    this.#protocol.sweep(nowMs);
    for (const link of [...this.#links]) link.sweep(nowMs);
  }
}
