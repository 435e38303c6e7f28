import type { Admin, ClusterInfo } from '@rocketmq-ts/admin';
import { type Clock, Guard, type Logger, RepeatedLines, type Service, type Timer } from '@rocketmq-ts/kernel';
import { reasonOf } from '../http/failure.ts';
import { BrokerPoll } from './broker-poll.ts';
import type { BrokerState, ClusterModel } from './model.ts';

/** How often brokers are looked for, and asked for their figures. */
const BROKERS_PERIOD_MS = 10_000;
/** Between two batches of topics and groups. */
const BATCH_PERIOD_MS = 1000;

interface CollectorOptions {
  readonly admin: Admin;
  readonly model: ClusterModel;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Keeps the model of a cluster up to date. Each broker is asked by a `BrokerPoll` of its own, of which at most one request of a
 * kind is under way, so that a slow broker delays no other one and is not asked more than it answers.
 */
export class Collector implements Service {
  readonly #options: CollectorOptions;
  readonly #guard: Guard;
  readonly #lines: RepeatedLines;
  readonly #polls = new Map<string, BrokerPoll>();
  #timers: Timer[] = [];
  #discovering: Promise<void> | undefined;

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#guard = new Guard(options.clock, options.logger);
    this.#lines = new RepeatedLines(options.logger);
  }

  start(): void {
    const { clock } = this.#options;
    const every = (periodMs: number, place: string, task: () => void): Timer =>
      clock.every(periodMs, () => void this.#guard.run(place, task));
    this.#timers = [
      every(BROKERS_PERIOD_MS, 'the round of the brokers', () => void this.refresh()),
      every(BATCH_PERIOD_MS, 'the batch of topics and groups', () => this.#batch()),
    ];
    void this.refresh();
  }

  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
    this.#polls.clear();
    this.#guard.flush();
    this.#lines.flush(this.#options.clock.monotonicMs());
  }

  /** Looks for brokers and asks each for its figures. Resolves when all answered or failed; never rejects. */
  async refresh(): Promise<void> {
    this.#discovering ??= this.#discover().finally(() => {
      this.#discovering = undefined;
    });
    await this.#discovering;
    await Promise.all([...this.#polls.values()].map((poll) => poll.askFigures()));
  }

  #batch(): void {
    for (const poll of this.#polls.values()) void poll.askBatch();
  }

  async #discover(): Promise<void> {
    const { admin, model, clock } = this.#options;
    try {
      const info = await admin.examineClusterInfo();
      model.discoveredAtMs = clock.now();
      model.discoveryOutage = undefined;
      this.#take(info);
    } catch (error) {
      const message = reasonOf(error);
      model.discoveryOutage = { message, sinceMs: model.discoveryOutage?.sinceMs ?? clock.now() };
      const fields = { reason: message };
      this.#lines.sweep(clock.monotonicMs());
      this.#lines.log('discovery', clock.monotonicMs(), 'warn', 'No name server says which brokers there are', fields);
    }
  }

  /** Brokers that are new get a poll, those that are gone lose theirs and their topics. */
  #take(info: ClusterInfo): void {
    const { model } = this.#options;
    const brokers = new Map<string, BrokerState>();
    for (const found of brokersOf(info)) {
      const known = model.brokers.get(found.address);
      const isSame = known?.brokerName === found.brokerName && known.brokerId === found.brokerId;
      const state = isSame ? known : found;
      brokers.set(state.address, state);
      if (isSame && this.#polls.has(state.address)) continue;
      this.#polls.set(state.address, new BrokerPoll({ ...this.#options, broker: state, lines: this.#lines }));
    }
    const names = new Set([...brokers.values()].map(({ brokerName }) => brokerName));
    for (const [address, { brokerName }] of model.brokers) {
      if (!brokers.has(address)) this.#polls.delete(address);
      if (!names.has(brokerName)) model.forget(brokerName);
    }
    model.brokers = brokers;
    const primaries = new Set(model.primaries().map(({ address }) => address));
    for (const [address, poll] of this.#polls) poll.isPrimary = primaries.has(address);
  }
}

/** Every broker process, by cluster, broker name and id. */
function brokersOf(info: ClusterInfo): BrokerState[] {
  const clusterOf = new Map<string, string>();
  for (const [clusterName, names] of info.clusterAddrTable) for (const name of names) clusterOf.set(name, clusterName);
  const found = [...info.brokerAddrTable.values()].flatMap(({ brokerName, cluster, brokerAddrs }) =>
    [...brokerAddrs].map(([brokerId, address]) => ({
      clusterName: clusterOf.get(brokerName) ?? cluster,
      ...{ brokerName, brokerId, address },
      ...{ runtime: new Map<string, string>(), answeredAtMs: undefined, latencyMs: undefined },
      ...{ outage: undefined, tablesAtMs: undefined },
    })),
  );
  const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return found.sort(
    (a, b) => order(a.clusterName, b.clusterName) || order(a.brokerName, b.brokerName) || a.brokerId - b.brokerId,
  );
}
