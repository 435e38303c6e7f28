import type { Clock, Logger, Platform, Timer } from '@rocketmq-ts/kernel';
import type { ClaimedMessage, Failure, OutboxDatabase } from '../database/port.ts';

/** Signs of life in the time after which an owner counts as dead. */
const BEATS_PER_LEASE = 5;

/** What is to become of a claimed message. */
type Outcome = 'untouched' | 'sent' | Failure;

interface ClaimOptions {
  readonly database: OutboxDatabase;
  readonly platform: Pick<Platform, 'clock' | 'random'>;
  readonly logger: Logger;
  readonly leaseMs: number;
  /** Longest time of one send. */
  readonly sendTimeoutMs: number;
  /** Saves that this process has begun; undefined while some are under way. */
  readonly savesBegun: () => number | undefined;
  /** Is called when nothing is saved, and nothing began to be meanwhile. */
  readonly seenEmpty: () => void;
}

/**
 * The claims of this process among those that share the database. An owner shows that it lives by a counter in the database;
 * others that see it unchanged for `leaseMs` of *their own* monotonic clock end it in one step and free its claims. So clocks of
 * machines are not compared, and one that jumps ends nobody. An owner starts no send that may last longer than its lease, and
 * one that was ended can mark nothing: its name is gone from the rows.
 */
export class Claims {
  readonly #options: ClaimOptions;
  readonly #clock: Clock;
  /** Claims whose outcome the database does not have yet. */
  readonly #open = new Map<number, { readonly owner: string; outcome: Outcome }>();
  /** Owners of other processes: their last beat, and when it was first seen. */
  readonly #seen = new Map<string, { readonly beat: number; readonly sinceMs: number }>();
  #owner: string | undefined;
  /** A claim had no answer: messages may be claimed that this process does not know of. */
  #inDoubt = false;
  #goodUntilMs = 0;
  #timer: Timer | undefined;
  #beating: Promise<void> | undefined;

  constructor(options: ClaimOptions) {
    this.#options = options;
    this.#clock = options.platform.clock;
  }

  /** Whether a send that begins now ends while the claims are surely ours. */
  get mayStart(): boolean {
    return this.#clock.monotonicMs() + this.#options.sendTimeoutMs <= this.#goodUntilMs;
  }

  /** Claims messages of up to `lanes` lanes. Rejects as the database does; then it may be called again. */
  async claim(limits: { readonly lanes: number; readonly perLane: number }): Promise<ClaimedMessage[]> {
    const { database } = this.#options;
    await this.settleAll();
    if (this.#inDoubt) await this.leave();
    const epoch = this.#options.savesBegun();
    const anything = await database.list({}, { afterId: 0, limit: 1 });
    if (anything.length === 0) {
      if (epoch !== undefined && epoch === this.#options.savesBegun()) this.#options.seenEmpty();
      await this.leave();
      return [];
    }
    await this.#endDeadOwners();
    await this.#join();
    const beganMs = this.#clock.monotonicMs();
    const owner = this.#owner!;
    this.#inDoubt = true;
    const claimed = await database.claim(owner, limits, this.#clock.now());
    this.#inDoubt = false;
    if (claimed === undefined) {
      this.#lost();
      return [];
    }
    this.#alive(beganMs);
    for (const { outboxId } of claimed) this.#open.set(outboxId, { owner, outcome: 'untouched' });
    return claimed;
  }

  /** Marks a claimed message in the database; false when the claim was lost. Rejects as the database does; `settleAll` tries again. */
  async settle(outboxId: number, outcome: Outcome): Promise<boolean> {
    const claim = this.#open.get(outboxId);
    if (claim === undefined) return false;
    claim.outcome = outcome;
    const { database } = this.#options;
    let kept = true;
    if (outcome === 'untouched') await database.release(claim.owner, [outboxId]);
    else if (outcome === 'sent') kept = await database.sent(claim.owner, outboxId);
    else kept = await database.failed(claim.owner, outboxId, outcome);
    this.#open.delete(outboxId);
    return kept;
  }

  /** Frees those of these claims that nothing was done with. */
  async settleRest(outboxIds: readonly number[]): Promise<void> {
    const { database } = this.#options;
    const rest = outboxIds.filter((outboxId) => this.#open.get(outboxId)?.outcome === 'untouched');
    const first = rest[0];
    if (first === undefined) return;
    await database.release(this.#open.get(first)!.owner, rest);
    for (const outboxId of rest) this.#open.delete(outboxId);
  }

  /** Marks whatever could not be marked before. */
  async settleAll(): Promise<void> {
    for (const [outboxId, { outcome }] of this.#open) await this.settle(outboxId, outcome);
  }

  /** Frees what is claimed and ends this owner. Rejects as the database does. */
  async leave(): Promise<void> {
    const owner = this.#owner;
    if (owner === undefined) return;
    // Should this fail, it is done again before the next claim: from here on nothing shows that the owner lives.
    this.#inDoubt = true;
    this.#timer?.cancel();
    await this.#beating;
    await this.settleAll();
    await this.#options.database.leave(owner);
    this.#owner = undefined;
    this.#inDoubt = false;
  }

  /** For a stop that the database does not follow. */
  abandon(): void {
    this.#timer?.cancel();
    this.#owner = undefined;
  }

  async #join(): Promise<void> {
    if (this.#owner !== undefined) return;
    const { platform, database, leaseMs } = this.#options;
    const owner = platform.random.bytes(12).toString('hex');
    const beganMs = this.#clock.monotonicMs();
    await database.join(owner);
    this.#owner = owner;
    this.#alive(beganMs);
    this.#timer = this.#clock.every(Math.max(1, Math.floor(leaseMs / BEATS_PER_LEASE)), () => {
      this.#beating ??= this.#beat(owner).finally(() => {
        this.#beating = undefined;
      });
    });
  }

  /** Never rejects. */
  async #beat(owner: string): Promise<void> {
    const beganMs = this.#clock.monotonicMs();
    try {
      if (await this.#options.database.beat(owner)) this.#alive(beganMs);
      else if (this.#owner === owner) this.#lost();
    } catch (error) {
      this.#options.logger.warn('the claims on saved messages could not be prolonged', { error });
    }
  }

  /** Counts from the begin of the question: others saw its effect later. */
  #alive(beganMs: number): void {
    this.#goodUntilMs = Math.max(this.#goodUntilMs, beganMs + this.#options.leaseMs);
  }

  #lost(): void {
    this.#options.logger.warn('another process has taken over the saved messages that this one had claimed', {
      leaseMs: this.#options.leaseMs,
    });
    this.#timer?.cancel();
    this.#owner = undefined;
    this.#goodUntilMs = 0;
  }

  async #endDeadOwners(): Promise<void> {
    const { database, leaseMs, logger } = this.#options;
    const nowMs = this.#clock.monotonicMs();
    const owners = await database.owners();
    const names = new Set(owners.map(({ owner }) => owner));
    for (const name of this.#seen.keys()) if (!names.has(name)) this.#seen.delete(name);
    for (const each of owners) {
      if (each.owner === this.#owner) continue;
      const seen = this.#seen.get(each.owner);
      if (seen?.beat !== each.beat) this.#seen.set(each.owner, { beat: each.beat, sinceMs: nowMs });
      else if (nowMs - seen.sinceMs >= leaseMs && (await database.evict(each))) {
        this.#seen.delete(each.owner);
        logger.warn('a process that sent saved messages has ended without leaving; its messages are taken over', {
          owner: each.owner,
        });
      }
    }
  }
}
