import type { Clock } from '@rocketmq-ts/kernel';
import type { BrokerRole } from '../role/broker-role.ts';

/** Clients ask for routes that often. Source: ClientConfig#pollNameServerInterval. */
const ROUTES_MS = 40_000;

/**
 * Whether the master of this slave was away a moment ago. Consumers may still have a route then that names this slave as the
 * master: told to ask the master they would ask this slave again, without a pause.
 */
export class MasterReturn {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #role: Pick<BrokerRole, 'masterAddress'>;
  #wasKnown: boolean;
  #wasLost = false;
  #backMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'monotonicMs'>, role: Pick<BrokerRole, 'masterAddress' | 'onChange'>) {
    this.#clock = clock;
    this.#role = role;
    this.#wasKnown = role.masterAddress !== undefined;
    role.onChange(() => this.#follow());
  }

  get isRecent(): boolean {
    return this.#clock.monotonicMs() - this.#backMs < ROUTES_MS;
  }

  #follow(): void {
    const isKnown = this.#role.masterAddress !== undefined;
    if (isKnown === this.#wasKnown) return;
    this.#wasKnown = isKnown;
    if (!isKnown) this.#wasLost = true;
    else if (this.#wasLost) this.#backMs = this.#clock.monotonicMs();
  }
}
