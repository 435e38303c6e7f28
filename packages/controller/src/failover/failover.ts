import { asError, type Clock, type Logger, type Timer } from '@rocketmq-ts/kernel';
import { ResponseCode } from '@rocketmq-ts/protocol';
import { type Decision, type Election, electionResult, type MasterHeader } from '../group/decision.ts';
import { exists, type GroupState } from '../group/group-state.ts';
import type { GroupTable } from '../group/group-table.ts';
import { BY_CONTROLLER, electMaster } from '../group/mastership.ts';
import type { LiveBrokers } from '../live/live-brokers.ts';

interface FailoverOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly live: LiveBrokers;
  readonly scanMs: number;
  readonly allowUnclean: () => boolean;
  /** Undefined while this controller does not lead. */
  readonly groups: () => GroupTable | undefined;
  /** After a new master is saved. */
  readonly onElected: (state: GroupState) => void;
  /** For metrics: a master was looked for. */
  readonly onElection?: ((election: Election) => void) | undefined;
}

/**
 * Gives a group whose master is dead another one: at once when a broker died, and in a round over all groups for what was not
 * possible before. A group none of whose members lives is left as it is.
 */
export class Failover {
  readonly #options: FailoverOptions;
  readonly #underWay = new Set<string>();
  #timer: Timer | undefined;

  constructor(options: FailoverOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = this.#options.clock.every(this.#options.scanMs, () => this.scan());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Looks at all groups. */
  scan(): void {
    const groups = this.#options.groups();
    if (groups === undefined) return;
    for (const state of groups.all()) this.#check(groups, state);
  }

  /** Looks at one group, one of whose brokers died. */
  check(brokerName: string): void {
    const groups = this.#options.groups();
    const state = groups?.get(brokerName);
    if (groups !== undefined && state !== undefined) this.#check(groups, state);
  }

  #check(groups: GroupTable, state: GroupState): void {
    const { brokerName } = state;
    if (!this.#needsElection(state) || this.#underWay.has(brokerName)) return;
    this.#underWay.add(brokerName);
    const { logger, live, allowUnclean, onElected } = this.#options;
    groups
      .decide(brokerName, (now): Decision<MasterHeader> => {
        // It may have changed while it waited.
        if (now === undefined || !this.#needsElection(now)) return {};
        return electMaster(now, { brokerId: BY_CONTROLLER, designateElect: false }, live, allowUnclean());
      })
      .then(
        (decided) => {
          const { code = ResponseCode.SUCCESS, next } = decided;
          if (next === undefined) return;
          this.#options.onElection?.({ clusterName: '', brokerName, result: electionResult(decided) });
          const { masterBrokerId, masterEpoch } = next;
          if (code === ResponseCode.SUCCESS) {
            logger.info('A group has a new master', { brokerName, masterBrokerId, masterEpoch });
            onElected(next);
          } else {
            logger.warn('A group has no master: none of its in-sync brokers lives', { brokerName, masterEpoch });
          }
        },
        (error: unknown) => {
          logger.warn('A group could not be given a master; tried again', { brokerName, error: asError(error) });
        },
      )
      .finally(() => this.#underWay.delete(brokerName));
  }

  #needsElection(state: GroupState): boolean {
    const { live, allowUnclean } = this.#options;
    if (!exists(state) || !state.isElected) return false;
    const isAlive = (id: number): boolean => live.isAlive(state, id);
    const all = [...state.replicas.keys()];
    if (state.masterBrokerId === undefined) return (allowUnclean() ? all : state.syncStateSet).some(isAlive);
    return !live.isMasterAlive(state) && all.some(isAlive);
  }
}
