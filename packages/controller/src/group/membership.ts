import { encodeSyncStateSet, ResponseCode } from '@rocketmq-ts/protocol';
import type { Decision, Liveness, MasterHeader } from './decision.ts';
import { exists, FIRST_BROKER_ID, type GroupState, masterAddress, newGroup, withMaster } from './group-state.ts';

/** Brokers of one group: the whole group is one value of etcd, which takes 1.5 MiB. */
export const MAX_REPLICAS = 256;
/** Of a broker name, cluster name, address or check code. */
export const MAX_TEXT_CHARS = 255;

interface GroupName {
  readonly clusterName: string;
  readonly brokerName: string;
}

/** The id to apply for next. Source: ReplicasInfoManager#getNextBrokerId. */
export function nextBrokerId(
  state: GroupState | undefined,
  { clusterName, brokerName }: GroupName,
): Decision<GroupName & { nextBrokerId: number }> {
  return {
    header: { clusterName, brokerName, nextBrokerId: exists(state) ? state.nextBrokerId : FIRST_BROKER_ID },
  };
}

/** Takes an id for a broker; the same check code gets it again. Source: ReplicasInfoManager#applyBrokerId. */
export function applyBrokerId(
  state: GroupState | undefined,
  request: GroupName & { readonly appliedBrokerId: number; readonly registerCheckCode: string },
): Decision<GroupName> {
  const { clusterName, brokerName, appliedBrokerId: brokerId, registerCheckCode: checkCode } = request;
  const header = { clusterName, brokerName };
  const refused = (remark: string): Decision<GroupName> => {
    return { code: ResponseCode.CONTROLLER_BROKER_ID_INVALID, remark, header };
  };
  if (!exists(state) && brokerId !== FIRST_BROKER_ID) {
    return refused(
      `Broker-set: ${brokerName} hasn't been registered in controller, but broker try to apply brokerId: ${brokerId}`,
    );
  }
  const group = exists(state) ? state : newGroup(clusterName, brokerName, state);
  const holder = group.replicas.get(brokerId);
  if (holder !== undefined && holder.checkCode !== checkCode) {
    return refused(`Fail to apply brokerId: ${brokerId} in broker-set: ${brokerName}`);
  }
  if (holder !== undefined) return { header };
  const long = [clusterName, brokerName, checkCode].find((text) => text.length > MAX_TEXT_CHARS);
  if (long !== undefined) return refused(`a text of ${long.length} characters; at most ${MAX_TEXT_CHARS} are allowed`);
  if (group.replicas.size >= MAX_REPLICAS) {
    return refused(`${brokerName} has ${MAX_REPLICAS} brokers, and takes no more: clean up those that are gone`);
  }
  if (brokerId < FIRST_BROKER_ID)
    return refused(`brokerId ${brokerId} is not allowed: ids begin with ${FIRST_BROKER_ID}`);
  const address = checkCode.split(';', 1)[0]!;
  const replicas = new Map(group.replicas).set(brokerId, { address, checkCode });
  return { header, next: { ...group, replicas, nextBrokerId: Math.max(group.nextBrokerId, brokerId) + 1 } };
}

/**
 * A broker has started. The master that registers was another process before, which may have lost the end of its log: it is
 * master again only by an election, with a new epoch. Source: ReplicasInfoManager#registerBroker, which lets it continue its epoch.
 */
export function registerBroker(
  state: GroupState | undefined,
  request: GroupName & { readonly brokerId: number; readonly brokerAddress: string },
  liveness: Liveness,
): Decision<GroupName & MasterHeader> {
  const { clusterName, brokerName, brokerId, brokerAddress } = request;
  const unknown = (remark: string): Decision<GroupName> => ({
    code: ResponseCode.CONTROLLER_BROKER_NEED_TO_BE_REGISTERED,
    remark,
    header: { clusterName, brokerName },
  });
  if (!exists(state)) return unknown(`Broker-set: ${brokerName} hasn't been registered in controller`);
  const replica = state.replicas.get(brokerId);
  if (replica === undefined || brokerAddress.length > MAX_TEXT_CHARS) {
    return unknown(`BrokerId: ${brokerId} hasn't been registered in broker-set: ${brokerName}`);
  }
  let next = state;
  if (replica.address !== brokerAddress) {
    next = { ...next, replicas: new Map(state.replicas).set(brokerId, { ...replica, address: brokerAddress }) };
  }
  if (state.masterBrokerId === brokerId) next = withMaster(next, undefined);
  const hasMaster = next.masterBrokerId !== undefined && liveness.isMasterAlive(next);
  const master = hasMaster
    ? {
        masterBrokerId: next.masterBrokerId,
        masterAddress: masterAddress(next),
        masterEpoch: next.masterEpoch,
        syncStateSetEpoch: next.syncStateSetEpoch,
      }
    : {};
  return {
    header: { clusterName, brokerName, ...master },
    body: encodeSyncStateSet(next),
    ...(next !== state && { next }),
  };
}

/** Forgets brokers of a group, or all of it. Source: ReplicasInfoManager#cleanBrokerData. */
export function cleanBrokerData(
  state: GroupState | undefined,
  request: {
    readonly brokerName: string;
    readonly brokerControllerIdsToClean?: string | undefined;
    readonly isCleanLivingBroker: boolean;
  },
  liveness: Liveness,
): Decision<Record<never, never>> {
  const { brokerName, brokerControllerIdsToClean: list = '', isCleanLivingBroker } = request;
  const refused = (remark: string): Decision<never> => ({
    code: ResponseCode.CONTROLLER_INVALID_CLEAN_BROKER_METADATA,
    remark,
  });
  let ids: readonly number[] = [];
  if (list.trim() !== '') {
    const words = list.split(';');
    const wrong = words.find((word) => !/^[+-]?\d+$/.test(word));
    if (wrong !== undefined) {
      return refused(
        `Please set the option <brokerControllerIdsToClean> according to the format, exception: java.lang.NumberFormatException: For input string: "${wrong}"`,
      );
    }
    ids = words.map(Number);
  }
  if (!isCleanLivingBroker && exists(state)) {
    if (ids.length === 0 && state.masterBrokerId !== undefined) {
      return refused(`Broker ${brokerName} is still alive, clean up failure`);
    }
    const living = ids.find((brokerId) => liveness.candidate(state, brokerId) !== undefined);
    if (living !== undefined) return refused(`Broker [${brokerName},  ${living}] is still alive, clean up failure`);
  }
  if (!exists(state)) return refused(`Broker ${brokerName} is not existed,clean broker data failure.`);
  return { next: without(state, ids.length === 0 ? [...state.replicas.keys()] : ids) };
}

/** The epochs stay, so that a broker that comes back with old ones is behind all that follows. */
function without(state: GroupState, ids: readonly number[]): GroupState {
  const replicas = new Map([...state.replicas].filter(([brokerId]) => !ids.includes(brokerId)));
  if (replicas.size === 0) return newGroup(state.clusterName, state.brokerName, withMaster(state, undefined));
  const kept = state.syncStateSet.filter((brokerId) => !ids.includes(brokerId));
  const changed = kept.length !== state.syncStateSet.length;
  const hasLostMaster = state.masterBrokerId !== undefined && ids.includes(state.masterBrokerId);
  const next = hasLostMaster ? withMaster(state, undefined) : state;
  return {
    ...next,
    replicas,
    syncStateSet: kept,
    syncStateSetEpoch: state.syncStateSetEpoch + (changed ? 1 : 0),
  };
}
