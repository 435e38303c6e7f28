import { type Clock, sleep } from '@rocketmq-ts/kernel';
import type { NewMessage, OutboxDatabase } from '../database/port.ts';
import { SenderError } from '../errors.ts';

/** Saved messages are counted again so often, since other processes save and send as well. */
const COUNT_AGAIN_MS = 10_000;
/** Lanes that are remembered as having saved messages while the database can not be asked. */
const MAX_REMEMBERED_LANES = 10_000;

interface SaveOptions {
  readonly database: OutboxDatabase;
  readonly clock: Clock;
  readonly saveTimeoutMs: number;
  readonly maxSavedMessages: number;
}

/** Saves messages within their time and the room that there is, and remembers in which lanes some are saved. */
export class Saves {
  readonly #options: SaveOptions;
  readonly #lanes = new Set<string>();
  /** Whether `#lanes` has every lane of this process, and of processes before it. */
  #remembersAll = false;
  #begun = 0;
  #count = 0;
  #countedMs = Number.NEGATIVE_INFINITY;

  constructor(options: SaveOptions) {
    this.#options = options;
  }

  /** Rejects with SenderError `OUTBOX_FULL`, `SAVE_TIMEOUT` or `DATABASE_FAILED`. */
  async save(message: NewMessage): Promise<number> {
    const { database, clock, saveTimeoutMs } = this.#options;
    this.#begun += 1;
    const time = { isOver: false };
    const saving = this.#requireRoom().then(() => {
      // A save that begins after its time would be sent although its caller has got MessageLostError.
      if (time.isOver) throw new Error('The time for saving is over.');
      return database.save(message, clock.now());
    });
    const outboxId = await within(clock, saveTimeoutMs, saving);
    if (outboxId === undefined) {
      time.isOver = true;
      const text = `Saving the message ${message.uniqueKey} took longer than ${saveTimeoutMs} ms.`;
      throw new SenderError('SAVE_TIMEOUT', text, { facts: { perhapsSaved: true } });
    }
    this.#saved(message.lane);
    return outboxId;
  }

  /** Rejects as `save`, and with SenderError `NO_TRANSACTION`. */
  async saveIn(transaction: unknown, message: NewMessage): Promise<number> {
    const { database, clock } = this.#options;
    this.#begun += 1;
    await this.#requireRoom();
    const outboxId = await database.saveIn(transaction, message, clock.now());
    this.#saved(message.lane);
    return outboxId;
  }

  /** Saves that were begun in this process. */
  get begun(): number {
    return this.#begun;
  }

  /** The database was seen without any saved message. */
  seenEmpty(): void {
    this.#lanes.clear();
    this.#remembersAll = true;
  }

  /** Whether messages of the lane are saved, or may be. While the database does not answer: as far as this process remembers. */
  async areSaved(lane: string): Promise<boolean> {
    const { database, clock, saveTimeoutMs } = this.#options;
    const asking = database.hasLane(lane).catch(() => undefined);
    const found = await within(clock, saveTimeoutMs, asking);
    if (found === undefined) return !this.#remembersAll || this.#lanes.has(lane);
    if (!found) this.#lanes.delete(lane);
    return found;
  }

  #saved(lane: string): void {
    this.#count += 1;
    if (this.#lanes.size < MAX_REMEMBERED_LANES) this.#lanes.add(lane);
    else this.#remembersAll = false;
  }

  async #requireRoom(): Promise<void> {
    const { database, clock, maxSavedMessages } = this.#options;
    const isOld = clock.monotonicMs() - this.#countedMs >= COUNT_AGAIN_MS;
    if (isOld || this.#count >= maxSavedMessages) {
      this.#count = await database.count();
      this.#countedMs = clock.monotonicMs();
    }
    if (this.#count < maxSavedMessages) return;
    throw new SenderError(
      'OUTBOX_FULL',
      `The database has ${this.#count} saved messages, and maxSavedMessages allows no more.`,
    );
  }
}

/** Undefined when the work has not ended in time; what becomes of it then is ignored. */
async function within<T>(clock: Clock, timeMs: number, work: Promise<T>): Promise<T | undefined> {
  const ended = new AbortController();
  work.catch(() => {});
  try {
    return await Promise.race([work, sleep(clock, timeMs, ended.signal).then(() => undefined)]);
  } finally {
    ended.abort();
  }
}
