import type { Logger } from '@rocketmq-ts/kernel';
import { type DataVersion, sameDataVersion } from '@rocketmq-ts/protocol';

/** What a slave's table becomes by its master's. */
export interface FollowedChange {
  /** Names that are deleted here: the master deleted them, or they were made here and not there. */
  readonly removed: readonly string[];
  /** Names that this broker keeps although its master does not have them, since that master may have lost its table. */
  readonly kept: readonly string[];
  /** It keeps some, and kept none before. */
  readonly isNewlyKept: boolean;
  /** Of this broker's table from now on. */
  readonly version: DataVersion;
}

/** A table of topics or groups at one of the brokers. */
interface Table {
  readonly version: DataVersion;
  /** Without those that every broker makes by itself. */
  readonly names: ReadonlySet<string>;
}

/**
 * Decides what a slave deletes. A name is deleted when the master's table had it and has it no more, never because a master does
 * not have it: a master that lost its files, or a new one, comes up with an empty table. The first table of a master is taken for
 * a later state of the one here when its version is not lower in any part, and its counter has grown by at least as many changes
 * as names came and went: each of those counts. Where it is not, everything that the master has is taken and nothing is deleted;
 * later tables of the same master are compared with its first one.
 */
export class FollowedTable {
  readonly #undoesOwn: boolean;
  /** The master's table that was taken last; undefined: this broker's own is what the next one is compared with. */
  #last: Table | undefined;
  #kept: ReadonlySet<string> = new Set();

  /** `undoesOwn`: names that are made at the slave while it follows a master are removed again. */
  constructor(undoesOwn: boolean) {
    this.#undoesOwn = undoesOwn;
  }

  /** The next table may be another master's. */
  masterChanged(): void {
    this.#last = undefined;
    this.#kept = new Set();
  }

  /** That of the table whose successor is waited for. */
  version(own: DataVersion): DataVersion {
    return this.#last?.version ?? own;
  }

  take(master: Table, own: Table, nowMs: number): FollowedChange {
    const before = this.#last ?? own;
    const onlyHere = [...own.names].filter((name) => !master.names.has(name));
    const missing = onlyHere.filter((name) => before.names.has(name));
    const added = [...master.names].filter((name) => !before.names.has(name));
    const removed = new Set(isLater(master.version, before.version, missing.length + added.length) ? missing : []);
    if (this.#last !== undefined && this.#undoesOwn)
      for (const name of onlyHere) if (!before.names.has(name) && !this.#kept.has(name)) removed.add(name);
    const kept = onlyHere.filter((name) => !removed.has(name));
    const isSame = this.#last !== undefined && sameDataVersion(this.#last.version, master.version);
    this.#last = master;
    const isNewlyKept = kept.length > 0 && this.#kept.size === 0;
    this.#kept = new Set(kept);
    const version =
      kept.length === 0 ? master.version : isSame ? own.version : mixed(own.version, master.version, nowMs);
    return { removed: [...removed], kept, isNewlyKept, version };
  }
}

/** Names stay that the master does not have. */
export function logKept(logger: Logger, what: 'topics' | 'groups', kept: readonly string[]): void {
  const sentence = `the master does not have ${what} that this broker has, and its table is no later state of them: they stay`;
  logger.warn(sentence, { [what]: kept.slice(0, 20).join(','), count: kept.length });
}

function isLater(version: DataVersion, before: DataVersion, changes: number): boolean {
  return (
    version.stateVersion >= before.stateVersion &&
    version.timestamp >= before.timestamp &&
    version.counter - before.counter >= changes
  );
}

/** Higher than both, so that after a restart the master's table is not taken for a later one either. */
function mixed(own: DataVersion, master: DataVersion, nowMs: number): DataVersion {
  return {
    stateVersion: Math.max(own.stateVersion, master.stateVersion),
    timestamp: Math.max(nowMs, own.timestamp, master.timestamp),
    counter: Math.max(own.counter, master.counter) + 1,
  };
}
