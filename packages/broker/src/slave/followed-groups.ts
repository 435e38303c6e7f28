import type { Clock, Logger } from '@rocketmq-ts/kernel';
import { isPredefinedGroup, isSystemGroup } from '@rocketmq-ts/protocol';
import type { GroupTable } from '../group/group-table.ts';
import { FollowedTable, logKept } from './followed-table.ts';
import type { MasterTables } from './master-tables.ts';

export interface FollowedGroupsParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly groups: GroupTable;
}

/** The groups of a slave are those of its master. Source: SlaveSynchronize#syncSubscriptionGroupConfig. */
export class FollowedGroups {
  readonly #parts: FollowedGroupsParts;
  /** Groups come up by themselves, with their consumers, also at a slave. */
  readonly #table = new FollowedTable(false);

  constructor(parts: FollowedGroupsParts) {
    this.#parts = parts;
  }

  masterChanged(): void {
    this.#table.masterChanged();
  }

  /** `all`: also what has not changed there, in case that it did here. */
  async follow(master: MasterTables, all: boolean): Promise<void> {
    const { groups, clock, logger } = this.#parts;
    const known = all ? undefined : { version: this.#table.version(groups.dataVersion), size: groups.size };
    const taken = await master.groups(known);
    if (taken === undefined) return;
    const change = this.#table.take(
      { version: taken.dataVersion, names: ordinary(taken.subscriptionGroupTable.keys()) },
      { version: groups.dataVersion, names: ordinary([...groups.all()].map(({ groupName }) => groupName)) },
      clock.now(),
    );
    groups.follow(taken, change.removed, change.version);
    if (change.isNewlyKept) logKept(logger, 'groups', change.kept);
  }
}

/** Every broker makes the system's by itself. */
function ordinary(names: Iterable<string>): ReadonlySet<string> {
  return new Set([...names].filter((name) => !isSystemGroup(name) && !isPredefinedGroup(name)));
}
