import { asError, type Connection } from '@rocketmq-ts/kernel';
import { CodecError, FrameReader, type RemotingFrame, type SlotsOfCode } from '@rocketmq-ts/protocol';
import type { ChannelContext } from '../channel-context.ts';
import { LISTEN_BYTES, REQUESTS_PER_CLOCK_READ, SHORT_PAUSE_BYTES } from '../limits.ts';
import { Newcomer } from './newcomer.ts';
import type { Outbound } from './outbound.ts';

/** What the inbound half uses of its channel. */
export interface FrameSink {
  readonly closed: boolean;
  readonly peer: string;
  /** A whole frame was read. */
  received(frame: RemotingFrame): void;
  /** Has the group call `readOn` in the next turn. */
  readLater(): void;
  close(reason: string): void;
  /** Closes without a line of its own. */
  drop(reason: string, cause: Error | undefined): void;
}

/**
 * The receiving half of a channel: cuts received bytes into frames, and stops reading while the peer does not read its
 * answers, while requests wait for memory, and when a turn of the event loop is long.
 */
export class Inbound {
  readonly #connection: Connection;
  readonly #context: ChannelContext;
  readonly #sink: FrameSink;
  readonly #outbound: Outbound;
  readonly #reader: FrameReader;
  readonly #newcomer: Newcomer;
  #isPaused = false;
  /** Its next frames are read in the next turn. */
  #isDeferred = false;
  /** Part of the context's count of half-received bytes. */
  #heldBytes = 0;

  /** `slotsOf`: slots for the fields of requests that are served here. */
  constructor(
    connection: Connection,
    context: ChannelContext,
    slotsOf: SlotsOfCode,
    sink: FrameSink,
    outbound: Outbound,
  ) {
    this.#connection = connection;
    this.#context = context;
    this.#sink = sink;
    this.#outbound = outbound;
    this.#reader = new FrameReader(context.limits.maxFrameBytes, slotsOf);
    this.#newcomer = new Newcomer(context, sink.peer, connection.local.port, context.coarseNowMs);
  }

  push(chunk: Buffer): void {
    this.#newcomer.received(chunk);
    this.#reader.push(chunk);
    this.#readFrames();
    if (this.#isPaused && !this.#sink.closed) this.#stopListeningWhenFull();
  }

  /** Continues to read, in the next turn. */
  readOn(): void {
    this.#isDeferred = false;
    if (!this.#sink.closed && !this.#isPaused) this.#readFrames();
  }

  /** Continues to read when no request waits for memory and half of the answers has been sent. */
  resumeIfServed(): void {
    if (!this.#isPaused || this.#sink.closed || this.#outbound.account.isWaiting) return;
    if (this.#outbound.unsentBytes > this.#pauseAtBytes / 2) return;
    this.#isPaused = false;
    this.#readFrames();
    if (!this.#isPaused && !this.#sink.closed) this.#connection.resumeReading();
  }

  /** Why the connection is to be closed when a request on it is late; that is logged. */
  whyLate(nowMs: number): string | undefined {
    if (this.#isPaused || this.#isDeferred) return undefined;
    return this.#newcomer.whyLate(nowMs, this.#reader.heldBytes);
  }

  /** True when the network closed the connection for how it began, and that is logged. */
  logRefusedTransport(error: Error | undefined): boolean {
    return this.#newcomer.logRefusedTransport(error);
  }

  /** Drops what was received, for a channel that is closed. */
  clear(): void {
    this.#reader.clear();
    this.#countHeldBytes();
  }

  /** In a long turn one request of each connection is served; the rest wait for the next turn. */
  #readFrames(): void {
    const { turn } = this.#context.answerMemory;
    const { account } = this.#outbound;
    try {
      for (let count = 1; !this.#isPaused && !this.#isDeferred && !this.#sink.closed; count++) {
        const frame = this.#reader.next();
        if (frame === undefined) break;
        this.#newcomer.framed();
        this.#sink.received(frame);
        if (account.isWaiting || this.#outbound.unsentBytes >= this.#pauseAtBytes) this.#pauseIfStuck();
        if (count % REQUESTS_PER_CLOCK_READ === 0) turn.elapsedMs();
        if (turn.isLong) this.#defer();
      }
    } catch (error) {
      if (error instanceof CodecError) {
        this.#sink.drop(this.#newcomer.logBadFrame(error), error);
      } else {
        // How far its requests were served is unknown.
        this.#context.guard.report('reading from a connection', error);
        this.#sink.drop('serving it failed', asError(error));
      }
    }
    this.#countHeldBytes();
  }

  #defer(): void {
    this.#isDeferred = true;
    this.#sink.readLater();
  }

  /** Unsent bytes at which no more requests are read. */
  get #pauseAtBytes(): number {
    const { limits, answerMemory } = this.#context;
    return answerMemory.isHalfUsed
      ? Math.min(SHORT_PAUSE_BYTES, limits.pauseReadingAtBytes)
      : limits.pauseReadingAtBytes;
  }

  #pauseIfStuck(): void {
    const outbound = this.#outbound;
    outbound.flush();
    if (this.#sink.closed || (!outbound.account.isWaiting && outbound.unsentBytes < this.#pauseAtBytes)) return;
    this.#isPaused = true;
    this.#stopListeningWhenFull();
  }

  #stopListeningWhenFull(): void {
    if (this.#reader.heldBytes >= LISTEN_BYTES) this.#connection.pauseReading();
  }

  #countHeldBytes(): void {
    const held = this.#sink.closed ? 0 : this.#reader.heldBytes;
    if (held === this.#heldBytes) return;
    const total = this.#context.changeHeldBytes(held - this.#heldBytes);
    this.#heldBytes = held;
    if (held > 0 && total > this.#context.limits.maxPartialBytes) {
      this.#sink.close(`all connections together hold ${total} bytes of half-received frames`);
    }
  }
}
