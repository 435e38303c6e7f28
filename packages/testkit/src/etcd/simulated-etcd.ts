import { ControllerError, type Etcd, type EtcdSnapshot } from '@rocketmq-ts/controller';
import type { Clock, Timer } from '@rocketmq-ts/kernel';
import type { SeededRandom } from '@rocketmq-ts/testing/simulated';
import { EtcdState } from './etcd-state.ts';

/** How often etcd looks for leases that have ended. */
const EXPIRY_MS = 500;

export interface SimulatedEtcdOptions {
  /** That of the environment, not of a process of it: etcd runs on machines of its own. */
  readonly clock: Clock;
  readonly random: SeededRandom;
  /** Of one way, a random value up to it. Default 2. */
  readonly maxLatencyMs?: number;
  /** After which a client gives a request up. Default 1000. */
  readonly timeoutMs?: number;
  /** Called at each change, before anything else happens, for checks; undefined: a lease has ended. */
  readonly onChange?: (machine: string | undefined) => void;
}

/** Which messages between a client and etcd are lost. `requests`: what the client sends; some of it arrives after the cut. */
export type EtcdCut = 'requests' | 'answers' | 'both';

interface Client {
  readonly name: string;
  cut: EtcdCut | undefined;
  /** Requests that are on their way while the client is cut off. */
  readonly held: (() => void)[];
  readonly watches: Set<Watch>;
}

interface Watch {
  readonly prefix: string;
  seen: number;
  readonly notify: () => void;
  readonly end: () => void;
}

/**
 * An etcd cluster on the virtual clock, as its clients see it: answers take their time, are lost, or come too late; a request may be
 * applied long after its client gave it up; without most of its members the cluster answers nothing; leases end by its clock alone.
 * It keeps the contract of `Etcd` (`describeEtcdContract`).
 */
export class SimulatedEtcd {
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #maxLatencyMs: number;
  readonly #timeoutMs: number;
  readonly #state = new EtcdState();
  readonly #clients = new Map<string, Client>();
  readonly #onChange: (machine: string | undefined) => void;
  #delayMs = 0;
  #isUp = true;
  #expiry: Timer | undefined;

  constructor(options: SimulatedEtcdOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#maxLatencyMs = options.maxLatencyMs ?? 2;
    this.#timeoutMs = options.timeoutMs ?? 1000;
    this.#onChange = options.onChange ?? (() => {});
  }

