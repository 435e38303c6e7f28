import type { Clock, Timer } from '@rocketmq-ts/kernel';
import { NOTIFY_CONSUMER_IDS_CHANGED } from '@rocketmq-ts/protocol';
import type { GroupMember } from './group-members.ts';

/** Pause of a group after a round of notices, for each notice in the round. */
const PAUSE_MS_PER_NOTICE = 1;

/**
 * Sends the members of a group the notice that its members changed, in rounds: at the end of the turn when the group was
 * quiet, otherwise when the pause that follows its last round is over. So n clients that join one after the other cost about
 * three times n notices, where one notice to each member for each of them would be n times n; and as each notice makes a
 * client ask for the list of members, so do those answers.
 */
export class MemberNotices {
  readonly #clock: Clock;
  readonly #membersOf: (group: string) => ReadonlyMap<string, GroupMember> | undefined;
  /** Groups with a round to come. */
  readonly #coming = new Map<string, Timer | undefined>();
  /** When the next round may be, monotonic. */
  readonly #notBeforeMs = new Map<string, number>();
  #stopped = false;

  constructor(clock: Clock, membersOf: (group: string) => ReadonlyMap<string, GroupMember> | undefined) {
    this.#clock = clock;
    this.#membersOf = membersOf;
  }

  /** The members of a group, or what they subscribe, changed. */
  changed(group: string): void {
    if (this.#coming.has(group) || this.#stopped) return;
    const waitMs = (this.#notBeforeMs.get(group) ?? 0) - this.#clock.monotonicMs();
    const send = (): void => this.#send(group);
    if (waitMs > 0) this.#coming.set(group, this.#clock.after(waitMs, send));
    else {
      this.#coming.set(group, undefined);
      this.#clock.endOfTurn(send);
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#coming.values()) timer?.cancel();
    this.#coming.clear();
  }

  #send(group: string): void {
    if (this.#stopped) return;
    this.#coming.delete(group);
    const members = this.#membersOf(group);
    if (members === undefined) {
      this.#notBeforeMs.delete(group);
      return;
    }
    this.#notBeforeMs.set(group, this.#clock.monotonicMs() + members.size * PAUSE_MS_PER_NOTICE);
    for (const member of members.values()) {
      member.connection.notify(NOTIFY_CONSUMER_IDS_CHANGED, { consumerGroup: group });
    }
  }
}
