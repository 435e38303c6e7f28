import type { Clock, Logger } from '@rocketmq-ts/kernel';
import type { Departure, GroupChange, RouteTable } from './route-table.ts';

/**
 * Brokers that leave are collected until the end of the turn and removed together, with one pass over the topics, also when
 * a rack loses its power. Source: BatchUnregistrationService.
 */
export class DepartureQueue {
  readonly #table: RouteTable;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #onGroupChanges: (changes: GroupChange[]) => void;
  #waiting: Departure[] = [];

  constructor(table: RouteTable, clock: Clock, logger: Logger, onGroupChanges: (changes: GroupChange[]) => void) {
    this.#table = table;
    this.#clock = clock;
    this.#logger = logger;
    this.#onGroupChanges = onGroupChanges;
  }

  get size(): number {
    return this.#waiting.length;
  }

  add(departure: Departure, reason: string): void {
    this.#logger.info('A broker leaves', { ...departure, reason });
    if (this.#waiting.push(departure) === 1) this.#clock.endOfTurn(() => this.#handle());
  }

  #handle(): void {
    const departures = this.#waiting;
    this.#waiting = [];
    const changes = this.#table.unregister(departures);
    if (changes.length > 0) this.#onGroupChanges(changes);
  }
}
