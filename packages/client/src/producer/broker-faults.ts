import type { Clock } from '@rocketmq-ts/kernel';

/** Latency of a send in ms from which on its broker is avoided, and for how long. Source: MQFaultStrategy. */
export const latencyPenalties: readonly { readonly latencyMs: number; readonly avoidMs: number }[] = [
  { latencyMs: 50, avoidMs: 0 },
  { latencyMs: 100, avoidMs: 0 },
  { latencyMs: 550, avoidMs: 2000 },
  { latencyMs: 1800, avoidMs: 5000 },
  { latencyMs: 3000, avoidMs: 6000 },
  { latencyMs: 5000, avoidMs: 10_000 },
  { latencyMs: 15_000, avoidMs: 30_000 },
];

/** What a broken broker counts as. */
const ISOLATION_LATENCY_MS = 10_000;

interface Fault {
  availableFromMs: number;
  reachable: boolean;
}

/** Remembers which brokers were slow or failed, so that the choice of a queue can avoid them. One entry per broker name. */
export class BrokerFaults {
  readonly #clock: Clock;
  readonly #faults = new Map<string, Fault>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Records the outcome of one attempt. The time to avoid a broker is only ever extended. */
  record(
    brokerName: string,
    latencyMs: number,
    outcome: { readonly isolate: boolean; readonly reachable: boolean },
  ): void {
    const availableFromMs = this.#clock.monotonicMs() + avoidanceMs(outcome.isolate ? ISOLATION_LATENCY_MS : latencyMs);
    const known = this.#faults.get(brokerName);
    if (known === undefined) {
      this.#faults.set(brokerName, { availableFromMs, reachable: outcome.reachable });
      return;
    }
    known.availableFromMs = Math.max(known.availableFromMs, availableFromMs);
    known.reachable = outcome.reachable;
  }

  available(brokerName: string): boolean {
    const fault = this.#faults.get(brokerName);
    return fault === undefined || this.#clock.monotonicMs() >= fault.availableFromMs;
  }

  reachable(brokerName: string): boolean {
    return this.#faults.get(brokerName)?.reachable ?? true;
  }

  /** Broker names that the last attempts could not reach. */
  unreachable(): string[] {
    return [...this.#faults].filter(([, fault]) => !fault.reachable).map(([name]) => name);
  }

  /** A probe reached the broker again. */
  markReachable(brokerName: string): void {
    const fault = this.#faults.get(brokerName);
    if (fault !== undefined) fault.reachable = true;
  }

  forget(brokerName: string): void {
    this.#faults.delete(brokerName);
  }
}

function avoidanceMs(latencyMs: number): number {
  for (let index = latencyPenalties.length - 1; index >= 0; index--) {
    const step = latencyPenalties[index]!;
    if (latencyMs >= step.latencyMs) return step.avoidMs;
  }
  return 0;
}
