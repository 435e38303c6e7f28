import type { SendResult } from '@rocketmq-ts/client';
import { type Clock, type Logger, type Platform, sleep } from '@rocketmq-ts/kernel';
import type { ClaimedMessage, OutboxDatabase } from '../database/port.ts';
import { reasonOf } from '../errors.ts';
import { failureKind, type Sendable } from '../send/deliver.ts';
import { Claims } from './claims.ts';

/** Messages of one topic and key that are claimed at a time. */
const PER_LANE = 32;
const FIRST_PAUSE_MS = 500;
/** After a save in a transaction the commit is looked for more often, for some time. */
const EXPECT_INTERVAL_MS = 50;
const EXPECT_FOR_MS = 2000;
/** Messages whose pause is ended when a send to their topic is answered, and how often that may happen. */
const MAX_REMEMBERED = 1000;
const END_PAUSES_EVERY_MS = 1000;
/** How long a stop waits for the database. */
const LEAVE_WITHIN_MS = 5000;

export interface ResenderOptions {
  readonly database: OutboxDatabase;
  readonly platform: Pick<Platform, 'clock' | 'random'>;
  readonly logger: Logger;
  readonly send: (message: Sendable) => Promise<SendResult>;
  readonly sendTimeoutMs: number;
  readonly leaseMs: number;
  readonly resendIntervalMs: number;
  readonly resendMaxPauseMs: number;
  readonly resendConcurrency: number;
  readonly savesBegun: () => number | undefined;
  readonly seenEmpty: () => void;
}

type LaneOutcome = 'sent' | 'refused' | 'unreachable' | 'stopped';

/**
 * Sends what is saved: of each topic and key one message after the other, several topics and keys at a time. While nobody
 * answers, one message at a time is tried, with growing pauses; the first that is sent ends them for all.
 */
export class Resender {
  readonly #options: ResenderOptions;
  readonly #clock: Clock;
  readonly #claims: Claims;
  readonly #stopping = new AbortController();
  /** Messages that wait after a failure, with their topics. */
  readonly #paused = new Map<number, string>();
  /** Topics to which a send was answered while messages wait. */
  readonly #answered = new Set<string>();
  #wake = new AbortController();
  #running: Promise<void> | undefined;
  /** Failed rounds in a row; 0: somebody answered last. */
  #awayRounds = 0;
  #expectUntilMs = 0;
  #endedPausesMs = Number.NEGATIVE_INFINITY;

