import type { Clock, Logger, Timer } from '@rocketmq-ts/kernel';
import type { BrokerConnection } from './broker-table.ts';
import type { DepartureQueue } from './departure-queue.ts';
import type { RouteTable } from './route-table.ts';

/**
 * Notices that a broker has ended: its connection is closed (at once, when a process is killed), or it is silent for longer
 * than its heartbeat time-out (a frozen process, an interrupted network). Source: RouteInfoManager#scanNotActiveBroker, #onChannelDestroy.
 */
export class Liveness {
  readonly #table: RouteTable;
  readonly #departures: DepartureQueue;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #timer: Timer | undefined;

  constructor(table: RouteTable, departures: DepartureQueue, clock: Clock, logger: Logger) {
    this.#table = table;
    this.#departures = departures;
    this.#clock = clock;
    this.#logger = logger;
  }

  start(scanIntervalMs: number): void {
    this.#timer = this.#clock.every(scanIntervalMs, () => this.#scan());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #scan(): void {
    for (const broker of this.#table.brokers.silentSince(this.#clock.monotonicMs())) {
      const { brokerAddr, heartbeatTimeoutMs } = broker;
      this.#logger.warn('A broker fell silent', { brokerAddr, heartbeatTimeoutMs });
      this.#departures.add(this.#table.departureOf(broker), 'silent');
      broker.connection.close(`the broker ${brokerAddr} sent no heartbeat for ${heartbeatTimeoutMs} ms`);
    }
  }

  /** A broker that registered again through another connection stays. */
  connectionClosed(connection: BrokerConnection): void {
    for (const broker of this.#table.brokers.behind(connection)) {
      this.#departures.add(this.#table.departureOf(broker), 'connection closed');
    }
  }
}
