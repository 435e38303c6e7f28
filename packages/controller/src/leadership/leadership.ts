import { asError, type Clock, type Logger, type Timer } from '@rocketmq-ts/kernel';
import type { Etcd, EtcdLease, EtcdWatch } from '../etcd/etcd.ts';
import { type LeaderRecord, readLeader, writeLeader } from './leader-record.ts';

interface LeadershipOptions {
  readonly etcd: Etcd;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The key that the leader holds. */
  readonly key: string;
  readonly self: LeaderRecord;
  /** How long the lease of the leader lasts. */
  readonly leaseMs: number;
  /** Reads what the leader works on; it leads once this resolves. */
  readonly prepare: (term: number) => Promise<void>;
  readonly onLoss: () => void;
}

interface Term {
  /** Create revision of the leader's key: no two terms have the same, later ones have higher ones. */
  readonly number: number;
  readonly lease: EtcdLease;
  /** By the monotonic clock; counted from before the request that etcd answered, so that it is not later than etcd's own end. */
  endsMs: number;
  isPrepared: boolean;
}

/**
 * Which of several controllers leads: the one that made the key of the leader, for as long as the lease of that key lasts. Each change
 * that a leader saves has the condition that its key is still the same one, so that one that was paused, or cut off from etcd, changes
 * nothing any more, whatever it believes. Its own clock is only used to stop answering in time.
 */
export class Leadership {
  readonly #options: LeadershipOptions;
  #term: Term | undefined;
  #seen: { record: LeaderRecord | undefined } | undefined;
  #timer: Timer | undefined;
  #watch: EtcdWatch | undefined;
  #turn: Promise<void> | undefined;
  #isStopped = false;
  #lastRenewalMs = 0;
  #isFailing = false;

  constructor(options: LeadershipOptions) {
    this.#options = options;
  }

  /** Number of the term in which this controller leads; undefined while it does not. */
  get term(): number | undefined {
    const term = this.#term;
    return term?.isPrepared && this.#options.clock.monotonicMs() < term.endsMs ? term.number : undefined;
  }

  /** The controller that leads, as far as this one knows. */
  get leader(): LeaderRecord | undefined {
    return this.term === undefined ? this.#seen?.record : this.#options.self;
  }

  /** Why requests about groups are not answered by this controller or by another one that it knows; undefined: they are. */
  get problem(): string | undefined {
    if (this.#isFailing) return 'etcd does not answer';
    return this.leader === undefined ? 'no controller leads yet' : undefined;
  }

  /** Resolves after the first look at etcd, successful or not; etcd may come later. */
  async start(): Promise<void> {
    const { clock, leaseMs } = this.#options;
    this.#timer = clock.every(leaseMs / 6, () => void this.#look());
    await this.#look();
  }

  /** Leaves the lead to another at once. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#watch?.close();
    await this.#turn;
    const term = this.#term;
    this.#term = undefined;
    if (term === undefined) return;
    this.#options.onLoss();
    try {
      await this.#options.etcd.revokeLease(term.lease.id);
    } catch (error) {
      this.#options.logger.warn('The lead could not be given up; it ends with its lease', { error: asError(error) });
    }
  }

  /** A change was refused, since the key is another's now. */
  lost(term: number): void {
    if (this.#term?.number === term) this.#lose('etcd has another leader, or none');
  }

  #look(): Promise<void> {
    this.#turn ??= this.#lookOnce().then(
      () => {
        this.#turn = undefined;
        if (this.#isFailing) this.#options.logger.info('etcd answers again');
        this.#isFailing = false;
      },
      (error: unknown) => {
        this.#turn = undefined;
        if (!this.#isFailing) this.#options.logger.warn('etcd does not answer; tried again', { error: asError(error) });
        this.#isFailing = true;
      },
    );
    return this.#turn;
  }

  async #lookOnce(): Promise<void> {
    const { clock, leaseMs } = this.#options;
    if (this.#isStopped) return;
    const term = this.#term;
    if (term === undefined) return this.#follow();
    if (clock.monotonicMs() >= term.endsMs) return this.#lose('etcd did not renew its lease in time');
    if (clock.monotonicMs() - this.#lastRenewalMs >= leaseMs / 4) await this.#renew(term);
  }

  async #renew(term: Term): Promise<void> {
    const { clock, etcd } = this.#options;
    const askedMs = clock.monotonicMs();
    const grantedMs = await etcd.keepLease(term.lease.id);
    if (this.#term !== term) return;
    if (grantedMs <= 0) return this.#lose('its lease has ended in etcd');
    term.endsMs = Math.max(term.endsMs, askedMs + grantedMs);
    this.#lastRenewalMs = askedMs;
  }

  async #follow(): Promise<void> {
    const { etcd, key } = this.#options;
    const snapshot = await etcd.read(key);
    const entry = snapshot.entries.find((each) => each.key === key);
    this.#seen = { record: entry && readLeader(entry.value) };
    if (this.#isStopped) return;
    if (entry === undefined) return this.#campaign();
    this.#watch ??= etcd.watch(
      key,
      snapshot.revision,
      () => void this.#look(),
      () => {
        this.#watch = undefined;
      },
    );
  }

  async #campaign(): Promise<void> {
    const { clock, etcd, key, self, leaseMs, logger, prepare } = this.#options;
    const askedMs = clock.monotonicMs();
    const lease = await etcd.grantLease(leaseMs);
    const conditions = [{ key, field: 'createRevision', is: 0 } as const];
    const puts = [{ key, value: writeLeader(self), leaseId: lease.id }];
    let number: number;
    try {
      const { applied, revision } = await etcd.commit({ conditions, puts });
      if (!applied) return await etcd.revokeLease(lease.id);
      number = revision;
    } catch (error) {
      // It may have been applied: the key must not stay with a lease that nobody renews.
      etcd.revokeLease(lease.id).catch(() => {});
      throw error;
    }
    this.#watch?.close();
    this.#watch = undefined;
    const term: Term = { number, lease, endsMs: askedMs + lease.ttlMs, isPrepared: false };
    this.#term = term;
    this.#lastRenewalMs = askedMs;
    try {
      await prepare(number);
    } catch (error) {
      this.#lose('the groups could not be read');
      etcd.revokeLease(lease.id).catch(() => {});
      throw error;
    }
    if (this.#term !== term || this.#isStopped) return;
    term.isPrepared = true;
    logger.info('This controller leads', { term: number, id: self.id, address: self.address });
  }

  #lose(why: string): void {
    const { logger, onLoss } = this.#options;
    logger.warn('This controller leads no longer', { term: this.#term?.number, why });
    this.#term = undefined;
    this.#seen = undefined;
    onLoss();
  }
}
