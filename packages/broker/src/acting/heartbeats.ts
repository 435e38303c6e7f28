import { asError, type Clock, type Logger, type Timer } from '@rocketmq-ts/kernel';
import { BROKER_HEARTBEAT, encodeDataVersion, QUERY_DATA_VERSION } from '@rocketmq-ts/protocol';
import type { NameServerList, RemotingClient } from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../config-table.ts';
import type { BrokerIdentity } from '../identity.ts';
import type { BrokerRole } from '../role/broker-role.ts';
import type { TopicTable } from '../topic/topic-table.ts';

export interface HeartbeatsParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: Pick<BrokerConfig, 'brokerHeartbeatInterval' | 'compatibleWithOldNameSrv'>;
  readonly identity: BrokerIdentity;
  readonly role: BrokerRole;
  readonly topics: TopicTable;
  readonly client: RemotingClient;
  readonly nameServerList: NameServerList;
}

/**
 * Says to every name server that this broker is alive, one-way, far more often than it registers: so its silence is noticed
 * within `brokerNotActiveTimeoutMillis`. Source: BrokerController#sendHeartbeat.
 */
export class Heartbeats {
  readonly #parts: HeartbeatsParts;
  /** Name servers to which a heartbeat is on its way: a connection that is not made yet gets one, not one a second. */
  readonly #underWay = new Set<string>();
  #timer: Timer | undefined;

  constructor(parts: HeartbeatsParts) {
    this.#parts = parts;
  }

  start(): void {
    const { clock, config } = this.#parts;
    this.#timer = clock.every(config.brokerHeartbeatInterval, () => this.#beat());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #beat(): void {
    const { nameServerList, role } = this.#parts;
    if (role.isIsolated) return;
    for (const address of nameServerList.addresses) {
      if (this.#underWay.has(address)) continue;
      this.#underWay.add(address);
      void this.#beatAt(address).finally(() => this.#underWay.delete(address));
    }
  }

  async #beatAt(address: string): Promise<void> {
    const { client, config, identity, role, topics, logger } = this.#parts;
    const { clusterName, brokerName, brokerAddr } = identity;
    const header = { clusterName, brokerName, brokerAddr, brokerId: role.brokerId };
    try {
      if (config.compatibleWithOldNameSrv)
        await client.notify(address, QUERY_DATA_VERSION, header, { body: encodeDataVersion(topics.dataVersion) });
      else await client.notify(address, BROKER_HEARTBEAT, header);
    } catch (error) {
      // The registration reports name servers that can't be reached.
      logger.debug('a heartbeat did not reach a name server', { address, error: asError(error).message });
    }
  }
}
