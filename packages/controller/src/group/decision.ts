import { ResponseCode } from '@rocketmq-ts/protocol';
import type { Candidate } from './elect-policy.ts';
import type { GroupState } from './group-state.ts';

/** What a request about a group comes to: an answer, and the group's next state where it changes. */
export interface Decision<Header> {
  /** Response code; absent: success. */
  readonly code?: number;
  readonly remark?: string;
  readonly header?: Header;
  readonly body?: Buffer;
  /** Saved before anything is answered. */
  readonly next?: GroupState;
}

/** What an election came to, as metrics name it. Source: ControllerMetricsConstant.ElectionResult. */
export type ElectionResult = 'new_master_elected' | 'keep_current_master' | 'no_master_elected';

/** An election, as metrics count it. */
export interface Election {
  /**
   * As the one who asked for it gave it; empty for the controller itself. Source: ElectMasterRequestHeader#ofControllerTrigger.
   */
  readonly clusterName: string;
  readonly brokerName: string;
  readonly result: ElectionResult;
}

/** What a decision about the master came to. */
export function electionResult({ code, next }: Decision<unknown>): ElectionResult {
  if (code !== undefined && code !== ResponseCode.SUCCESS)
    return code === ResponseCode.CONTROLLER_MASTER_STILL_EXIST ? 'keep_current_master' : 'no_master_elected';
  return next === undefined ? 'keep_current_master' : 'new_master_elected';
}

/** What is known of the brokers of a group beside its saved state. */
export interface Liveness {
  /** Undefined: not alive. */
  candidate(state: GroupState, brokerId: number): Candidate | undefined;
  /** A controller that has just started has not heard of most brokers; for a while it takes a master for alive. */
  isMasterAlive(state: GroupState): boolean;
}

/** Header fields of answers that name a master. */
export interface MasterHeader {
  readonly masterBrokerId?: number | undefined;
  readonly masterAddress?: string | undefined;
  readonly masterEpoch?: number | undefined;
  readonly syncStateSetEpoch?: number | undefined;
}
