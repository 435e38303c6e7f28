import {
  ByteWriter,
  type Clock,
  type Connection,
  Guard,
  type Logger,
  RepeatedLines,
  type Timer,
} from '@rocketmq-ts/kernel';
import {
  DEFAULT_SENDER,
  FrameWriter,
  type RemotingFrame,
  type SerializeType,
  type SlotsOfCode,
} from '@rocketmq-ts/protocol';
import type { Channel, ChannelOwner } from './channel/channel.ts';
import { ChunkPool } from './channel/output.ts';
import { IDLE_TIMEOUT_MS, NOT_RUN_MS, type RemotingLimits, STALLED_MS, SWEEP_PERIOD_MS } from './limits.ts';
import { AnswerMemory } from './memory/answer-memory.ts';
import { Dispatcher } from './serve/dispatcher.ts';

/** A connection that sends its last bytes is dropped after this time. */
const FINISH_MS = 1000;

export interface ChannelGroupOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: RemotingLimits;
  readonly idleTimeoutMs: number | undefined;
  readonly serializeType: SerializeType | undefined;
  readonly language: string | undefined;
  /** Peers ask first: one that does not is closed. */
  readonly isServer: boolean;
  readonly whyUnserved?: ((code: number) => string) | undefined;
  readonly answerMemory?: AnswerMemory | undefined;
}

/** The channels of one server or one client, and what they share: handlers, limits, output chunks, the sweep of deadlines. */
export class ChannelGroup implements ChannelOwner {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: RemotingLimits;
  readonly idleTimeoutMs: number;
  readonly isServer: boolean;
  /** Runs what belongs to one connection, so that its failure ends that connection only. */
  readonly guard: Guard;
  /** Lines that peers may cause in any number. */
  readonly repeated: RepeatedLines;
  readonly frames: FrameWriter;
  readonly chunks = new ChunkPool();
  /** For binary headers, whose length is known only when they are written. */
  readonly scratch = new ByteWriter(1024);
  readonly dispatcher: Dispatcher;
  readonly channels = new Set<Channel>();
  readonly answerMemory: AnswerMemory;
  /** Monotonic time of the last sweep: exact enough for idle connections, without reading the clock. */
  coarseNowMs: number;
  readonly #ending = new Set<Connection>();
  #dirty: Channel[] = [];
  /** Channels whose received requests are served in the next turn. */
  #deferred: Channel[] = [];
  #heldBytes = 0;
  #timer: Timer | undefined;
  /** The last sweep closed and failed nothing, since the event loop had not run for a while. */
  #postponed = false;

  constructor(options: ChannelGroupOptions) {
    this.clock = options.clock;
    this.logger = options.logger;
    this.limits = options.limits;
    this.isServer = options.isServer;
    this.repeated = new RepeatedLines(options.logger);
    this.guard = new Guard(options.clock, options.logger);
    this.answerMemory = options.answerMemory ?? new AnswerMemory(options.clock, options.limits.maxAnswerBytes);
    this.idleTimeoutMs = options.idleTimeoutMs ?? IDLE_TIMEOUT_MS;
    this.answerMemory.turn.onEnd(() => this.#readOn());
    const sender = { ...DEFAULT_SENDER, ...(options.language === undefined ? {} : { language: options.language }) };
    this.frames = new FrameWriter(options.serializeType ?? 'JSON', sender);
    this.coarseNowMs = options.clock.monotonicMs();
    this.dispatcher = new Dispatcher(this, options.whyUnserved);
  }

  get slotsOf(): SlotsOfCode {
    return this.dispatcher.slotsOf;
  }

  serve(channel: Channel, request: RemotingFrame): void {
    this.dispatcher.serve(channel, request);
  }

  startSweep(): void {
    this.coarseNowMs = this.clock.monotonicMs();
    this.#timer = this.clock.every(SWEEP_PERIOD_MS, () => this.#sweep());
  }

  /** Sends what every connection has gathered, closes them, and resolves when all are closed. */
  async stop(reason: string): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.repeated.flush(this.clock.monotonicMs());
    this.guard.flush();
    for (const channel of this.channels) channel.finish(reason);
    if (this.#ending.size === 0) return;
    await new Promise<void>((resolve) => {
      const deadline = this.clock.after(FINISH_MS, () => {
        for (const connection of this.#ending) connection.destroy();
        this.#ending.clear();
        resolve();
      });
      this.#allEnded = () => {
        deadline.cancel();
        resolve();
      };
    });
  }

  #allEnded: (() => void) | undefined;

  /** A connection that is finishing; it counts until it is closed. */
  ending(connection: Connection): void {
    this.#ending.add(connection);
  }

  ended(connection: Connection): void {
    if (this.#ending.delete(connection) && this.#ending.size === 0) this.#allEnded?.();
  }

  remove(channel: Channel): void {
    this.channels.delete(channel);
  }

  changeHeldBytes(difference: number): number {
    this.#heldBytes += difference;
    return this.#heldBytes;
  }

  flushAtEndOfTurn(channel: Channel): void {
    if (this.#dirty.push(channel) === 1) this.clock.endOfTurn(this.flush);
  }

  /** Has a channel read its next frames in the next turn. */
  defer(channel: Channel): void {
    this.#deferred.push(channel);
  }

  #readOn(): void {
    const channels = this.#deferred;
    if (channels.length === 0) return;
    this.#deferred = [];
    for (const channel of channels) this.#run(channel, () => channel.readOn());
  }

  /** Sends all that has gathered. A function value, so that scheduling it makes no closure. */
  readonly flush = (): void => {
    const channels = this.#dirty;
    if (channels.length === 0) return;
    this.#dirty = [];
    for (const channel of channels) {
      try {
        channel.flush();
      } catch (error) {
        this.#failed(channel, error);
      }
    }
  };

  #run(channel: Channel, task: () => void): void {
    try {
      task();
    } catch (error) {
      this.#failed(channel, error);
    }
  }

  /** How much of its task is done is unknown, so this connection is closed; the others are served on. */
  #failed(channel: Channel, error: unknown): void {
    this.guard.report('serving a connection', error);
    channel.close('serving it failed');
  }

  #sweep(): void {
    const nowMs = this.clock.monotonicMs();
    const didNotRun = nowMs - this.coarseNowMs >= NOT_RUN_MS;
    this.coarseNowMs = nowMs;
    // Answers may have arrived while nothing was read: one sweep is left out, so that they are read before their requests time out.
    this.#postponed = didNotRun && !this.#postponed;
    if (this.#postponed) return;
    for (const channel of this.channels) {
      try {
        channel.sweep(nowMs);
      } catch (error) {
        this.#failed(channel, error);
      }
    }
    this.repeated.sweep(nowMs);
    if (this.answerMemory.isShort) this.#closeStalled(nowMs);
  }

  /** Closes peers that read nothing while others wait for memory, those that have read nothing for the longest time first. */
  #closeStalled(nowMs: number): void {
    const stalled = [...this.channels].filter((channel) => channel.stalledMs(nowMs) >= STALLED_MS);
    stalled.sort((a, b) => b.stalledMs(nowMs) - a.stalledMs(nowMs));
    for (const channel of stalled) {
      if (!this.answerMemory.isShort) return;
      const seconds = Math.round(channel.stalledMs(nowMs) / 1000);
      channel.close(`it has not read its answers for ${seconds} s while others wait for the memory they take`);
    }
  }
}
