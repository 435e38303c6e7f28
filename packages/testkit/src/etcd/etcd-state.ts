import type { EtcdCommit, EtcdEntry, EtcdSnapshot, EtcdTransaction } from '@rocketmq-ts/controller';

/** etcd's shortest lease with its default times of heartbeats and elections. */
const MIN_LEASE_MS = 2_000;

interface Lease {
  readonly ttlMs: number;
  endsMs: number;
  readonly keys: Set<string>;
}

interface Stored extends EtcdEntry {
  readonly leaseId: string | undefined;
}

interface Change {
  readonly key: string;
  readonly revision: number;
}

/** What the members of an etcd cluster agree on: keys with their revisions, leases, and all changes. Applies one request at a time. */
export class EtcdState {
  readonly changes: Change[] = [];
  readonly #keys = new Map<string, Stored>();
  readonly #leases = new Map<string, Lease>();
  #revision = 1;
  #lastLease = 0;

  get revision(): number {
    return this.#revision;
  }

  get hasLeases(): boolean {
    return this.#leases.size > 0;
  }

  read(prefix: string): EtcdSnapshot {
    const entries = [...this.#keys.values()]
      .filter(({ key }) => key.startsWith(prefix))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .map(({ key, value, createRevision, modRevision }) => ({ key, value, createRevision, modRevision }));
    return { revision: this.#revision, entries };
  }

  /** Throws when a lease is gone. */
  commit({ conditions, puts = [], deletes = [] }: EtcdTransaction): EtcdCommit {
    const holds = conditions.every(({ key, field, is }) => (this.#keys.get(key)?.[field] ?? 0) === is);
    if (!holds) return { applied: false, revision: this.#revision };
    for (const { leaseId } of puts) {
      if (leaseId !== undefined && !this.#leases.has(leaseId)) throw new Error('requested lease not found');
    }
    const gone = deletes.filter((key) => this.#keys.has(key));
    if (puts.length + gone.length === 0) return { applied: true, revision: this.#revision };
    const revision = ++this.#revision;
    for (const { key, value, leaseId } of puts) {
      const before = this.#keys.get(key);
      this.#detach(before);
      const createRevision = before?.createRevision ?? revision;
      this.#keys.set(key, { key, value, createRevision, modRevision: revision, leaseId });
      if (leaseId !== undefined) this.#leases.get(leaseId)!.keys.add(key);
      this.changes.push({ key, revision });
    }
    for (const key of gone) this.#delete(key, revision);
    return { applied: true, revision };
  }

  grant(ttlMs: number, nowMs: number): { id: string; ttlMs: number } {
    const granted = Math.max(MIN_LEASE_MS, Math.ceil(ttlMs / 1000) * 1000);
    const id = String(++this.#lastLease);
    this.#leases.set(id, { ttlMs: granted, endsMs: nowMs + granted, keys: new Set() });
    return { id, ttlMs: granted };
  }

  /** Time granted; 0 when the lease is gone. */
  keep(id: string, nowMs: number): number {
    const lease = this.#leases.get(id);
    if (lease === undefined) return 0;
    lease.endsMs = nowMs + lease.ttlMs;
    return lease.ttlMs;
  }

  revoke(id: string): void {
    const lease = this.#leases.get(id);
    if (lease === undefined) return;
    this.#leases.delete(id);
    if (lease.keys.size === 0) return;
    const revision = ++this.#revision;
    for (const key of lease.keys) this.#delete(key, revision);
  }

  expire(nowMs: number): void {
    for (const [id, { endsMs }] of this.#leases) if (nowMs > endsMs) this.revoke(id);
  }

  /** Another member of the cluster leads it: it gives each lease its whole time again. */
  extendLeases(nowMs: number): void {
    for (const lease of this.#leases.values()) lease.endsMs = Math.max(lease.endsMs, nowMs + lease.ttlMs);
  }

  #delete(key: string, revision: number): void {
    this.#detach(this.#keys.get(key));
    this.#keys.delete(key);
    this.changes.push({ key, revision });
  }

  #detach(stored: Stored | undefined): void {
    if (stored?.leaseId !== undefined) this.#leases.get(stored.leaseId)?.keys.delete(stored.key);
  }
}
