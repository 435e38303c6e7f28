import { asError, type Logger } from '@rocketmq-ts/kernel';
import { ControllerError } from '../errors.ts';
import type { Etcd } from '../etcd/etcd.ts';
import type { Decision } from './decision.ts';
import { type GroupState, readGroup, writeGroup } from './group-state.ts';

/** Requests about one group that may wait for etcd. */
export const MAX_WAITING_PER_GROUP = 256;
/** A change that etcd refused, since the group was another one, is decided anew so many times. */
const MAX_ATTEMPTS = 5;

interface GroupTableOptions {
  readonly etcd: Etcd;
  readonly logger: Logger;
  /** Key of a group without its name. */
  readonly prefix: string;
  readonly leaderKey: string;
  /** The term that this table is for: `createRevision` of the leader's key. */
  readonly term: number;
  /** False once this controller leads no longer in this term. */
  readonly isLeading: () => boolean;
  readonly onLost: () => void;
}

interface Known {
  readonly state: GroupState | undefined;
  readonly modRevision: number;
}

interface Queue {
  tail: Promise<unknown>;
  waiting: number;
}

/**
 * The groups of all brokers during one term of this controller as leader. Only the leader changes them, so what it has read and
 * written is what etcd has. Each change has two conditions: the leader's key is that of this term, and the group was not changed since it was
 * read. Changes of one group follow one another.
 */
export class GroupTable {
  readonly #options: GroupTableOptions;
  readonly #known = new Map<string, Known>();
  /** Groups of which a commit had no answer: it may still be applied. */
  readonly #unsure = new Set<string>();
  readonly #queues = new Map<string, Queue>();

  constructor(options: GroupTableOptions) {
    this.#options = options;
  }

  /** Reads all groups; called once. A group that can't be read is left out and logged. */
  async load(): Promise<void> {
    const { etcd, prefix, logger } = this.#options;
    const { entries } = await etcd.read(prefix);
    for (const { key, value, modRevision } of entries) {
      try {
        this.#known.set(key.slice(prefix.length), { state: readGroup(key, value), modRevision });
      } catch (error) {
        this.#unsure.add(key.slice(prefix.length));
        logger.error('A group of brokers can not be read from etcd and is not served', { key, error: asError(error) });
      }
    }
  }

  /** All groups as they were last read or written. */
  *all(): Iterable<GroupState> {
    for (const { state } of this.#known.values()) if (state !== undefined) yield state;
  }

  /** A group as it was last read or written. */
  get(name: string): GroupState | undefined {
    return this.#known.get(name)?.state;
  }

  /**
   * Decides about a group behind the decisions before, and saves its next state before it resolves. Rejects with NOT_LEADER,
   * CONTROLLER_BUSY, ETCD_UNAVAILABLE (the change may have been saved or not), ETCD_GROUP_BROKEN.
   */
  decide<D extends Decision<unknown>>(name: string, decision: (state: GroupState | undefined) => D): Promise<D> {
    const queue = this.#queues.get(name) ?? { tail: Promise.resolve(), waiting: 0 };
    if (queue.waiting >= MAX_WAITING_PER_GROUP) {
      const sentence = `${queue.waiting} requests about ${name} wait for etcd`;
      return Promise.reject(new ControllerError('CONTROLLER_BUSY', sentence));
    }
    queue.waiting += 1;
    this.#queues.set(name, queue);
    const run = queue.tail.then(() => this.#decide(name, decision));
    queue.tail = run
      .catch(() => {})
      .then(() => {
        queue.waiting -= 1;
        if (queue.waiting === 0) this.#queues.delete(name);
      });
    return run;
  }

  async #decide<D extends Decision<unknown>>(name: string, decision: (state: GroupState | undefined) => D): Promise<D> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      this.#checkLead();
      if (this.#unsure.has(name)) await this.#settle(name);
      const known = this.#known.get(name);
      const decided = decision(known?.state);
      if (decided.next === undefined) return decided;
      if (await this.#save(name, decided.next, known?.modRevision ?? 0)) return decided;
    }
    throw new ControllerError('CONTROLLER_BUSY', `${name} was changed by others ${MAX_ATTEMPTS} times in a row`);
  }

  /** False: the group was changed meanwhile, and is read again. */
  async #save(name: string, next: GroupState, modRevision: number): Promise<boolean> {
    const { etcd } = this.#options;
    const key = this.#options.prefix + name;
    this.#unsure.add(name);
    const { applied, revision } = await etcd.commit({
      conditions: [this.#ownLead(), { key, field: 'modRevision', is: modRevision }],
      puts: [{ key, value: writeGroup(next) }],
    });
    if (!applied) return false;
    this.#known.set(name, { state: next, modRevision: revision });
    this.#unsure.delete(name);
    return true;
  }

  /**
   * Reads a group after a commit whose outcome is not known, and writes what it read: a commit that is still on its way finds
   * another revision then, and is refused.
   */
  async #settle(name: string): Promise<void> {
    const { etcd, prefix, leaderKey, term } = this.#options;
    const key = prefix + name;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const lead = await etcd.read(leaderKey);
      if (!lead.entries.some((entry) => entry.key === leaderKey && entry.createRevision === term)) this.#loseLead();
      const { entries } = await etcd.read(key);
      const entry = entries.find((each) => each.key === key);
      const state = entry && readGroup(key, entry.value);
      const modRevision = entry?.modRevision ?? 0;
      const { applied, revision } = await etcd.commit({
        conditions: [this.#ownLead(), { key, field: 'modRevision', is: modRevision }],
        ...(entry && { puts: [{ key, value: entry.value }] }),
      });
      if (!applied) continue;
      this.#known.set(name, { state, modRevision: entry === undefined ? 0 : revision });
      // Without a value there is nothing to write: a first commit that is still on its way is the next one's conflict.
      this.#unsure.delete(name);
      return;
    }
    throw new ControllerError('CONTROLLER_BUSY', `${name} can not be read undisturbed`);
  }

  #ownLead(): { key: string; field: 'createRevision'; is: number } {
    return { key: this.#options.leaderKey, field: 'createRevision', is: this.#options.term };
  }

  #checkLead(): void {
    if (!this.#options.isLeading()) throw new ControllerError('NOT_LEADER', 'this controller leads no longer');
  }

  #loseLead(): never {
    this.#options.onLost();
    throw new ControllerError('NOT_LEADER', 'this controller leads no longer');
  }
}
