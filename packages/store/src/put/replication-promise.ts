/**
 * Why a store takes no puts although its disk would. IN_SYNC_REPLICAS_NOT_ENOUGH: fewer replicas are in sync than required;
 * only puts that wait are refused, as by Apache's broker. SERVICE_NOT_AVAILABLE: this store follows another one, or its role is
 * not known; nothing is taken but the other one's log. Source: CommitLog#asyncPutMessage, DefaultMessageStore#checkStoreStatus.
 */
export type PromiseRefusal = 'IN_SYNC_REPLICAS_NOT_ENOUGH' | 'SERVICE_NOT_AVAILABLE';

/** What puts wait for beside this store's own disk, and which of them are refused. See `MessageStore.promise`. */
export interface ReplicationPromise {
  /**
   * none: nobody waits for slaves. wait: a put that waits is answered when `replicatedTo` has passed its end, or after
   * `slaveTimeout` with FLUSH_SLAVE_TIMEOUT. unavailable: it is stored, and answered with SLAVE_NOT_AVAILABLE as soon as this
   * store's own marks allow.
   */
  readonly acknowledge: 'none' | 'wait' | 'unavailable';
  /** Puts are refused with it before anything is stored. */
  readonly refusal?: PromiseRefusal | undefined;
  /** Why, in plain words with numbers, for remarks and the log. */
  readonly because?: string | undefined;
  /**
   * own: records are visible by this store's own marks; with `wait` also not before a slave has them, unless that took longer
   * than `slaveTimeout`. confirmed: records that come from now on are visible only below `replicatedTo`, however long it takes.
   */
  readonly visible: 'own' | 'confirmed';
}

/** A store that nobody replicates. */
export const NO_PROMISE: ReplicationPromise = { acknowledge: 'none', visible: 'own' };
