import {
  CLEAN_BROKER_DATA,
  CONTROLLER_ALTER_SYNC_STATE_SET,
  CONTROLLER_APPLY_BROKER_ID,
  CONTROLLER_ELECT_MASTER,
  CONTROLLER_GET_NEXT_BROKER_ID,
  CONTROLLER_GET_REPLICA_INFO,
  CONTROLLER_GET_SYNC_STATE_DATA,
  CONTROLLER_REGISTER_BROKER,
  type Command,
  decodeBrokerNames,
  decodeSyncStateSet,
  encodeBrokerReplicasInfo,
  encodeSyncStateSet,
  type ReplicasInfo,
  ResponseCode,
  type ResponseInput,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import type { LiveControllerConfig } from '../config/config-table.ts';
import { ControllerError } from '../errors.ts';
import { type Decision, type Election, electionResult } from '../group/decision.ts';
import { exists, type GroupState, masterAddress } from '../group/group-state.ts';
import type { GroupTable } from '../group/group-table.ts';
import { alterSyncStateSet, electMaster } from '../group/mastership.ts';
import { applyBrokerId, cleanBrokerData, nextBrokerId, registerBroker } from '../group/membership.ts';
import type { LiveBrokers } from '../live/live-brokers.ts';

interface GroupRequestParts {
  readonly config: LiveControllerConfig;
  readonly live: LiveBrokers;
  /** Undefined while this controller does not lead. */
  readonly groups: () => GroupTable | undefined;
  readonly onElected: (state: GroupState) => void;
  /** For metrics: a master was looked for. */
  readonly onElection?: ((election: Election) => void) | undefined;
}

/** Groups that one CONTROLLER_GET_SYNC_STATE_DATA may name. */
export const MAX_GROUPS_ASKED = 10_000;

/** Requests about groups of brokers, which only the leader answers. Source: ControllerRequestProcessor. */
export function serveGroups(server: RemotingServer, parts: GroupRequestParts): void {
  const { config, live } = parts;
  server.handle(CONTROLLER_ALTER_SYNC_STATE_SET, async (call) => {
    const wanted = decodeSyncStateSet(call.body);
    await answer(call, parts, call.header.brokerName, (state) => alterSyncStateSet(state, call.header, wanted, live));
  });
  server.handle(CONTROLLER_ELECT_MASTER, async (call) => {
    const allowUnclean = config.values.enableElectUncleanMaster;
    const decided = await answer(call, parts, call.header.brokerName, (state) =>
      electMaster(state, call.header, live, allowUnclean),
    );
    const { clusterName = '', brokerName } = call.header;
    if (decided !== undefined) parts.onElection?.({ clusterName, brokerName, result: electionResult(decided) });
    if (decided?.next !== undefined && decided.code === undefined) parts.onElected(decided.next);
  });
  server.handle(CONTROLLER_REGISTER_BROKER, async (call) => {
    await answer(call, parts, call.header.brokerName, (state) => registerBroker(state, call.header, live));
  });
  server.handle(CONTROLLER_GET_NEXT_BROKER_ID, async (call) => {
    await answer(call, parts, call.header.brokerName, (state) => nextBrokerId(state, call.header));
  });
  server.handle(CONTROLLER_APPLY_BROKER_ID, async (call) => {
    await answer(call, parts, call.header.brokerName, (state) => applyBrokerId(state, call.header));
  });
  server.handle(CLEAN_BROKER_DATA, async (call) => {
    await answer(call, parts, call.header.brokerName, (state) => cleanBrokerData(state, call.header, live));
  });
  server.handle(CONTROLLER_GET_REPLICA_INFO, async (call) => {
    await answer(call, parts, call.header.brokerName, replicaInfo);
  });
  server.handle(CONTROLLER_GET_SYNC_STATE_DATA, (call) => syncStateData(call, parts));
}

/** Decides, saves, answers. Undefined when the request was refused before it was decided. */
async function answer<C extends Command, D extends Decision<ResponseInput<C>>>(
  call: Call<C>,
  { groups }: GroupRequestParts,
  brokerName: string,
  decision: (state: GroupState | undefined) => D,
): Promise<D | undefined> {
  const table = groups();
  if (table === undefined) return refuseNotLeading(call);
  let decided: D;
  try {
    decided = await table.decide(brokerName, decision);
  } catch (error) {
    return refuse(call, error);
  }
  const { code = ResponseCode.SUCCESS, remark, body } = decided;
  call.answer(decided.header ?? ({} as ResponseInput<C>), { code, remark, body });
  return decided;
}

function refuseNotLeading(call: Call): undefined {
  call.fail(ResponseCode.CONTROLLER_NOT_LEADER, 'The controller is not in leader state');
  return undefined;
}

function refuse(call: Call, error: unknown): undefined {
  if (!(error instanceof ControllerError)) throw error;
  if (error.code === 'NOT_LEADER') return refuseNotLeading(call);
  const code = error.code === 'CONTROLLER_BUSY' ? ResponseCode.SYSTEM_BUSY : ResponseCode.SYSTEM_ERROR;
  call.fail(code, error.message);
  return undefined;
}

function replicaInfo(state: GroupState | undefined): Decision<ResponseInput<typeof CONTROLLER_GET_REPLICA_INFO>> {
  if (!exists(state)) {
    return { code: ResponseCode.CONTROLLER_BROKER_METADATA_NOT_EXIST, remark: 'Broker metadata is not existed' };
  }
  const { masterBrokerId, masterEpoch } = state;
  return {
    header: { masterBrokerId, masterAddress: masterAddress(state), masterEpoch },
    body: encodeSyncStateSet(state),
  };
}

async function syncStateData(
  call: Call<typeof CONTROLLER_GET_SYNC_STATE_DATA>,
  { groups, live }: GroupRequestParts,
): Promise<void> {
  const names = call.body.length === 0 ? [] : decodeBrokerNames(call.body);
  if (names.length === 0) {
    return call.fail(ResponseCode.SYSTEM_ERROR, 'The body names no brokers: it is a JSON array of their names');
  }
  if (names.length > MAX_GROUPS_ASKED) {
    const sentence = `${names.length} broker names in one request; at most ${MAX_GROUPS_ASKED} are allowed`;
    return call.fail(ResponseCode.CONTROLLER_INVALID_REQUEST, sentence);
  }
  const table = groups();
  if (table === undefined) return refuseNotLeading(call);
  const found = new Map<string, ReplicasInfo>();
  try {
    for (const name of new Set(names)) {
      await table.decide(name, (state): Decision<never> => {
        if (exists(state)) found.set(name, replicasOf(state, live));
        return {};
      });
    }
  } catch (error) {
    return refuse(call, error);
  }
  call.answer({}, { body: encodeBrokerReplicasInfo(found) });
}

function replicasOf(state: GroupState, live: LiveBrokers): ReplicasInfo {
  const { brokerName, masterBrokerId, masterEpoch, syncStateSet, syncStateSetEpoch } = state;
  const identities = [...state.replicas]
    .map(([brokerId, { address }]) => ({
      brokerName,
      brokerId,
      brokerAddress: address,
      alive: live.isAlive(state, brokerId),
    }))
    .sort((a, b) => a.brokerId - b.brokerId);
  return {
    masterBrokerId,
    masterAddress: masterAddress(state),
    masterEpoch,
    syncStateSetEpoch,
    inSyncReplicas: identities.filter(({ brokerId }) => syncStateSet.includes(brokerId)),
    notInSyncReplicas: identities.filter(({ brokerId }) => !syncStateSet.includes(brokerId)),
  };
}
