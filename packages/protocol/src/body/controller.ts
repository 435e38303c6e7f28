import { protocolError } from '../errors.ts';
import { parseJson } from '../json/read.ts';
import type { JsonInput } from '../json/value.ts';
import { encodeJson } from '../json/write.ts';
import { type BrokerMemberGroup, memberGroupJson, readMemberGroup } from './cluster-info.ts';
import { Members, textOf } from './members.ts';

/** Ids of the brokers that have all that is confirmed, and the epoch of this set. Source: SyncStateSet. */
export interface SyncStateSet {
  readonly syncStateSet: readonly number[];
  readonly syncStateSetEpoch: number;
}

/** The body, as Apache writes it. */
export function encodeSyncStateSet(set: SyncStateSet): Buffer {
  return encodeJson({ syncStateSet: [...set.syncStateSet], syncStateSetEpoch: set.syncStateSetEpoch });
}

/** Throws BAD_BODY. */
export function decodeSyncStateSet(body: Uint8Array): SyncStateSet {
  const members = Members.parse(body, 'SyncStateSet');
  return {
    syncStateSet: members.integers('syncStateSet'),
    syncStateSetEpoch: members.integer('syncStateSetEpoch', 0),
  };
}

/** What an election answers. Source: ElectMasterResponseBody. */
export interface ElectMasterResponseBody {
  /** Undefined where the master did not change. */
  readonly brokerMemberGroup: BrokerMemberGroup | undefined;
  readonly syncStateSet: readonly number[];
}

/**
 * The body, as Apache writes it; `standard` quotes the broker ids. Apache's controller does not quote them, and Apache's mqadmin
 * can't read its answer then; brokers read both.
 */
export function encodeElectMasterResponseBody(
  body: ElectMasterResponseBody,
  options: { readonly standard?: boolean } = {},
): Buffer {
  const { brokerMemberGroup, syncStateSet } = body;
  return encodeJson(
    {
      brokerMemberGroup: brokerMemberGroup && memberGroupJson(brokerMemberGroup),
      syncStateSet: [...syncStateSet],
    },
    options,
  );
}

/** Throws BAD_BODY. */
export function decodeElectMasterResponseBody(body: Uint8Array): ElectMasterResponseBody {
  const members = Members.parse(body, 'ElectMasterResponseBody');
  const group = members.object('brokerMemberGroup');
  return { brokerMemberGroup: group && readMemberGroup(group), syncStateSet: members.integers('syncStateSet') };
}

/** A broker of a group. Source: BrokerReplicasInfo.ReplicaIdentity. */
export interface ReplicaIdentity {
  readonly brokerName: string;
  readonly brokerId: number;
  readonly brokerAddress: string;
  readonly alive: boolean;
}

/** A group as the controller keeps it. Source: BrokerReplicasInfo.ReplicasInfo. */
export interface ReplicasInfo {
  readonly masterBrokerId: number | undefined;
  readonly masterAddress: string | undefined;
  readonly masterEpoch: number;
  readonly syncStateSetEpoch: number;
  readonly inSyncReplicas: readonly ReplicaIdentity[];
  readonly notInSyncReplicas: readonly ReplicaIdentity[];
}

/** Groups by broker name, as Apache writes the answer of CONTROLLER_GET_SYNC_STATE_DATA. Source: BrokerReplicasInfo. */
export function encodeBrokerReplicasInfo(table: ReadonlyMap<string, ReplicasInfo>): Buffer {
  return encodeJson({ replicasInfoTable: new Map([...table].map(([name, info]) => [name, replicasInfoJson(info)])) });
}

/** Throws BAD_BODY. */
export function decodeBrokerReplicasInfo(body: Uint8Array): Map<string, ReplicasInfo> {
  return Members.parse(body, 'BrokerReplicasInfo').table('replicasInfoTable', (members) => ({
    masterBrokerId: members.optionalInteger('masterBrokerId'),
    masterAddress: members.optionalText('masterAddress'),
    masterEpoch: members.integer('masterEpoch', 0),
    syncStateSetEpoch: members.integer('syncStateSetEpoch', 0),
    inSyncReplicas: members.objects('inSyncReplicas').map(readReplica),
    notInSyncReplicas: members.objects('notInSyncReplicas').map(readReplica),
  }));
}

function replicasInfoJson(info: ReplicasInfo): JsonInput {
  return {
    inSyncReplicas: info.inSyncReplicas.map((replica) => ({ ...replica })),
    masterAddress: info.masterAddress,
    masterBrokerId: info.masterBrokerId,
    masterEpoch: info.masterEpoch,
    notInSyncReplicas: info.notInSyncReplicas.map((replica) => ({ ...replica })),
    syncStateSetEpoch: info.syncStateSetEpoch,
  };
}

function readReplica(members: Members): ReplicaIdentity {
  return {
    brokerName: members.text('brokerName', ''),
    brokerId: members.integer('brokerId'),
    brokerAddress: members.text('brokerAddress', ''),
    alive: members.flag('alive', false),
  };
}

/** Body of CONTROLLER_GET_SYNC_STATE_DATA: broker names. */
export function encodeBrokerNames(names: Iterable<string>): Buffer {
  return encodeJson([...names]);
}

/** Throws BAD_BODY. */
export function decodeBrokerNames(body: Uint8Array): string[] {
  let names: unknown;
  try {
    names = parseJson(body);
  } catch (cause) {
    throw protocolError('BAD_BODY', `broker names: ${(cause as Error).message}`, { cause });
  }
  if (!Array.isArray(names)) throw protocolError('BAD_BODY', 'broker names: an array is expected');
  return names.map((name, index) => textOf(name, `broker names[${index}]`));
}
