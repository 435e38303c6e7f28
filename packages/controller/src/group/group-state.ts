import { asError } from '@rocketmq-ts/kernel';
import { ControllerError } from '../errors.ts';

/** A broker of a group. Source: BrokerReplicaInfo. */
export interface Replica {
  readonly address: string;
  /** Given with the application for the id; a broker that repeats it gets the same id again. */
  readonly checkCode: string;
}

/**
 * What etcd keeps of a group of brokers with one name, as one value: a change of any part is a change of the whole.
 * Source: BrokerReplicaInfo, SyncStateInfo.
 */
export interface GroupState {
  readonly clusterName: string;
  readonly brokerName: string;
  /** By broker id, which is never 0 here: 0 is the role of a master. Empty after the group was cleaned. */
  readonly replicas: ReadonlyMap<number, Replica>;
  readonly nextBrokerId: number;
  /** Undefined: nobody may act as master. */
  readonly masterBrokerId: number | undefined;
  /** Grows with each change of the master, also when it is withdrawn, and continues when a cleaned group is registered anew. */
  readonly masterEpoch: number;
  /** Members hold all that was confirmed; only they are elected. */
  readonly syncStateSet: readonly number[];
  readonly syncStateSetEpoch: number;
  /** False until the first election: then the first that asks for it becomes master. */
  readonly isElected: boolean;
}

/** Ids of brokers begin with 1. Source: MixAll#FIRST_BROKER_CONTROLLER_ID. */
export const FIRST_BROKER_ID = 1;

/** A group before its first broker; `before` is what is left of an earlier one of the name. */
export function newGroup(clusterName: string, brokerName: string, before: GroupState | undefined): GroupState {
  return {
    clusterName,
    brokerName,
    replicas: new Map(),
    nextBrokerId: FIRST_BROKER_ID,
    masterBrokerId: undefined,
    masterEpoch: before?.masterEpoch ?? 0,
    syncStateSet: [],
    syncStateSetEpoch: before?.syncStateSetEpoch ?? 0,
    isElected: false,
  };
}

/** A group without brokers was cleaned: it is there only for its epochs. */
export function exists(state: GroupState | undefined): state is GroupState {
  return state !== undefined && state.replicas.size > 0;
}

/** Address of the master; undefined without one. */
export function masterAddress(state: GroupState): string | undefined {
  return state.masterBrokerId === undefined ? undefined : state.replicas.get(state.masterBrokerId)?.address;
}

/** The group with another master, or with none: a new epoch in either case. */
export function withMaster(state: GroupState, masterBrokerId: number | undefined): GroupState {
  const next = { ...state, masterBrokerId, masterEpoch: state.masterEpoch + 1 };
  if (masterBrokerId === undefined) return next;
  return { ...withSyncStateSet(next, [masterBrokerId]), isElected: true };
}

/** The group with another in-sync set. */
export function withSyncStateSet(state: GroupState, syncStateSet: readonly number[]): GroupState {
  return { ...state, syncStateSet, syncStateSetEpoch: state.syncStateSetEpoch + 1 };
}

/** The value for etcd. */
export function writeGroup(state: GroupState): string {
  const replicas = [...state.replicas].map(([brokerId, replica]) => ({ brokerId, ...replica }));
  return JSON.stringify({ ...state, replicas });
}

/** Throws `ETCD_GROUP_BROKEN`. */
export function readGroup(key: string, value: string): GroupState {
  try {
    const found = JSON.parse(value) as Record<string, unknown>;
    const replicas = found.replicas as readonly Record<string, unknown>[];
    return {
      clusterName: text(found.clusterName),
      brokerName: text(found.brokerName),
      replicas: new Map(
        replicas.map((each) => [
          whole(each.brokerId),
          { address: text(each.address), checkCode: text(each.checkCode) },
        ]),
      ),
      nextBrokerId: whole(found.nextBrokerId),
      masterBrokerId: found.masterBrokerId === undefined ? undefined : whole(found.masterBrokerId),
      masterEpoch: whole(found.masterEpoch),
      syncStateSet: (found.syncStateSet as readonly unknown[]).map(whole),
      syncStateSetEpoch: whole(found.syncStateSetEpoch),
      isElected: found.isElected === true,
    };
  } catch (thrown) {
    const cause = asError(thrown);
    throw new ControllerError(
      'ETCD_GROUP_BROKEN',
      `the value of ${key} in etcd can not be read: ${cause.message}`,
      cause,
    );
  }
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error(`a text is expected instead of ${String(value)}`);
  return value;
}

function whole(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw new Error(`a whole number is expected instead of ${String(value)}`);
  return value as number;
}
