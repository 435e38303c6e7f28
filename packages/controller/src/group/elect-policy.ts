/** What is known of a live broker when a master is chosen. */
export interface Candidate {
  readonly epoch: number;
  readonly maxOffset: number;
  /** The lower the better. */
  readonly electionPriority: number;
}

interface Voters {
  /** Members of the in-sync set. */
  readonly inSync: readonly number[];
  /** All brokers of the group, when one that lacks messages may become master; else undefined. */
  readonly unclean: readonly number[] | undefined;
  readonly oldMaster: number | undefined;
  /** The only one that may be chosen, by an operator's wish. */
  readonly designated: number | undefined;
  /** Undefined: not alive. */
  readonly candidate: (brokerId: number) => Candidate | undefined;
}

/**
 * The best master among live brokers: the old one while nobody else is designated; the designated one; else by highest epoch, then
 * most bytes of the log, then lowest priority, then lowest id. The in-sync set first, others only where that is allowed.
 * Undefined: none. Source: DefaultElectPolicy.
 */
export function elect(voters: Voters): number | undefined {
  return electAmong(voters.inSync, voters) ?? (voters.unclean && electAmong(voters.unclean, voters));
}

function electAmong(brokerIds: readonly number[], voters: Voters): number | undefined {
  const { oldMaster, designated } = voters;
  const alive = brokerIds.flatMap((brokerId) => {
    const candidate = voters.candidate(brokerId);
    return candidate === undefined ? [] : [{ brokerId, ...candidate }];
  });
  const has = (brokerId: number | undefined): boolean => alive.some((each) => each.brokerId === brokerId);
  if (has(oldMaster) && (designated === undefined || designated === oldMaster)) return oldMaster;
  if (designated !== undefined) return has(designated) ? designated : undefined;
  alive.sort(
    (a, b) =>
      b.epoch - a.epoch ||
      b.maxOffset - a.maxOffset ||
      a.electionPriority - b.electionPriority ||
      a.brokerId - b.brokerId,
  );
  return alive[0]?.brokerId;
}
