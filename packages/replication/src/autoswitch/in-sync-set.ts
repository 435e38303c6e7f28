/**
 * Which brokers have all that is confirmed, as the controller said last, and, while a change is asked for, as it may be by now. The
 * master counts itself. Both sets are waited for until the controller has answered: whichever it elects from, it has what is
 * confirmed. Source: AutoSwitchHAService.
 */
export class InSyncSet {
  #ids: ReadonlySet<number> = new Set();
  #asked: ReadonlySet<number> | undefined;

  /** What the controller said last. */
  get ids(): ReadonlySet<number> {
    return this.#ids;
  }

  /** What may be in force at the controller. Source: AutoSwitchHAService#getSyncStateSet. */
  get possible(): ReadonlySet<number> {
    return this.#asked === undefined ? this.#ids : both(this.#ids, this.#asked);
  }

  /** The size that puts are measured by. Source: AutoSwitchHAService#inSyncReplicasNums. */
  get size(): number {
    return Math.max(this.#ids.size, this.#asked?.size ?? 0);
  }

  /** The controller has answered. */
  set(ids: Iterable<number>): void {
    this.#ids = new Set(ids);
    this.#asked = undefined;
  }

  /** The controller is asked for another set. */
  ask(ids: Iterable<number>): void {
    const asked = new Set(ids);
    // Every set that was asked for and not answered may have been taken.
    this.#asked = this.#asked === undefined ? asked : both(this.#asked, asked);
  }
}

function both(a: ReadonlySet<number>, b: ReadonlySet<number>): ReadonlySet<number> {
  return new Set([...a, ...b]);
}

/** What a member or another slave has, as it said itself. */
export interface Replica {
  /** Undefined before it has said who it is. */
  readonly brokerId: number | undefined;
  readonly isLearner: boolean;
  /** Undefined before its first report. */
  readonly ackOffset: number | undefined;
}

/**
 * End of what every member has; undefined when one of them is not connected or has not reported, so that nothing new is certain. `own`
 * is what this master has written. Source: AutoSwitchHAService#computeConfirmOffset.
 */
export function heldByMembers(
  possible: ReadonlySet<number>,
  localId: number,
  own: number,
  replicas: readonly Replica[],
): number | undefined {
  let held = own;
  for (const id of possible) {
    if (id === localId) continue;
    const ackOffset = replicas.find(({ brokerId }) => brokerId === id)?.ackOffset;
    if (ackOffset === undefined) return undefined;
    held = Math.min(held, ackOffset);
  }
  return held;
}

/** End of what so many brokers have, this master among them; learners, which are never elected, do not count. */
export function heldByCount(count: number, own: number, replicas: readonly Replica[]): number {
  const offsets = replicas
    .filter(({ isLearner }) => !isLearner)
    .map(({ ackOffset = 0 }) => Math.min(own, ackOffset))
    .sort((a, b) => b - a);
  return count <= 1 ? own : (offsets[count - 2] ?? 0);
}
