import { ProgressHistory } from './progress-history.ts';
import { describeMessageNumber } from './torture-message.ts';

/** What the checker knows of one queue. */
class QueueHistory {
  /** By queue offset: what the broker acknowledged there. */
  readonly acknowledged: (number | undefined)[] = [];
  /** By queue offset: what a reader got there, whenever it was. */
  readonly seen: (number | undefined)[] = [];
  /** Where the last reading found the end. */
  end = 0;
}

const MAX_VIOLATIONS = 50;

/**
 * Everything that clients saw, and whether it fits together. It knows nothing of the broker's inside: acknowledged
 * messages are found again at their offset, an offset has one message for ever, offsets have no gaps, a producer's messages
 * of a queue are in the order in which they were sent, and no message is there twice.
 */
export class TortureHistory {
  readonly violations: string[] = [];
  readonly progress: ProgressHistory;
  readonly #queues: QueueHistory[];
  acknowledgedCount = 0;
  /** Messages whose sender got no answer: they may be stored or not. */
  unknownCount = 0;
  lostCount = 0;
  consumedCount = 0;

  constructor(queueCount: number) {
    this.#queues = Array.from({ length: queueCount }, () => new QueueHistory());
    this.progress = new ProgressHistory(queueCount, (text) => this.violation(text));
  }

  get queueCount(): number {
    return this.#queues.length;
  }

  acknowledged(queueId: number, queueOffset: number, message: number): void {
    const queue = this.#queue(queueId);
    const before = queue.acknowledged[queueOffset];
    if (before !== undefined) {
      this.violation(
        `queue ${queueId} offset ${queueOffset} was given out twice: to ${describeMessageNumber(before)}, then to ${describeMessageNumber(message)}`,
      );
    }
    const seen = queue.seen[queueOffset];
    if (seen !== undefined && seen !== message) this.#changed(queueId, queueOffset, seen, message);
    queue.acknowledged[queueOffset] = message;
    this.acknowledgedCount += 1;
  }

  /** A reader got this message at this offset. */
  seen(queueId: number, queueOffset: number, message: number): void {
    const queue = this.#queue(queueId);
    const before = queue.seen[queueOffset] ?? queue.acknowledged[queueOffset];
    if (before !== undefined && before !== message) this.#changed(queueId, queueOffset, before, message);
    queue.seen[queueOffset] = message;
  }

  /** Some of the messages that are surely stored, and where: the newest ones. */
  newest(count: number): { queueId: number; queueOffset: number; message: number }[] {
    const found = [];
    for (const [queueId, { acknowledged }] of this.#queues.entries()) {
      for (
        let queueOffset = acknowledged.length - 1;
        queueOffset >= Math.max(0, acknowledged.length - count);
        queueOffset--
      ) {
        const message = acknowledged[queueOffset];
        if (message !== undefined) found.push({ queueId, queueOffset, message });
      }
    }
    return found;
  }

  /** A reader read a whole queue: `numbers[i]` is what it got at offset `from + i`. */
  readBack(queueId: number, from: number, numbers: readonly (number | undefined)[]): void {
    const queue = this.#queue(queueId);
    const end = from + numbers.length;
    for (let offset = from; offset < Math.max(end, queue.acknowledged.length); offset++) {
      const got = numbers[offset - from];
      const wanted = queue.acknowledged[offset];
      if (got !== undefined) this.seen(queueId, offset, got);
      else if (offset < end)
        this.violation(`queue ${queueId} has no message at offset ${offset}, before its end ${end}`);
      if (wanted !== undefined && got === undefined) {
        this.lostCount += 1;
        this.violation(`lost: ${describeMessageNumber(wanted)}, acknowledged at queue ${queueId} offset ${offset}`);
      }
    }
    if (end < queue.end) this.violation(`queue ${queueId} ended at ${queue.end} and now ends at ${end}`);
    queue.end = end;
  }

  /** Order and uniqueness over all that was seen in each queue. */
  checkOrder(): void {
    const everywhere = new Map<number, string>();
    for (const [queueId, queue] of this.#queues.entries()) {
      const last = new Map<number, number>();
      for (const [offset, number] of queue.seen.entries()) {
        if (number === undefined) continue;
        const producer = Math.floor(number / 1e12);
        const before = last.get(producer);
        if (before !== undefined && before > number) {
          this.violation(
            `queue ${queueId} offset ${offset}: ${describeMessageNumber(number)} comes after ${describeMessageNumber(before)}`,
          );
        }
        last.set(producer, number);
        const other = everywhere.get(number);
        if (other !== undefined) {
          this.violation(`${describeMessageNumber(number)} is at queue ${queueId} offset ${offset} and at ${other}`);
        }
        everywhere.set(number, `queue ${queueId} offset ${offset}`);
      }
    }
  }

  violation(text: string): void {
    if (this.violations.length < MAX_VIOLATIONS) this.violations.push(text);
  }

  #changed(queueId: number, queueOffset: number, before: number, now: number): void {
    this.violation(
      `queue ${queueId} offset ${queueOffset} had ${describeMessageNumber(before)} and has ${describeMessageNumber(now)}`,
    );
  }

  #queue(queueId: number): QueueHistory {
    const queue = this.#queues[queueId];
    if (queue === undefined) throw new RangeError(`no queue ${queueId}`);
    return queue;
  }
}
