import { type Clock, type Connection, formatEndpoint } from '@rocketmq-ts/kernel';
import type { MessageStore } from '@rocketmq-ts/store';
import { type LinkState, moved } from '../link-state.ts';
import { type FrameLayout, LogSender, type SenderConfig } from './log-sender.ts';

/** Why a connection is closed by the master. FOREIGN: it is no slave's, or not that of a slave of this log. */
export type CloseReason = 'FOREIGN' | 'DIVERGED' | 'SILENT' | 'UNREADABLE' | 'CROWDED' | 'STOPPED';

/** Properties that may change while the port is open. */
export interface SlaveLinkConfig extends SenderConfig {
  /** Heartbeats are sent when nothing else was for so long. */
  readonly haSendHeartbeatInterval: number;
  /** A peer that is silent for so long, or takes nothing of what is sent, is closed. */
  readonly haHousekeepingInterval: number;
}

/** One of the protocols, as a master speaks it over one connection. */
export interface MasterConversation {
  readonly layout: FrameLayout;
  /** Takes what the slave sends; lent for the call. */
  feed(chunk: Buffer): void;
}

export interface SlaveLinkParts {
  readonly clock: Clock;
  readonly config: SlaveLinkConfig;
  readonly store: Pick<MessageStore, 'facts' | 'readLog'>;
  readonly connection: Connection;
  /** The slave has said again how far its log reaches. */
  readonly onReport: () => void;
  /** `reason` is undefined when the peer has closed it. */
  readonly onClose: (reason: CloseReason | undefined, sentence: string) => void;
}

/**
 * One connection to the replication port, whatever protocol it has. What a peer reports counts only within what it was sent, and
 * never goes back.
 */
export class SlaveLink<Conversation extends MasterConversation = MasterConversation> {
  readonly address: string;
  readonly host: string;
  readonly sender: LogSender;
  readonly conversation: Conversation;
  readonly #parts: SlaveLinkParts;
  #state: LinkState = 'READY';
  #isSlave = false;
  #reportedOffset = -1;
  #lastReadMs: number;

  constructor(parts: SlaveLinkParts, converse: (link: SlaveLink) => Conversation) {
    const { clock, connection, config, store } = parts;
    this.#parts = parts;
    this.address = formatEndpoint(connection.remote);
    this.host = connection.remote.host;
    this.#lastReadMs = clock.monotonicMs();
    this.conversation = converse(this);
    this.sender = new LogSender({
      ...{ clock, config, store, connection, layout: this.conversation.layout },
      onFailed: (error) =>
        this.close('UNREADABLE', `the log can't be read at offset ${this.sender.nextOffset}: ${error.message}`),
    });
    connection.setHandlers({
      onData: (chunk) => this.#onData(chunk),
      onDrain: () => this.sender.advance(),
      onClose: (error) => this.#ended(undefined, error?.message ?? 'the peer has closed it'),
    });
  }

  get state(): LinkState {
    return this.#state;
  }

  /** The peer has shown that it is a slave. */
  get isSlave(): boolean {
    return this.#isSlave;
  }

  /** How far the slave's log reaches, as it said last; −1 before it has. */
  get reportedOffset(): number {
    return this.#reportedOffset;
  }

  /** Bytes that the system has not taken yet. */
  get pendingBytes(): number {
    return this.#parts.connection.pendingBytes;
  }

  write(bytes: Buffer): void {
    this.#parts.connection.write(bytes);
  }

  /** The peer is a slave. */
  recognize(): void {
    this.#isSlave = true;
  }

  /** The first report was taken: the slave's log reaches to that offset. What it is sent from is said by `sender.begin`. */
  transfer(physicalOffset: number): void {
    this.#state = moved(this.#state, 'TRANSFER');
    this.#isSlave = true;
    this.#reportedOffset = physicalOffset;
  }

  /** A further report. */
  report(physicalOffset: number): void {
    const { nextOffset } = this.sender;
    if (physicalOffset < this.#reportedOffset)
      return this.close('FOREIGN', `it reports ${physicalOffset} after ${this.#reportedOffset}`);
    if (physicalOffset > nextOffset)
      return this.close('FOREIGN', `it reports ${physicalOffset}, but was sent the log up to ${nextOffset} only`);
    this.#reportedOffset = physicalOffset;
    this.#parts.onReport();
  }

  sweep(nowMs: number): void {
    const { config } = this.#parts;
    const { sender, pendingBytes } = this;
    sender.sweep(nowMs);
    const silentMs = nowMs - this.#lastReadMs;
    const unsentMs = nowMs - sender.lastSentMs;
    if (silentMs > config.haHousekeepingInterval)
      this.close('SILENT', `nothing came from it for ${Math.round(silentMs)} ms`);
    else if (pendingBytes > 0 && unsentMs > config.haHousekeepingInterval)
      this.close('SILENT', `it has taken nothing for ${Math.round(unsentMs)} ms`);
    else if (sender.hasBegun && pendingBytes === 0 && unsentMs >= config.haSendHeartbeatInterval)
      sender.sendHeartbeat();
  }

  close(reason: CloseReason, sentence: string): void {
    if (this.#state === 'SHUTDOWN') return;
    // What is queued, such as a last heartbeat, still goes out if the system takes it.
    if (reason === 'DIVERGED') this.#parts.connection.end();
    else this.#parts.connection.destroy();
    this.#ended(reason, sentence);
  }

  #ended(reason: CloseReason | undefined, sentence: string): void {
    if (this.#state === 'SHUTDOWN') return;
    this.#state = moved(this.#state, 'SHUTDOWN');
    this.sender.stop();
    this.#parts.onClose(reason, sentence);
  }

  #onData(chunk: Buffer): void {
    if (this.#state === 'SHUTDOWN') return;
    this.#lastReadMs = this.#parts.clock.monotonicMs();
    this.conversation.feed(chunk);
  }
}
