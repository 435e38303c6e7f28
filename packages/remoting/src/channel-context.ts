import {
  ByteWriter,
  type Clock,
  Guard,
  type LogFields,
  type Logger,
  type LogLevel,
  RepeatedLines,
} from '@rocketmq-ts/kernel';
import { FrameWriter, type SerializeType } from '@rocketmq-ts/protocol';
import { ChunkPool } from './channel/output.ts';
import { IDLE_TIMEOUT_MS, type RemotingLimits } from './limits.ts';
import { AnswerMemory } from './memory/answer-memory.ts';

interface ChannelContextOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: RemotingLimits;
  /** Peers ask first: one that does not is closed. */
  readonly isServer: boolean;
  readonly idleTimeoutMs?: number | (() => number) | undefined;
  readonly serializeType: SerializeType | undefined;
  readonly answerMemory?: AnswerMemory | undefined;
}

/** What the channels of one server or one client share. */
export class ChannelContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: RemotingLimits;
  readonly isServer: boolean;
  readonly frames: FrameWriter;
  readonly chunks = new ChunkPool();
  /** Each header is laid out here first, since its length is known only when it is written. */
  readonly scratch = new ByteWriter(1024);
  readonly answerMemory: AnswerMemory;
  /** Runs what belongs to one connection, so that its failure ends that connection only. */
  readonly guard: Guard;
  /** Monotonic time of the last sweep: exact enough for idle connections, without reading the clock. */
  coarseNowMs: number;
  readonly #repeated: RepeatedLines;
  readonly #idleTimeoutMs: number | (() => number);
  #heldBytes = 0;

  constructor(options: ChannelContextOptions) {
    const { clock, logger, limits } = options;
    this.clock = clock;
    this.logger = logger;
    this.limits = limits;
    this.isServer = options.isServer;
    this.#idleTimeoutMs = options.idleTimeoutMs ?? IDLE_TIMEOUT_MS;
    this.frames = new FrameWriter(options.serializeType);
    this.answerMemory = options.answerMemory ?? new AnswerMemory(clock, limits.maxAnswerBytes);
    this.guard = new Guard(clock, logger);
    this.coarseNowMs = clock.monotonicMs();
    this.#repeated = new RepeatedLines(logger);
  }

  get idleTimeoutMs(): number {
    return typeof this.#idleTimeoutMs === 'number' ? this.#idleTimeoutMs : this.#idleTimeoutMs();
  }

  /** Changes the count of half-received bytes of all channels and returns it. */
  changeHeldBytes(difference: number): number {
    this.#heldBytes += difference;
    return this.#heldBytes;
  }

  /** Logs a line that peers may cause in any number: those of one kind are counted. */
  logRepeated(kind: string, level: LogLevel, sentence: string, fields: LogFields): void {
    this.#repeated.log(kind, this.coarseNowMs, level, sentence, fields);
  }

  /** Logs the counts of repeated lines that are due; once per sweep. */
  logDue(): void {
    this.#repeated.sweep(this.coarseNowMs);
  }

  /** Logs all counts, at the end. */
  logRest(): void {
    this.#repeated.flush(this.clock.monotonicMs());
    this.guard.flush();
  }
}
