import { SimulationFailure } from '../seeded/failure.ts';
import { CommitHistory } from './commit-history.ts';

/** Whether a start has to find a topic or a group. */
type Presence = 'THERE' | 'DELETED' | 'UNKNOWN';

/** A message that was asked to be stored, where it has to be found. */
interface Expectation {
  readonly place: string;
  readonly id: string;
  /** It comes there only when its delay is over. */
  readonly late: boolean;
  /** What it has to survive. */
  safe: 'NOTHING' | 'KILL' | 'POWER LOSS';
}

/** What a reader found in a place, by message id: how often. */
export type Found = ReadonlyMap<string, number>;

/**
 * What a broker promised, and so what every later start has to show: acknowledged messages under their topic, topics and
 * groups that were made or deleted, progress that was saved. A request without an answer may have had its effect or not.
 */
export class BrokerModel {
  readonly topics = new Map<string, Presence>();
  readonly groups = new Map<string, Presence>();
  readonly commits = new CommitHistory();
  readonly #expected = new Map<string, Expectation>();
  /** Messages of topics that were deleted. */
  readonly #forbidden = new Set<string>();
  readonly #everDeleted = new Set<string>();

  /** A message is acknowledged, and with it its topic. */
  acknowledged(id: string, place: string, late: boolean, sync: boolean): void {
    this.topics.set(place, 'THERE');
    const key = keyOf(place, id);
    const before = this.#expected.get(key);
    const safe = sync || before?.safe === 'POWER LOSS' ? 'POWER LOSS' : 'KILL';
    this.#expected.set(key, { place, id, late, safe });
  }

  /** Something is asked that makes what it needs: it may be there from now on. */
  asked(table: Map<string, Presence>, name: string): void {
    if (table.get(name) !== 'THERE') table.set(name, 'UNKNOWN');
  }

  topicDeleted(topic: string, presence: 'DELETED' | 'UNKNOWN'): void {
    this.topics.set(topic, presence);
    this.#everDeleted.add(topic);
    this.commits.forgetTopic(topic);
    for (const [key, expectation] of this.#expected) {
      if (expectation.place !== topic) continue;
      if (presence === 'DELETED' && !expectation.late) this.#forbidden.add(key);
      this.#expected.delete(key);
    }
  }

  /** The process ended in order: everything is on the disk. */
  stopped(): void {
    for (const expectation of this.#expected.values()) {
      if (expectation.safe === 'KILL') expectation.safe = 'POWER LOSS';
    }
  }

  /** `diskLied`: syncs of the small files' folder succeeded, and names in it were not durable. */
  powerLost(diskLied: boolean): void {
    for (const [key, expectation] of this.#expected) {
      const isLost =
        expectation.safe === 'KILL' || (diskLied && (expectation.late || this.#everDeleted.has(expectation.place)));
      if (isLost) this.#expected.delete(key);
    }
    if (!diskLied) return;
    for (const table of [this.topics, this.groups]) for (const name of table.keys()) table.set(name, 'UNKNOWN');
    this.#forbidden.clear();
    this.commits.forgetAll();
  }

  /** Holds what a reader found against what is expected; `isLast`: what was delayed has come by now. */
  check(place: string, found: Found | undefined, isLast: boolean): void {
    const presence = this.topics.get(place);
    if (found === undefined && presence === 'THERE')
      throw new SimulationFailure('topic lost', `topic ${place} is missing`);
    if (found !== undefined && presence === 'DELETED') {
      throw new SimulationFailure('topic came back', `topic ${place} was deleted and is there`);
    }
    for (const expectation of this.#expected.values()) {
      if (expectation.place !== place || (expectation.late && !isLast)) continue;
      if (found?.has(expectation.id) === true) continue;
      const { id, safe } = expectation;
      throw new SimulationFailure(
        'lost',
        `message ${id} of ${place} was acknowledged, safe from ${safe}, and is missing`,
      );
    }
    for (const [id, count] of found ?? []) {
      const key = keyOf(place, id);
      if (this.#forbidden.has(key)) {
        throw new SimulationFailure(
          'message came back',
          `message ${id} of ${place} is from before the topic was deleted`,
        );
      }
      if (count > 1 && this.#expected.get(key)?.late === false && !place.startsWith('%')) {
        throw new SimulationFailure('double', `message ${id} is ${count} times in ${place}`);
      }
    }
  }

  checkGroup(group: string, isThere: boolean): void {
    const presence = this.groups.get(group);
    if (!isThere && presence === 'THERE') throw new SimulationFailure('group lost', `group ${group} is missing`);
    if (isThere && presence === 'DELETED') {
      throw new SimulationFailure('group came back', `group ${group} was deleted and is there`);
    }
  }
}

function keyOf(place: string, id: string): string {
  return `${place}#${id}`;
}
