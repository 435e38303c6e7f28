import {
  encodeElectMasterResponseBody,
  encodeSyncStateSet,
  ResponseCode,
  type SyncStateSet,
} from '@rocketmq-ts/protocol';
import type { Decision, Liveness, MasterHeader } from './decision.ts';
import { elect } from './elect-policy.ts';
import { exists, type GroupState, masterAddress, withMaster, withSyncStateSet } from './group-state.ts';

/** Broker id of a request that comes from the controller itself or from an operator without a wish. */
export const BY_CONTROLLER = -1;

interface ElectRequest {
  readonly brokerId: number;
  readonly designateElect: boolean;
}

/**
 * An election: what changes is the master, with a new epoch, and the in-sync set, which is this master alone from then on.
 * Source: ReplicasInfoManager#electMaster.
 */
export function electMaster(
  state: GroupState | undefined,
  { brokerId, designateElect }: ElectRequest,
  liveness: Liveness,
  allowUnclean: boolean,
): Decision<MasterHeader> {
  if (!exists(state) || (brokerId !== BY_CONTROLLER && !state.replicas.has(brokerId))) {
    return { code: ResponseCode.CONTROLLER_BROKER_NEED_TO_BE_REGISTERED, remark: "Broker hasn't been registered" };
  }
  const oldMaster = state.masterBrokerId;
  const chosen =
    !state.isElected && brokerId !== BY_CONTROLLER
      ? brokerId
      : elect({
          inSync: state.syncStateSet,
          unclean: allowUnclean || !state.isElected ? [...state.replicas.keys()] : undefined,
          oldMaster,
          designated: designateElect ? brokerId : undefined,
          candidate: (id) => liveness.candidate(state, id),
        });
  if (chosen !== undefined && chosen === oldMaster) return stillThere(state, oldMaster);
  if (chosen !== undefined) return elected(withMaster(state, chosen));
  if (brokerId !== BY_CONTROLLER) {
    return { code: ResponseCode.CONTROLLER_ELECT_MASTER_FAILED, remark: 'Failed to elect a new master' };
  }
  return {
    code: ResponseCode.CONTROLLER_MASTER_NOT_AVAILABLE,
    remark: 'Old master has down and failed to elect a new broker master',
    ...(oldMaster !== undefined && { next: withMaster(state, undefined) }),
  };
}

function elected(next: GroupState): Decision<MasterHeader> {
  const { clusterName: cluster, brokerName, replicas, syncStateSet } = next;
  const brokerAddrs = new Map([...replicas].map(([id, { address }]) => [id, address]));
  return {
    header: headerOf(next),
    body: encodeElectMasterResponseBody(
      { brokerMemberGroup: { cluster, brokerName, brokerAddrs }, syncStateSet },
      { standard: true },
    ),
    next,
  };
}

function stillThere(state: GroupState, oldMaster: number): Decision<MasterHeader> {
  return {
    code: ResponseCode.CONTROLLER_MASTER_STILL_EXIST,
    remark: `The old master ${oldMaster} is still alive, not need to elect new master for broker ${state.brokerName}`,
    header: headerOf(state),
    body: encodeElectMasterResponseBody({ brokerMemberGroup: undefined, syncStateSet: state.syncStateSet }),
  };
}

/** Who is master, and since which epoch. */
export function headerOf(state: GroupState): MasterHeader {
  return {
    masterBrokerId: state.masterBrokerId,
    masterAddress: masterAddress(state),
    masterEpoch: state.masterEpoch,
    syncStateSetEpoch: state.syncStateSetEpoch,
  };
}

interface AlterRequest {
  readonly masterBrokerId: number;
  readonly masterEpoch: number;
}

/** The master replaces the in-sync set that it knows by another one. Source: ReplicasInfoManager#alterSyncStateSet. */
export function alterSyncStateSet(
  state: GroupState | undefined,
  request: AlterRequest,
  wanted: SyncStateSet,
  liveness: Liveness,
): Decision<{ newSyncStateSetEpoch?: number }> {
  const header = { newSyncStateSetEpoch: 0 };
  if (!exists(state)) {
    const remark = 'Broker metadata is not existed';
    return { code: ResponseCode.CONTROLLER_ALTER_SYNC_STATE_SET_FAILED, remark, header };
  }
  const set = [...new Set(wanted.syncStateSet)];
  const refusal = whyNotAltered(state, request, set, wanted.syncStateSetEpoch, liveness);
  if (refusal !== undefined) return { ...refusal, header };
  const next = withSyncStateSet(state, set);
  return { header: { newSyncStateSetEpoch: next.syncStateSetEpoch }, body: encodeSyncStateSet(next), next };
}

function whyNotAltered(
  state: GroupState,
  request: AlterRequest,
  set: readonly number[],
  epoch: number,
  liveness: Liveness,
): Decision<never> | undefined {
  const refused = (code: number, remark: string): Decision<never> => ({ code, remark });
  const { syncStateSet, masterBrokerId, masterEpoch, syncStateSetEpoch } = state;
  const rejecting = 'Rejecting alter syncStateSet request because';
  if (set.length === syncStateSet.length && set.every((id) => syncStateSet.includes(id))) {
    return refused(
      ResponseCode.CONTROLLER_ALTER_SYNC_STATE_SET_FAILED,
      'The newSyncStateSet is equal with oldSyncStateSet, no needed to update syncStateSet',
    );
  }
  if (masterBrokerId !== request.masterBrokerId) {
    return refused(
      ResponseCode.CONTROLLER_INVALID_MASTER,
      `${rejecting} the current leader is:{${masterBrokerId ?? null}}, not {${request.masterBrokerId}}`,
    );
  }
  if (masterEpoch !== request.masterEpoch) {
    return refused(
      ResponseCode.CONTROLLER_FENCED_MASTER_EPOCH,
      `${rejecting} the current master epoch is:{${masterEpoch}}, not {${request.masterEpoch}}`,
    );
  }
  if (syncStateSetEpoch !== epoch) {
    return refused(
      ResponseCode.CONTROLLER_FENCED_SYNC_STATE_SET_EPOCH,
      `${rejecting} the current syncStateSet epoch is:{${syncStateSetEpoch}}, not {${epoch}}`,
    );
  }
  for (const id of set) {
    if (!state.replicas.has(id)) {
      return refused(ResponseCode.CONTROLLER_INVALID_REPLICAS, `${rejecting} the replicas {${id}} don't exist`);
    }
    if (liveness.candidate(state, id) === undefined) {
      return refused(ResponseCode.CONTROLLER_BROKER_NOT_ALIVE, `${rejecting} the replicas {${id}} don't alive`);
    }
  }
  if (set.includes(masterBrokerId)) return undefined;
  return refused(
    ResponseCode.CONTROLLER_ALTER_SYNC_STATE_SET_FAILED,
    `${rejecting} the newSyncStateSet don't contains origin leader {${masterBrokerId}}`,
  );
}
