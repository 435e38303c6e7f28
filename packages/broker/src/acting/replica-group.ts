import { asError, type Clock, type Logger } from '@rocketmq-ts/kernel';
import {
  decodeBrokerMemberGroup,
  decodeTopicRouteData,
  GET_BROKER_MEMBER_GROUP,
  GET_ROUTEINFO_BY_TOPIC,
  ResponseCode,
  SYNC_BROKER_MEMBER_TOPIC_PREFIX,
} from '@rocketmq-ts/protocol';
import type { NameServerList, RemotingClient } from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../config-table.ts';
import type { BrokerIdentity } from '../identity.ts';

/** Source: BrokerOuterAPI#getBrokerMemberGroup. */
const TIMEOUT_MS = 3000;

export interface ReplicaGroupParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: Pick<BrokerConfig, 'compatibleWithOldNameSrv'>;
  readonly identity: BrokerIdentity;
  readonly client: RemotingClient;
  readonly nameServerList: NameServerList;
}

/** Addresses of the brokers of one name that name servers hold to be alive, by broker id. */
export type Members = ReadonlyMap<number, string>;

/**
 * Asks name servers who is alive in this broker's replica group. Apache's broker asks one of them; here all are asked, and a
 * member that any of them knows is alive: one name server that lost its connection to a master must not make a slave act for
 * it. Source: BrokerOuterAPI#syncBrokerMemberGroup.
 */
export class ReplicaGroup {
  readonly #parts: ReplicaGroupParts;
  #isFailing = false;

  constructor(parts: ReplicaGroupParts) {
    this.#parts = parts;
  }

  /** Undefined when no name server answers. Never rejects. */
  async members(): Promise<Members | undefined> {
    const { nameServerList, logger } = this.#parts;
    const answers = await Promise.all(nameServerList.addresses.map((address) => this.#ask(address)));
    const known = answers.filter((answer) => answer !== undefined);
    if (known.length === 0) {
      if (!this.#isFailing) logger.warn('no name server says who is alive in the replica group; it is asked again', {});
      this.#isFailing = true;
      return undefined;
    }
    this.#isFailing = false;
    return new Map(known.flatMap((members) => [...members]));
  }

  async #ask(address: string): Promise<Members | undefined> {
    const { client, config, identity, logger } = this.#parts;
    const { clusterName, brokerName } = identity;
    try {
      if (!config.compatibleWithOldNameSrv) {
        const header = { clusterName, brokerName };
        const response = await client.request(address, GET_BROKER_MEMBER_GROUP, header, { timeoutMs: TIMEOUT_MS });
        return response.code === ResponseCode.SUCCESS
          ? (decodeBrokerMemberGroup(response.body)?.brokerAddrs ?? new Map())
          : undefined;
      }
      const header = { topic: SYNC_BROKER_MEMBER_TOPIC_PREFIX + brokerName, acceptStandardJsonOnly: true };
      const response = await client.request(address, GET_ROUTEINFO_BY_TOPIC, header, { timeoutMs: TIMEOUT_MS });
      if (response.code === ResponseCode.TOPIC_NOT_EXIST) return new Map();
      if (response.code !== ResponseCode.SUCCESS) return undefined;
      const { brokerDatas } = decodeTopicRouteData(response.body);
      const own = brokerDatas.find((data) => data.brokerName === brokerName && data.cluster === clusterName);
      return own?.brokerAddrs ?? new Map();
    } catch (error) {
      logger.debug('a name server does not say who is alive in the replica group', {
        ...{ address, error: asError(error).message },
      });
      return undefined;
    }
  }
}

/** The smallest id. */
export function leastId(members: Members): number | undefined {
  return members.size === 0 ? undefined : Math.min(...members.keys());
}
