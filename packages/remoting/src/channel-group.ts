import type { Connection, Timer } from '@rocketmq-ts/kernel';
import type { RemotingFrame, SlotsOfCode } from '@rocketmq-ts/protocol';
import type { Channel, ChannelOwner } from './channel/channel.ts';
import type { ChannelContext } from './channel-context.ts';
import { NOT_RUN_MS, STALLED_MS, SWEEP_PERIOD_MS } from './limits.ts';
import { Dispatcher } from './serve/dispatcher.ts';

/** A connection that sends its last bytes is dropped after this time. */
const FINISH_MS = 1000;

/** The channels of one server or one client: the end of their turns, the sweep of their deadlines, their stop. */
export class ChannelGroup implements ChannelOwner {
  readonly context: ChannelContext;
  readonly dispatcher: Dispatcher;
  readonly channels = new Set<Channel>();
  readonly #ending = new Set<Connection>();
  #dirty: Channel[] = [];
  /** Channels whose received requests are served in the next turn. */
  #deferred: Channel[] = [];
  #timer: Timer | undefined;
  /** The last sweep closed and failed nothing, since the event loop had not run for a while. */
  #postponed = false;

  /** `whyUnserved` says why a request without a handler has none. */
  constructor(context: ChannelContext, whyUnserved?: ((code: number) => string) | undefined) {
    this.context = context;
    this.dispatcher = new Dispatcher(context, whyUnserved);
    context.answerMemory.turn.onEnd(() => this.#readOn());
  }

  get slotsOf(): SlotsOfCode {
    return this.dispatcher.slotsOf;
  }

  serve(channel: Channel, request: RemotingFrame): void {
    this.dispatcher.serve(channel, request);
  }

  startSweep(): void {
    const { clock } = this.context;
    this.context.coarseNowMs = clock.monotonicMs();
    this.#timer = clock.every(SWEEP_PERIOD_MS, () => this.#sweep());
  }

  /** Sends what every connection has gathered, closes them, and resolves when all are closed. */
  async stop(reason: string): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.context.logRest();
    for (const channel of this.channels) channel.finish(reason);
    if (this.#ending.size === 0) return;
    await new Promise<void>((resolve) => {
      const deadline = this.context.clock.after(FINISH_MS, () => {
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

  flushAtEndOfTurn(channel: Channel): void {
    if (this.#dirty.push(channel) === 1) this.context.clock.endOfTurn(this.flush);
  }

  /** Has a channel read its next frames in the next turn. */
  defer(channel: Channel): void {
    this.#deferred.push(channel);
  }

  #readOn(): void {
    const channels = this.#deferred;
    if (channels.length === 0) return;
    this.#deferred = [];
    for (const channel of channels) {
      try {
        channel.readOn();
      } catch (error) {
        this.#failed(channel, error);
      }
    }
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

  /** How much of its task is done is unknown, so this connection is closed; the others are served on. */
  #failed(channel: Channel, error: unknown): void {
    this.context.guard.report('serving a connection', error);
    channel.close('serving it failed');
  }

  #sweep(): void {
    const { context } = this;
    const nowMs = context.clock.monotonicMs();
    const didNotRun = nowMs - context.coarseNowMs >= NOT_RUN_MS;
    context.coarseNowMs = nowMs;
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
    context.logDue();
    if (context.answerMemory.isShort) this.#closeStalled(nowMs);
  }

  /** Closes peers that read nothing while others wait for memory, those that have read nothing for the longest time first. */
  #closeStalled(nowMs: number): void {
    const stalled = [...this.channels].filter((channel) => channel.stalledMs(nowMs) >= STALLED_MS);
    stalled.sort((a, b) => b.stalledMs(nowMs) - a.stalledMs(nowMs));
    for (const channel of stalled) {
      if (!this.context.answerMemory.isShort) return;
      const seconds = Math.round(channel.stalledMs(nowMs) / 1000);
      channel.close(`it has not read its answers for ${seconds} s while others wait for the memory they take`);
    }
  }
}
