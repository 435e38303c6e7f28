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
  CodecError,
  type Command,
  DEFAULT_SENDER,
  FrameWriter,
  type RemotingFrame,
  ResponseCode,
  type SerializeType,
  type SlotsOfCode,
} from '@rocketmq-ts/protocol';
import { AnswerMemory } from './answer-memory.ts';
import type { RemotingServer } from './api.ts';
import type { Handler } from './call.ts';
import type { Channel } from './channel.ts';
import { RemotingError } from './errors.ts';
import {
  IDLE_TIMEOUT_MS,
  LARGE_ANSWER_BYTES,
  type RemotingLimits,
  STALLED_MS,
  STOOD_STILL_MS,
  SWEEP_PERIOD_MS,
} from './limits.ts';
import { ChunkPool } from './output.ts';
import { ReceivedCall, Registration } from './received-call.ts';

/** After `finish` a connection gets so long to close before it is dropped. */
const LAST_WORDS_MS = 1000;

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

/** What the connections of one server or one client share: handlers, limits, output chunks, the sweep of deadlines. */
export class ChannelGroup {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: RemotingLimits;
  readonly idleTimeoutMs: number;
  readonly isServer: boolean;
  /** Runs what belongs to one connection of many, so that it fails for itself. */
  readonly guard: Guard;
  /** Lines that peers may cause in any number. */
  readonly repeated: RepeatedLines;
  readonly frames: FrameWriter;
  readonly chunks = new ChunkPool();
  /** For binary headers, whose length is known only when they are written. */
  readonly scratch = new ByteWriter(1024);
  readonly channels = new Set<Channel>();
  readonly answerMemory: AnswerMemory;
  gate: Parameters<RemotingServer['setGate']>[0] | undefined;
  /** Monotonic time of the last sweep: exact enough for idle connections, and free. */
  coarseNowMs: number;
  readonly #registrations = new Map<number, Registration>();
  readonly #whyUnserved: ((code: number) => string) | undefined;
  /** Where readers of frames put the fields of requests that are handled here. */
  readonly slotsOf: SlotsOfCode = (code) => this.#registrations.get(code)?.requestCodec.slots;
  readonly #ending = new Set<Connection>();
  #dirty: Channel[] = [];
  /** Those with requests that wait for the next turn. */
  #deferred: Channel[] = [];
  #heldBytes = 0;
  #timer: Timer | undefined;
  /** The last sweep judged nothing, since the event loop had stood still. */
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
    this.#whyUnserved = options.whyUnserved;
  }

  handle<C extends Command>(command: C, handler: Handler<C>): void {
    const before = this.#registrations.get(command.code);
    if (before !== undefined) {
      const names = `${before.command.name} and ${command.name}`;
      const message = `request code ${command.code} has two handlers, for ${names}`;
      throw new RemotingError('HANDLER_TWICE', message, { cause: before.place });
    }
    this.#registrations.set(command.code, new Registration(command, handler as unknown as Handler<Command>));
  }

  startSweep(): void {
    this.coarseNowMs = this.clock.monotonicMs();
    this.#timer = this.clock.every(SWEEP_PERIOD_MS, () => this.#sweep());
  }

  /** Lets every connection send what it has, closes all, and resolves when they are gone. */
  async stop(reason: string): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.repeated.flush(this.clock.monotonicMs());
    this.guard.flush();
    for (const channel of this.channels) channel.finish(reason);
    if (this.#ending.size === 0) return;
    await new Promise<void>((resolve) => {
      const deadline = this.clock.after(LAST_WORDS_MS, () => {
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

  /** How far it has come is unknown: that connection ends, the others go on. */
  #failed(channel: Channel, error: unknown): void {
    this.guard.report('serving a connection', error);
    channel.close('serving it failed');
  }

  /** Finds the handler of a request and calls it, or answers why not. */
  serve(channel: Channel, frame: RemotingFrame): void {
    const registration = this.#registrations.get(frame.code);
    const refusal = registration === undefined ? notSupported(frame.code, this.#whyUnserved) : this.gate?.(frame.code);
    if (registration === undefined || refusal !== undefined) {
      if (refusal !== undefined) refuse(channel, frame, refusal);
      return;
    }
    const header = this.#decodeHeader(registration, channel, frame);
    if (header === undefined) return;
    const call = new ReceivedCall(registration, channel, frame, header);
    const { answerBytes } = registration;
    if (answerBytes < LARGE_ANSWER_BYTES) call.serve();
    else call.serveWhenTaken(answerBytes);
  }

  #decodeHeader(
    registration: Registration,
    channel: Channel,
    frame: RemotingFrame,
  ): ReceivedCall['header'] | undefined {
    try {
      return registration.requestCodec.decodeFrame(frame);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      this.logger.debug('A request was refused', { peer: channel.peer, code: frame.code, reason: error.message });
      const remark = `${registration.command.name}: ${error.message}`;
      refuse(channel, frame, { code: ResponseCode.SYSTEM_ERROR, remark });
      return undefined;
    }
  }

  #sweep(): void {
    const nowMs = this.clock.monotonicMs();
    const stoodStill = nowMs - this.coarseNowMs >= STOOD_STILL_MS;
    this.coarseNowMs = nowMs;
    // The answers may lie in the sockets, unread like everything else: they are read before anything is judged by its time.
    this.#postponed = stoodStill && !this.#postponed;
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

  /** Others wait for memory that belongs to peers which take nothing: those go, who took nothing for longest first. */
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

interface Refusal {
  readonly code: number;
  readonly remark: string;
}

/** Apache's text with its leading blank, and behind it the reason. Source: NettyRemotingAbstract#processRequestCommand. */
function notSupported(code: number, why: ((code: number) => string) | undefined): Refusal {
  const reason = why === undefined ? '' : `: ${why(code)}`;
  return { code: ResponseCode.REQUEST_CODE_NOT_SUPPORTED, remark: ` request type ${code} not supported${reason}` };
}

function refuse(channel: Channel, frame: RemotingFrame, { code, remark }: Refusal): void {
  if (frame.isOneway) return;
  const answer = channel.beginAnswer(code, frame.opaque);
  answer.remark = remark;
  channel.sendAnswer(answer);
}
