/**
 * What the controller needs of etcd: linearizable reads, transactions that compare revisions, leases, watches. `connectEtcd` is
 * the real one; the testkit's one simulates a cluster of etcd on the virtual clock.
 */
export interface Etcd {
  /** All keys that begin with `prefix`, in order, and the revision at which they were read. Sees every commit that was answered before. */
  read(prefix: string): Promise<EtcdSnapshot>;
  /**
   * Applies `puts` and `deletes` when every condition holds, at one revision. A rejection leaves the outcome open: it may have
   * been applied, or may still be.
   */
  commit(transaction: EtcdTransaction): Promise<EtcdCommit>;
  /** Grants a lease; `ttlMs` is what etcd decided, at least what was asked for. */
  grantLease(ttlMs: number): Promise<EtcdLease>;
  /** Keeps a lease for its whole time again, from a moment within this call. Resolves with the time granted; 0 when the lease is gone. */
  keepLease(id: string): Promise<number>;
  /** Ends a lease: its keys are deleted. No error when it is gone. */
  revokeLease(id: string): Promise<void>;
  /**
   * Calls `onChange` after keys that begin with `prefix` were changed, from the revision behind `afterRevision` on; changes may be joined.
   * `onEnd` when it can't go on: connection lost, revision compacted. Then nothing more is called.
   */
  watch(prefix: string, afterRevision: number, onChange: () => void, onEnd: () => void): EtcdWatch;
  close(): void;
}

/** One key. */
export interface EtcdEntry {
  readonly key: string;
  readonly value: string;
  /** Revision at which the key was made; it differs after the key was deleted and made again. */
  readonly createRevision: number;
  /** Revision of its last change. */
  readonly modRevision: number;
}

/** A read. */
export interface EtcdSnapshot {
  readonly revision: number;
  readonly entries: readonly EtcdEntry[];
}

/** Holds when the key has this revision; 0: there is no such key. */
export interface EtcdCondition {
  readonly key: string;
  readonly field: 'createRevision' | 'modRevision';
  readonly is: number;
}

/** One key that is written, with the lease that it ends with. */
export interface EtcdPut {
  readonly key: string;
  readonly value: string;
  readonly leaseId?: string | undefined;
}

/** At most one change of a key. */
export interface EtcdTransaction {
  readonly conditions: readonly EtcdCondition[];
  readonly puts?: readonly EtcdPut[];
  readonly deletes?: readonly string[];
}

/** The answer of a transaction. */
export interface EtcdCommit {
  /** False: a condition did not hold, and nothing was changed. */
  readonly applied: boolean;
  /** Of what was applied, or of the moment in which a condition did not hold. */
  readonly revision: number;
}

/** A lease that was granted. */
export interface EtcdLease {
  readonly id: string;
  readonly ttlMs: number;
}

/** A watch that runs. */
export interface EtcdWatch {
  /** Idempotent; nothing is called afterwards. */
  close(): void;
}