  constructor(options: ResenderOptions) {
    this.#options = options;
    this.#clock = options.platform.clock;
    this.#claims = new Claims(options);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** A message of this process was saved, or will be with a transaction. */
  expect(): void {
    this.#expectUntilMs = this.#clock.monotonicMs() + EXPECT_FOR_MS;
    // While nobody answers a further message changes nothing.
    if (this.#awayRounds === 0) this.#wake.abort();
  }

  /** A send of this process to a topic was answered: what waits for that need not wait longer. */
  answered(topic: string): void {
    if (this.#paused.size === 0 && this.#awayRounds === 0) return;
    this.#answered.add(topic);
    if (this.#mayEndPauses) this.#wake.abort();
  }

  /** Ends after the sends that are under way, and frees what is claimed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    const left = new AbortController();
    // A database that fails now frees the claims later, when others see that this owner gives no sign of life.
    const leaving = this.#claims.leave().catch((error: unknown) => {
      this.#options.logger.warn('claims on saved messages could not be freed; others wait for their end', { error });
    });
    await Promise.race([leaving, sleep(this.#clock, LEAVE_WITHIN_MS, left.signal)]);
    left.abort();
    this.#claims.abandon();
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stopping.signal.aborted) {
      let pauseMs: number;
      try {
        pauseMs = await this.#round();
        failures = 0;
      } catch (error) {
        pauseMs = this.#pauseAfter(failures++);
        this.#options.logger.warn('saved messages can not be sent while the database fails', { error });
      }
      if (pauseMs > 0) await this.#pause(pauseMs);
    }
  }

  /** Claims and sends once; gives the time until the next round. */
  async #round(): Promise<number> {
    await this.#endPauses();
    const away = this.#awayRounds > 0;
    const limits = away ? { lanes: 1, perLane: 1 } : { lanes: this.#options.resendConcurrency, perLane: PER_LANE };
    const claimed = await this.#claims.claim(limits);
    if (claimed.length === 0) return this.#intervalMs();
    const lanes = [...Map.groupBy(claimed, ({ lane }) => lane).values()];
    const ended = await Promise.allSettled(lanes.map((messages) => this.#resendLane(messages)));
    const outcomes = ended.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    if (outcomes.includes('sent')) this.#awayRounds = 0;
    else if (outcomes.includes('unreachable')) this.#awayRounds += 1;
    const failed = ended.find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    if (outcomes.includes('sent')) return 0;
    return this.#awayRounds > 0 ? this.#pauseAfter(this.#awayRounds - 1) : this.#intervalMs();
  }

  async #resendLane(messages: readonly ClaimedMessage[]): Promise<LaneOutcome> {
    let outcome: LaneOutcome = 'stopped';
    try {
      for (const message of messages) {
        if (!this.#mayStart) break;
        const body = await this.#options.database.body(message.outboxId);
        if (body === undefined) continue;
        // The body may have taken longer than the claim lasts.
        if (!this.#mayStart) break;
        try {
          await this.#options.send({ ...message, body });
        } catch (error) {
          return await this.#failed(message, error, outcome);
        }
        outcome = 'sent';
        this.#paused.delete(message.outboxId);
        if (this.#paused.size > 0) this.#answered.add(message.topic);
        if (await this.#claims.settle(message.outboxId, 'sent')) continue;
        this.#options.logger.warn('a saved message was sent after its claim was lost: it may be sent twice', {
          outboxId: message.outboxId,
          uniqueKey: message.uniqueKey,
        });
        break;
      }
    } finally {
      await this.#claims.settleRest(messages.map(({ outboxId }) => outboxId));
    }
    return outcome;
  }

  get #mayStart(): boolean {
    return !this.#stopping.signal.aborted && this.#claims.mayStart;
  }

  async #failed(message: ClaimedMessage, error: unknown, before: LaneOutcome): Promise<LaneOutcome> {
    const kind = failureKind(error);
    if (kind === 'stopped') return before;
    const nowMs = this.#clock.now();
    const state = kind === 'illegal' ? 'FAILED' : 'WAITING';
    const { outboxId, topic, uniqueKey, attempts } = message;
    if (kind === 'illegal')
      this.#options.logger.error('a saved message is refused for good', { outboxId, topic, uniqueKey, error });
    if (state === 'WAITING' && this.#paused.size < MAX_REMEMBERED) this.#paused.set(outboxId, topic);
    const nextMs = nowMs + this.#pauseAfter(attempts);
    await this.#claims.settle(outboxId, { lastError: reasonOf(error), state, nowMs, nextMs });
    if (before === 'sent') return before;
    return kind === 'unreachable' ? kind : 'refused';
  }

  get #mayEndPauses(): boolean {
    return this.#clock.monotonicMs() - this.#endedPausesMs >= END_PAUSES_EVERY_MS;
  }

  /** Messages of topics that are answered again are due now. Not often: one broker of several may be away. */
  async #endPauses(): Promise<void> {
    if (this.#answered.size === 0 || !this.#mayEndPauses) return;
    const due = [...this.#paused].filter(([, topic]) => this.#answered.has(topic)).map(([outboxId]) => outboxId);
    this.#endedPausesMs = this.#clock.monotonicMs();
    this.#awayRounds = 0;
    this.#answered.clear();
    for (const outboxId of due) this.#paused.delete(outboxId);
    await this.#options.database.dueNow(due);
  }

  #intervalMs(): number {
    const expecting = this.#clock.monotonicMs() < this.#expectUntilMs;
    return expecting ? Math.min(EXPECT_INTERVAL_MS, this.#options.resendIntervalMs) : this.#options.resendIntervalMs;
  }

  #pauseAfter(failures: number): number {
    return Math.min(this.#options.resendMaxPauseMs, FIRST_PAUSE_MS * 2 ** Math.min(failures, 20));
  }

  async #pause(pauseMs: number): Promise<void> {
    await sleep(this.#clock, pauseMs, this.#stopping.signal, this.#wake.signal);
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
  }
}
