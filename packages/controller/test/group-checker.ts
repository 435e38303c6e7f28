import type { EtcdSnapshot } from '@rocketmq-ts/controller';

/** Prefix of all keys of the controllers in a run. */
const PREFIX = '/rocketmq/controller/default/';

interface Seen {
  readonly masterBrokerId?: number;
  readonly masterEpoch: number;
  readonly syncStateSet: readonly number[];
  readonly syncStateSetEpoch: number;
  readonly isElected: boolean;
  /** No two changes of a group have the same one. */
  readonly modRevision: number;
}

/** How far a group is: both only grow. */
export interface Epochs {
  readonly masterEpoch: number;
  readonly syncStateSetEpoch: number;
}

/** Holds each change of a group in etcd, by any writer, against the rules that keep what was acknowledged. */
export class GroupChecker {
  readonly violations: string[] = [];
  #last: Seen | undefined;

  /** Called at each change; `writer` is the machine that made it. */
  look({ entries }: EtcdSnapshot, writer: string | undefined): void {
    const entry = entries.find(({ key }) => key.startsWith(`${PREFIX}groups/`));
    if (entry === undefined || entry.modRevision === this.#last?.modRevision) return;
    const leader = entries.find(({ key }) => key === `${PREFIX}leader`);
    const leaderId = leader && (JSON.parse(leader.value) as { id: string }).id;
    if (writer !== leaderId) this.#violated(`${writer} changed the group while ${leaderId ?? 'nobody'} led`);
    const now: Seen = { ...(JSON.parse(entry.value) as Omit<Seen, 'modRevision'>), modRevision: entry.modRevision };
    if (this.#last !== undefined) this.#compare(this.#last, now);
    this.#last = now;
  }

  /** What etcd has. */
  get saved(): Epochs {
    return this.#last ?? { masterEpoch: 0, syncStateSetEpoch: 0 };
  }

  /** A broker was answered this; `asked`: what etcd had when it asked. */
  answered(asked: Epochs, { masterEpoch, syncStateSetEpoch }: Epochs): void {
    const { saved } = this;
    const answer = `master epoch ${masterEpoch}, set epoch ${syncStateSetEpoch}`;
    if (masterEpoch > saved.masterEpoch || syncStateSetEpoch > saved.syncStateSetEpoch) {
      this.#violated(`answered before it was saved: ${answer}`);
    }
    if (masterEpoch < asked.masterEpoch || syncStateSetEpoch < asked.syncStateSetEpoch) {
      this.#violated(`answered although it was out of date when it was asked for: ${answer}`);
    }
  }

  /** A master's change of the in-sync set was taken; `asked`: what etcd had when it asked, `known`: what the master had. */
  altered(asked: Epochs, known: Epochs): void {
    if (asked.masterEpoch > known.masterEpoch)
      this.#violated(`the master of epoch ${known.masterEpoch} changed the set`);
    if (asked.syncStateSetEpoch > known.syncStateSetEpoch) {
      this.#violated(`a set was made from that of set epoch ${known.syncStateSetEpoch}, which was out of date`);
    }
  }

  #compare(before: Seen, now: Seen): void {
    const { masterBrokerId: master, masterEpoch: epoch, syncStateSet: set, syncStateSetEpoch: setEpoch } = now;
    const isSameEpoch = epoch === before.masterEpoch;
    if (epoch < before.masterEpoch) this.#violated(`epoch ${epoch} after ${before.masterEpoch}`);
    if (isSameEpoch && master !== before.masterBrokerId) this.#violated(`another master in epoch ${epoch}`);
    if (setEpoch < before.syncStateSetEpoch) this.#violated(`set epoch ${setEpoch} after ${before.syncStateSetEpoch}`);
    if (setEpoch === before.syncStateSetEpoch && set.join() !== before.syncStateSet.join()) {
      this.#violated(`another in-sync set in set epoch ${setEpoch}`);
    }
    if (master === undefined) return;
    if (!set.includes(master)) this.#violated(`the master ${master} is not among the in-sync ${set}`);
    if (!isSameEpoch && before.isElected && !before.syncStateSet.includes(master)) {
      this.#violated(`${master} became master, and in sync were ${before.syncStateSet}`);
    }
  }

  #violated(sentence: string): void {
    this.violations.push(sentence);
  }
}
