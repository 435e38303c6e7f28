import type { Admin, ReplicaIdentity, ReplicasInfo } from '@rocketmq-ts/admin';
import type { CONTROLLER_ROUTES, ControllerRow, ReplicaGroup, ReplicaRow } from '../api/index.ts';
import { brokerOf } from '../brokers/handlers.ts';
import type { Cluster } from '../clusters/registry.ts';
import { ConsoleError } from '../errors.ts';
import type { Handlers } from '../http/bind.ts';
import { reasonOf } from '../http/failure.ts';

/** Answers about the controllers of a cluster and the groups whose masters they elect. */
export const controllerHandlers: Handlers<typeof CONTROLLER_ROUTES> = {
  async controllers({ cluster }) {
    const { admin, model } = cluster;
    const rows = await Promise.all(model.controllers().map((address) => controllerRow(admin, address)));
    const failures = [...model.failures()];
    const clusterOf = new Map(
      [...model.brokers.values()].map(({ brokerName, clusterName }) => [brokerName, clusterName]),
    );
    let groups: ReplicaGroup[] = [];
    const asked = rows.find(({ failure, leaderAddress }) => failure === undefined && leaderAddress !== undefined);
    if (asked !== undefined) {
      try {
        const found = await admin.syncStateData(asked.address, [...clusterOf.keys()]);
        groups = [...found].map(([brokerName, info]) => groupOf(clusterOf.get(brokerName) ?? '', brokerName, info));
      } catch (error) {
        failures.push({ address: asked.address, message: reasonOf(error) });
      }
    }
    return { controllers: rows, groups, failures };
  },

  async brokerEpochs({ cluster, params }) {
    const { address } = brokerOf(cluster, params.address);
    const { brokerName, brokerId, maxOffset, epochList } = await cluster.admin.brokerEpochs(address);
    const epochs = epochList.map(({ epoch, startOffset, endOffset }, index) => ({
      ...{ epoch, startOffset },
      endOffset: index === epochList.length - 1 ? undefined : endOffset,
    }));
    return { brokerName, brokerId, maxOffset, epochs };
  },

  async electMaster({ cluster, body }) {
    const { brokerName, brokerId } = body;
    const controller = await aLivingController(cluster);
    const broker = [...cluster.model.brokers.values()].find((each) => each.brokerName === brokerName);
    if (broker === undefined) throw new ConsoleError('NOT_FOUND', `the cluster has no broker ${brokerName}`);
    const group = { clusterName: broker.clusterName, brokerName };
    const elected = await cluster.admin.electMaster(controller, group, brokerId);
    return { masterAddress: elected.masterAddress ?? '', masterEpoch: elected.masterEpoch ?? 0 };
  },
};

async function controllerRow(admin: Admin, address: string): Promise<ControllerRow> {
  try {
    const found = await admin.controllerMetaData(address);
    return {
      ...{ address, isLeader: found.isLeader, group: found.group, peers: found.peers },
      leaderId: found.controllerLeaderId,
      leaderAddress: found.controllerLeaderAddress === '' ? undefined : found.controllerLeaderAddress,
    };
  } catch (error) {
    return { address, isLeader: false, failure: reasonOf(error) };
  }
}

/** The first controller that answers, to be asked who leads. Throws NOT_FOUND without any, CLUSTER_UNREACHABLE. */
async function aLivingController({ admin, model }: Cluster): Promise<string> {
  const addresses = model.controllers();
  if (addresses.length === 0) throw new ConsoleError('NOT_FOUND', 'no broker of this cluster is in controller mode');
  const rows = await Promise.all(addresses.map((address) => controllerRow(admin, address)));
  const found = rows.find(({ failure }) => failure === undefined);
  if (found !== undefined) return found.address;
  throw new ConsoleError(
    'CLUSTER_UNREACHABLE',
    `no controller answers: ${rows.map(({ failure }) => failure).join('; ')}`,
  );
}

function groupOf(clusterName: string, brokerName: string, info: ReplicasInfo): ReplicaGroup {
  const { masterBrokerId, masterAddress, masterEpoch, syncStateSetEpoch } = info;
  const row =
    (isInSync: boolean) =>
    ({ brokerId, brokerAddress, alive }: ReplicaIdentity): ReplicaRow => ({
      ...{ brokerId, address: brokerAddress, isInSync },
      isMaster: brokerId === masterBrokerId,
      isAlive: alive,
    });
  const replicas = [...info.inSyncReplicas.map(row(true)), ...info.notInSyncReplicas.map(row(false))];
  return {
    ...{ clusterName, brokerName, masterBrokerId, masterAddress, masterEpoch, syncStateSetEpoch },
    replicas: replicas.sort((a, b) => a.brokerId - b.brokerId),
  };
}
