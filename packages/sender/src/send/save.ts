import { type Clock, sleep } from '@rocketmq-ts/kernel';
import type { NewMessage, OutboxDatabase } from '../database/port.ts';
import { SenderError } from '../errors.ts';

/** Saved messages are counted again so often, since other processes save and send as well. */
const COUNT_AGAIN_MS = 10_000;
/**
 * So long a lane is remembered whatever the database shows: a transaction may be open, and a save without an answer may still be
 * carried out.
 */
const REMEMBER_FOR_MS = 60_000;
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
  /** With the time until which they are kept, monotonic. */
  readonly #lanes = new Map<string, number>();
  /** Whether `#lanes` has every lane of this process, and of processes before it. */
  #remembersAll = false;
  #begun = 0;
  #underWay = 0;
  #count = 0;
  #countedMs = Number.NEGATIVE_INFINITY;

  constructor(options: SaveOptions) {
    this.#options = options;
  }

  /** Rejects with SenderError `OUTBOX_FULL`, `SAVE_TIMEOUT` or `DATABASE_FAILED`. */
  async save(message: NewMessage): Promise<number> {
    const { database, clock, saveTimeoutMs } = this.#options;
    const time = { isOver: false };
    const saving = this.#counted(async () => {
      await this.#requireRoom();
      // A save that begins after its time would be sent although its caller has got MessageLostError.
      if (time.isOver) throw new Error('The time for saving is over.');
      this.#remember(message.lane);
      return await database.save(message, clock.now());
    });
    const outboxId = await within(clock, saveTimeoutMs, saving);
    if (outboxId === undefined) {
      time.isOver = true;
      const text = `Saving the message ${message.uniqueKey} took longer than ${saveTimeoutMs} ms.`;
      throw new SenderError('SAVE_TIMEOUT', text, { facts: { perhapsSaved: true } });
    }
    this.#count += 1;
    return outboxId;
  }

  /** Rejects as `save`, and with SenderError `NO_TRANSACTION`. */
  async saveIn(transaction: unknown, message: NewMessage): Promise<number> {
    const { database, clock } = this.#options;
    return await this.#counted(async () => {
      await this.#requireRoom();
      const outboxId = await database.saveIn(transaction, message, clock.now());
      this.#count += 1;
      this.#remember(message.lane);
      return outboxId;
    });
  }

  /** Saves that were begun in this process; undefined while some are under way. */
  get begun(): number | undefined {
    return this.#underWay > 0 ? undefined : this.#begun;
  }

  /** The database was seen without any saved message. */
  seenEmpty(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const [lane, untilMs] of this.#lanes) if (untilMs <= nowMs) this.#lanes.delete(lane);
    this.#remembersAll = true;
  }

  /** Whether messages of the lane are saved, or may be. While the database does not answer: as far as this process remembers. */
  async areSaved(lane: string): Promise<boolean> {
    const { database, clock, saveTimeoutMs } = this.#options;
    const asking = database.hasLane(lane).catch(() => undefined);
    const found = await within(clock, saveTimeoutMs, asking);
    if (found === undefined) return !this.#remembersAll || this.#lanes.has(lane);
    if (!found && (this.#lanes.get(lane) ?? 0) <= clock.monotonicMs()) this.#lanes.delete(lane);
    return found;
  }

  async #counted<T>(saving: () => Promise<T>): Promise<T> {
    this.#begun += 1;
    this.#underWay += 1;
    try {
      return await saving();
    } finally {
      this.#underWay -= 1;
    }
  }

  #remember(lane: string): void {
    if (this.#lanes.size < MAX_REMEMBERED_LANES || this.#lanes.has(lane))
      this.#lanes.set(lane, this.#options.clock.monotonicMs() + REMEMBER_FOR_MS);
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
