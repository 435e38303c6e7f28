import { asError, type Clock, type Connection } from '@rocketmq-ts/kernel';
import type { MessageStore } from '@rocketmq-ts/store';
import { ByteRate } from '../byte-rate.ts';
import { type LinkState, moved } from '../link-state.ts';
import type { HaClientConfig } from './ha-client-config.ts';
import { StreamFailure } from './raw-stream.ts';

/** Not written yet; beyond it the connection is not read. */
export const MOST_UNWRITTEN_BYTES = 8 * 1024 * 1024;

/**
 * Why a connection to a master has ended. LOST: it is tried again. STOPPED: this broker wanted it so. DIVERGED: the master's
 * log does not continue this one.
 */
export interface LinkEnd {
  readonly kind: 'LOST' | 'STOPPED' | 'DIVERGED';
  readonly sentence: string;
}

/** One of the protocols, as a slave speaks it over one connection. */
export interface SlaveConversation {
  /** The connection is open. */
  begin(): void;
  /**
   * Takes what the master sends; lent for the call. What it throws, a `StreamFailure` or another error, ends the connection.
   */
  feed(chunk: Buffer): void;
  /** The connection has ended: nothing more is taken, also of the chunk in hand. */
  stop(): void;
  layOutReport(physicalOffset: number): Buffer;
  /** Whether a report is expected, so that it may be repeated as a sign of life. */
  readonly mayReport: boolean;
}

export interface MasterLinkParts {
  readonly clock: Clock;
  readonly store: Pick<MessageStore, 'facts'>;
  readonly config: HaClientConfig;
  readonly connection: Connection;
  /** The master has shown that its log continues this one. */
  readonly onTransfer: () => void;
  /** `before`: the state that has ended. */
  readonly onEnd: (end: LinkEnd, before: LinkState) => void;
}

/**
 * A slave's connection to its master, whatever protocol it has: reports what is written as soon as it is, reads no more than
 * the disk takes, and ends when the master is silent.
 */
export class MasterLink<Conversation extends SlaveConversation = SlaveConversation> {
  readonly conversation: Conversation;
  readonly #parts: MasterLinkParts;
  readonly #rate: ByteRate;
  #state: LinkState = 'READY';
  #isPaused = false;
  #reported = 0;
  lastReadMs: number;
  lastReportMs: number;

  constructor(parts: MasterLinkParts, converse: (link: MasterLink) => Conversation) {
    this.#parts = parts;
    const nowMs = parts.clock.monotonicMs();
    this.#rate = new ByteRate(nowMs);
    this.lastReadMs = nowMs;
    this.lastReportMs = nowMs;
    this.conversation = converse(this);
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Bytes of the log that came in the last whole second. */
  get bytesPerSecond(): number {
    return this.#rate.perSecond;
  }

  begin(): void {
    this.#parts.connection.setHandlers({
      onData: (chunk) => this.#onData(chunk),
      onDrain: () => {},
      onClose: (error) => this.end('LOST', error?.message ?? 'the master has closed it'),
    });
    this.conversation.begin();
  }

  write(bytes: Buffer): void {
    this.#parts.connection.write(bytes);
  }

  /** So much of the log has come. */
  count(bytes: number): void {
    this.#rate.count(bytes);
  }

  /** The master's log continues this one. */
  transfer(): void {
    this.#state = moved(this.#state, 'TRANSFER');
    this.#parts.onTransfer();
  }

  report(physicalOffset: number): void {
    this.#reported = physicalOffset;
    this.lastReportMs = this.#parts.clock.monotonicMs();
    this.write(this.conversation.layOutReport(physicalOffset));
  }

  /** Reads nothing more until `resume`; a master is not silent meanwhile. */
  pause(): void {
    this.#isPaused = true;
    this.#parts.connection.pauseReading();
  }

  resume(): void {
    this.#isPaused = false;
    this.lastReadMs = this.#parts.clock.monotonicMs();
    this.#parts.connection.resumeReading();
  }

  /** More of this log is written: it is reported at once. */
  written(): void {
    if (this.#state !== 'TRANSFER') return;
    const { writtenOffset, appendOffset } = this.#parts.store.facts;
    if (writtenOffset > this.#reported) this.report(writtenOffset);
    if (this.#isPaused && appendOffset - writtenOffset < MOST_UNWRITTEN_BYTES / 2) this.resume();
  }

  sweep(nowMs: number): void {
    const { config, store } = this.#parts;
    this.#rate.sweep(nowMs);
    if (!this.#isPaused && nowMs - this.lastReadMs > config.haHousekeepingInterval)
      this.end('LOST', `nothing came for ${Math.round(nowMs - this.lastReadMs)} ms`);
    else if (this.conversation.mayReport && nowMs - this.lastReportMs >= config.haSendHeartbeatInterval)
      this.report(Math.max(this.#reported, store.facts.writtenOffset));
  }

  end(kind: LinkEnd['kind'], sentence: string): void {
    const before = this.#state;
    if (before === 'SHUTDOWN') return;
    this.#state = moved(before, 'SHUTDOWN');
    this.conversation.stop();
    this.#parts.connection.destroy();
    this.#parts.onEnd({ kind, sentence }, before);
  }

  #onData(chunk: Buffer): void {
    if (this.#state === 'SHUTDOWN') return;
    this.lastReadMs = this.#parts.clock.monotonicMs();
    try {
      this.conversation.feed(chunk);
    } catch (error) {
      const isDamaged = error instanceof StreamFailure && error.kind === 'DAMAGED';
      return this.end(isDamaged ? 'DIVERGED' : 'LOST', asError(error).message);
    }
    const { appendOffset, writtenOffset } = this.#parts.store.facts;
    // What the chunk brought may have ended the connection.
    const isOver = this.state === 'SHUTDOWN';
    if (!isOver && !this.#isPaused && appendOffset - writtenOffset >= MOST_UNWRITTEN_BYTES) this.pause();
  }
}
