import { createHash } from 'node:crypto';

/** Characters of a digest: 160 bits, so that two topics and keys never share a lane by chance. */
const DIGEST_CHARACTERS = 40;

/**
 * The lane of a message: those with one topic and key share it and keep their order. `keyed` is false for a message that
 * has a lane of its own.
 */
export function laneOf(
  { topic, keys, uniqueKey }: { readonly topic: string; readonly keys: string | undefined; readonly uniqueKey: string },
  orderByKey: boolean,
): { readonly lane: string; readonly keyed: boolean } {
  const own = createHash('sha256').update(keys === undefined || !orderByKey ? uniqueKey : `${topic}\n${keys}`);
  const keyed = keys !== undefined && orderByKey;
  return { lane: `${keyed ? 'k' : 'm'}${own.digest('hex').slice(0, DIGEST_CHARACTERS)}`, keyed };
}

/** Runs the work of one lane one after the other, in the order of the calls. */
export class LaneOrder {
  readonly #last = new Map<string, Promise<void>>();

  run<T>(lane: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(lane);
    const turn = before === undefined ? work() : before.then(work);
    const ended = turn.then(
      () => {},
      () => {},
    );
    this.#last.set(lane, ended);
    void ended.then(() => {
      if (this.#last.get(lane) === ended) this.#last.delete(lane);
    });
    return turn;
  }
}
