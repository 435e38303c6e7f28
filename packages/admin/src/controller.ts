import {
  CLEAN_BROKER_DATA,
  CONTROLLER_ELECT_MASTER,
  CONTROLLER_GET_METADATA_INFO,
  CONTROLLER_GET_SYNC_STATE_DATA,
  decodeBrokerReplicasInfo,
  encodeBrokerNames,
  formatProperties,
  GET_CONTROLLER_CONFIG,
  parseProperties,
  type ReplicasInfo,
  type RequestInput,
  type ResponseHeader,
  UPDATE_CONTROLLER_CONFIG,
} from '@rocketmq-ts/protocol';
import { AdminError } from './errors.ts';
import type { Wire } from './wire.ts';

/** Questions to controllers. `controller` is the address of any of them; those that only the leader answers are sent to the leader. */
export interface ControllerOperations {
  /** Which controller leads, and who its peers are. */
  controllerMetaData(controller: string): Promise<ResponseHeader<typeof CONTROLLER_GET_METADATA_INFO>>;
  /** Groups by broker name; those that the controller does not know are left out. */
  syncStateData(controller: string, brokerNames: readonly string[]): Promise<Map<string, ReplicasInfo>>;
  /** Makes a broker master. Fails with a response code when it is master, not alive, or not in sync. */
  electMaster(
    controller: string,
    group: { readonly clusterName: string; readonly brokerName: string },
    brokerId: number,
  ): Promise<ResponseHeader<typeof CONTROLLER_ELECT_MASTER>>;
  /** Makes the controllers forget brokers of a group, or a group. */
  cleanBrokerData(controller: string, header: RequestInput<typeof CLEAN_BROKER_DATA>): Promise<void>;
  /** By controller, in the order given. */
  controllerConfig(controllers: readonly string[]): Promise<Map<string, Map<string, string>>>;
  /** Every controller. Resolves to a remark on changes that are not in force now; undefined from Apache's. */
  updateControllerConfig(
    controllers: readonly string[],
    properties: ReadonlyMap<string, string>,
  ): Promise<string | undefined>;
}

/** `ControllerOperations` over the wire. Source: MQClientAPIImpl. */
export function controllerOperations(wire: Wire): ControllerOperations {
  const metaData = async (controller: string): Promise<ResponseHeader<typeof CONTROLLER_GET_METADATA_INFO>> =>
    (await wire.broker(controller, CONTROLLER_GET_METADATA_INFO, {})).header;
  const leaderOf = async (controller: string): Promise<string> => {
    const { controllerLeaderAddress } = await metaData(controller);
    if (controllerLeaderAddress !== undefined && controllerLeaderAddress !== '') return controllerLeaderAddress;
    throw new AdminError('NO_BROKER', `no controller leads, by what ${controller} knows`, { address: controller });
  };
  return {
    controllerMetaData: metaData,
    async syncStateData(controller, brokerNames) {
      const body = encodeBrokerNames(brokerNames);
      const leader = await leaderOf(controller);
      return decodeBrokerReplicasInfo((await wire.broker(leader, CONTROLLER_GET_SYNC_STATE_DATA, {}, { body })).body);
    },
    async electMaster(controller, group, brokerId) {
      const header = { ...group, brokerId, designateElect: true };
      return (await wire.broker(await leaderOf(controller), CONTROLLER_ELECT_MASTER, header)).header;
    },
    async cleanBrokerData(controller, header) {
      await wire.broker(await leaderOf(controller), CLEAN_BROKER_DATA, header);
    },
    async controllerConfig(controllers) {
      const found = new Map<string, Map<string, string>>();
      for (const controller of controllers) {
        const { body } = await wire.broker(controller, GET_CONTROLLER_CONFIG, {});
        found.set(controller, parseProperties(body.toString('utf8')));
      }
      return found;
    },
    async updateControllerConfig(controllers, properties) {
      const body = Buffer.from(formatProperties(properties));
      const remarks: (string | undefined)[] = [];
      for (const controller of controllers) {
        remarks.push((await wire.broker(controller, UPDATE_CONTROLLER_CONFIG, {}, { body })).remark);
      }
      return remarks.find((remark) => remark) || undefined;
    },
  };
}
