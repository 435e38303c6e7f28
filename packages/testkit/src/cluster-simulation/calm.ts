import * as protocol from '@rocketmq-ts/protocol';
import { Wire } from '../broker-simulation/wire.ts';
import type { Cluster, ClusterServer } from '../cluster/index.ts';
import { missingDeadLetters, missingDeliveries } from './delivery-check.ts';
import type { ClusterEvent, HistoryFacts } from './history.ts';
import { type ClusterSettings, producerNames } from './plan.ts';
import type { Replicas } from './replicas.ts';
import type { Sends } from './sends.ts';

/** When everything is mended, so much time is enough for all that is missing. */
const LONGEST_REST_MS = 300_000;
const REST_STEP_MS = 1000;
/** What is on its way when the last message is handled: its offset, its dead letter. */
const SETTLE_MS = 3000;
/** Steps behind those of the plan are numbered from here on. */
export const LAST_NUMBER = 1_000_000;
/** Within this time every member has the queues of brokers that came back. Source: RebalanceService, waitInterval. */
const REBALANCE_MS = 25_000;

export interface CalmParts {
  readonly cluster: Cluster;
  readonly replicas: Replicas;
  readonly sends: Sends;
  readonly settings: ClusterSettings;
  readonly events: readonly ClusterEvent[];
  readonly facts: () => HistoryFacts;
  readonly record: (event: ClusterEvent) => void;
  /** Records how far the groups are. */
  readonly look: () => Promise<void>;
}

/** The end of a run: nothing is wrong any more, and what has to come comes. */
export class Calm {
  readonly #parts: CalmParts;
  /** From then on nothing was wrong. */
  sinceMs: number | undefined;

  constructor(parts: CalmParts) {
    this.#parts = parts;
  }

  get #nowMs(): number {
    return this.#parts.cluster.clock.monotonicMs();
  }

  /** Time passes until all that has to come has come, or so long that it never will. */
  async rest(): Promise<void> {
    const limitMs = this.#nowMs + LONGEST_REST_MS;
    const isMissing = (find: typeof missingDeliveries): boolean =>
      find(this.#parts.events, this.#parts.facts()).length > 0;
    do {
      await this.#parts.cluster.advance(SETTLE_MS);
      while (isMissing(missingDeliveries) && this.#nowMs < limitMs) await this.#parts.cluster.advance(REST_STEP_MS);
      // A message that came twice may be on its way to the dead letters twice.
      await this.#parts.cluster.advance(SETTLE_MS);
      await this.#parts.replicas.look();
      for (const broker of this.#parts.replicas.masters) await this.#readDeadLetters(broker);
    } while (isMissing(missingDeadLetters) && this.#nowMs < limitMs);
    await this.#parts.look();
    await this.#requestInCalm();
    await this.#parts.replicas.compare();
  }

  /** When nothing is wrong any more, requests get replies. */
  async #requestInCalm(): Promise<void> {
    const [producer] = producerNames(this.#parts.settings);
    if (producer === undefined || this.#parts.settings.repliers === 0) return;
    await this.#parts.cluster.advance(REBALANCE_MS);
    this.sinceMs = this.#nowMs;
    await this.#parts.sends.perform(`${2 * LAST_NUMBER}`, { do: 'request', producer, count: 3 });
    await this.#parts.cluster.advance(SETTLE_MS);
  }

  async #readDeadLetters({ address }: ClusterServer): Promise<void> {
    const wire = new Wire(this.#parts.cluster.environment.machine('reader'), address);
    await this.#parts.cluster.run(wire.start());
    for (const { group } of this.#parts.facts().groups) {
      for (const { body } of await this.#parts.cluster.run(wire.read(protocol.deadLetterTopic(group), 0)))
        this.#parts.record({ do: 'dead', atMs: this.#nowMs, group, id: body.slice(0, body.indexOf('|')) });
    }
    await this.#parts.cluster.run(wire.stop());
  }
}
