import type { Admin, ClusterInfo } from '@rocketmq-ts/admin';
import { type Clock, Guard, type Logger, RepeatedLines, type Service, type Timer } from '@rocketmq-ts/kernel';
import { reasonOf } from '../http/failure.ts';
import { BrokerPoll } from './broker-poll.ts';
import type { BrokerState, ClusterModel } from './model.ts';

/** How often brokers are looked for, and asked for their figures. */
const BROKERS_PERIOD_MS = 10_000;
/** Between two batches of topics and groups. */
const BATCH_PERIOD_MS = 1000;
/** A broker that the name servers do not know any more is shown as missing for so long. */
const GONE_KEPT_MS = 3_600_000;
const NOT_REGISTERED = 'the name servers do not know it any more: it has ended, or can not reach them';

interface CollectorOptions {
  readonly admin: Admin;
  readonly model: ClusterModel;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called in each round of the brokers, with what was collected until then. */
  readonly onRound?: (() => void) | undefined;
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
    const { clock, onRound } = this.#options;
    const every = (periodMs: number, place: string, task: () => void): Timer =>
      clock.every(periodMs, () => void this.#guard.run(place, task));
    this.#timers = [
      every(BROKERS_PERIOD_MS, 'the round of the brokers', () => void this.refresh()),
      ...(onRound === undefined ? [] : [every(BROKERS_PERIOD_MS, 'what follows a round of the brokers', onRound)]),
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

  /** Reads which topics and groups there are now: after a change. Never rejects. */
  async refreshTables(): Promise<void> {
    await Promise.all([...this.#polls.values()].map((poll) => poll.refreshTables()));
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

  /** Brokers that are new get a poll; those that are gone lose theirs, and after a while their topics. */
  #take(info: ClusterInfo): void {
    const { model } = this.#options;
    const brokers: BrokerState[] = [];
    for (const found of brokersOf(info)) {
      const known = model.brokers.get(found.address);
      const isSame = known?.brokerName === found.brokerName && known.brokerId === found.brokerId;
      const state = isSame ? known : found;
      state.goneAtMs = undefined;
      brokers.push(state);
      if (isSame && this.#polls.has(state.address)) continue;
      this.#polls.set(state.address, new BrokerPoll({ ...this.#options, broker: state, lines: this.#lines }));
    }
    brokers.push(...this.#missing(brokers));
    const names = new Set(brokers.map(({ brokerName }) => brokerName));
    for (const { brokerName } of model.brokers.values()) if (!names.has(brokerName)) model.forget(brokerName);
    model.brokers = new Map(brokers.sort(byPlace).map((each) => [each.address, each]));
    const primaries = new Set(model.primaries().map(({ address }) => address));
    for (const [address, poll] of this.#polls) poll.isPrimary = primaries.has(address);
  }

  /** Brokers that were registered and are not now, unless another address has their place. */
  #missing(registered: readonly BrokerState[]): BrokerState[] {
    const nowMs = this.#options.clock.now();
    const placeOf = ({ brokerName, brokerId }: BrokerState): string => `${brokerName}:${brokerId}`;
    const addresses = new Set(registered.map(({ address }) => address));
    const places = new Set(registered.map(placeOf));
    const missing: BrokerState[] = [];
    for (const broker of this.#options.model.brokers.values()) {
      if (addresses.has(broker.address)) continue;
      this.#polls.delete(broker.address);
      broker.goneAtMs ??= nowMs;
      if (places.has(placeOf(broker)) || Math.abs(nowMs - broker.goneAtMs) > GONE_KEPT_MS) continue;
      broker.outage = { message: NOT_REGISTERED, sinceMs: broker.outage?.sinceMs ?? broker.goneAtMs };
      missing.push(broker);
    }
    return missing;
  }
}

/** Every broker process that is registered. */
function brokersOf(info: ClusterInfo): BrokerState[] {
  const clusterOf = new Map<string, string>();
  for (const [clusterName, names] of info.clusterAddrTable) for (const name of names) clusterOf.set(name, clusterName);
  return [...info.brokerAddrTable.values()].flatMap(({ brokerName, cluster, brokerAddrs }) =>
    [...brokerAddrs].map(([brokerId, address]) => ({
      clusterName: clusterOf.get(brokerName) ?? cluster,
      ...{ brokerName, brokerId, address },
      ...{
        runtime: new Map<string, string>(),
        config: new Map<string, string>(),
        answeredAtMs: undefined,
        latencyMs: undefined,
      },
      ...{ outage: undefined, tablesAtMs: undefined, goneAtMs: undefined },
    })),
  );
}

/** By cluster, broker name and id. */
function byPlace(a: BrokerState, b: BrokerState): number {
  const order = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
  return order(a.clusterName, b.clusterName) || order(a.brokerName, b.brokerName) || a.brokerId - b.brokerId;
}