  /** A connection of a machine. `clock` is that of the process, which drops what it waits for when the process ends. */
  connect(machine: string, clock: Clock = this.#clock): Etcd {
    const client = this.#clientOf(machine);
    const watches = new Set<Watch>();
    return {
      read: (prefix) => this.#call(client, clock, () => this.#state.read(prefix)),
      commit: (transaction) =>
        this.#call(client, clock, () => this.#changing(() => this.#state.commit(transaction), machine)),
      grantLease: (ttlMs) => this.#call(client, clock, () => this.#granting(ttlMs)),
      keepLease: (id) => this.#call(client, clock, () => this.#state.keep(id, this.#clock.monotonicMs())),
      revokeLease: (id) => this.#call(client, clock, () => this.#changing(() => this.#state.revoke(id), machine)),
      watch: (prefix, afterRevision, onChange, onEnd) => {
        const watch = this.#watch(client, clock, { prefix, afterRevision, onChange, onEnd });
        watches.add(watch);
        return { close: () => this.#close(client, watch) };
      },
      close: () => {
        for (const watch of watches) this.#close(client, watch);
      },
    };
  }

  /** Cuts a machine off from etcd, in one direction or both. */
  cut(machine: string, cut: EtcdCut = 'both'): void {
    this.#clientOf(machine).cut = cut;
  }

  /** Ends one cut, or all of them. What was sent meanwhile arrives now, or never, as the seed decides. */
  heal(machine?: string): void {
    for (const client of this.#clients.values()) {
      if (machine !== undefined && client.name !== machine) continue;
      client.cut = undefined;
      for (const arrive of client.held.splice(0)) if (this.#random.chance(0.5)) arrive();
      for (const watch of client.watches) watch.notify();
    }
  }

  /** One request or answer in four takes up to so long from now on, also longer than clients wait; 0: none. */
  slow(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  /** Most members are gone: nothing is answered, and no lease ends. */
  fail(): void {
    this.#isUp = false;
    for (const client of this.#clients.values()) for (const watch of [...client.watches]) watch.end();
  }

  /** Most members are there again. */
  recover(): void {
    this.#isUp = true;
    this.#state.extendLeases(this.#clock.monotonicMs());
  }

  /** What etcd has now, for checks. */
  snapshot(prefix = ''): EtcdSnapshot {
    return this.#state.read(prefix);
  }

  #clientOf(name: string): Client {
    const known = this.#clients.get(name);
    if (known !== undefined) return known;
    const client: Client = { name, cut: undefined, held: [], watches: new Set() };
    this.#clients.set(name, client);
    return client;
  }

  #call<Answer>(client: Client, clock: Clock, apply: () => Answer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const late = clock.after(this.#timeoutMs, () => {
        reject(new ControllerError('ETCD_UNAVAILABLE', `no answer within ${this.#timeoutMs} ms`));
      });
      const answer = (deliver: () => void): void => {
        clock.after(this.#latencyMs(), () => {
          if (client.cut === 'answers' || client.cut === 'both') return;
          late.cancel();
          deliver();
        });
      };
      const arrive = (): void => {
        if (!this.#isUp) return;
        try {
          const value = apply();
          answer(() => resolve(value));
        } catch (error) {
          answer(() => reject(new ControllerError('ETCD_UNAVAILABLE', String(error), error)));
        }
      };
      // A process that is stopped before its request has left sends it when it continues.
      clock.after(this.#random.between(0, 1), () => {
        this.#clock.after(this.#latencyMs(), () => {
          if (client.cut === 'requests' || client.cut === 'both') client.held.push(arrive);
          else arrive();
        });
      });
    });
  }

  #latencyMs(): number {
    const isDelayed = this.#delayMs > 0 && this.#random.chance(0.25);
    return this.#random.between(0, isDelayed ? this.#delayMs : this.#maxLatencyMs);
  }

  #granting(ttlMs: number): { id: string; ttlMs: number } {
    const lease = this.#state.grant(ttlMs, this.#clock.monotonicMs());
    this.#expiry ??= this.#clock.every(EXPIRY_MS, () => this.#expire());
    return lease;
  }

  #expire(): void {
    if (this.#isUp) this.#changing(() => this.#state.expire(this.#clock.monotonicMs()));
    if (this.#state.hasLeases) return;
    this.#expiry?.cancel();
    this.#expiry = undefined;
  }

  #changing<Answer>(change: () => Answer, machine?: string): Answer {
    const before = this.#state.revision;
    const answer = change();
    if (this.#state.revision !== before) {
      this.#onChange(machine);
      for (const client of this.#clients.values()) for (const watch of client.watches) watch.notify();
    }
    return answer;
  }

  #watch(
    client: Client,
    clock: Clock,
    options: { prefix: string; afterRevision: number; onChange: () => void; onEnd: () => void },
  ): Watch {
    const look = (): void => {
      if (client.cut !== undefined || !client.watches.has(watch)) return;
      const fresh = this.#state.changes.filter(({ revision }) => revision > watch.seen);
      watch.seen = this.#state.revision;
      if (fresh.some(({ key }) => key.startsWith(watch.prefix))) options.onChange();
    };
    const watch: Watch = {
      prefix: options.prefix,
      seen: options.afterRevision,
      notify: () => void clock.after(this.#latencyMs(), look),
      end: () => {
        client.watches.delete(watch);
        clock.after(0, options.onEnd);
      },
    };
    client.watches.add(watch);
    watch.notify();
    return watch;
  }

  #close(client: Client, watch: Watch): void {
    client.watches.delete(watch);
  }
}
