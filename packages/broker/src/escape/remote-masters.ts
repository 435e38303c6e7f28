import { asError, type Clock, type Logger } from '@rocketmq-ts/kernel';
import {
  type BrokerData,
  decodeClusterInfo,
  decodeTopicRouteData,
  GET_BROKER_CLUSTER_INFO,
  GET_ROUTEINFO_BY_TOPIC,
  MASTER_ID,
  Perm,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import type { NameServerList, RemotingClient } from '@rocketmq-ts/remoting';
import type { BrokerIdentity } from '../identity.ts';

const TIMEOUT_MS = 3000;
/** A route is asked for again after so long, as clients do. */
const ROUTE_MS = 30_000;
/** Routes of so many topics are kept; one more forgets them all. */
const MOST_TOPICS = 10_000;

/** A queue of another master. */
export interface RemoteQueue {
  readonly brokerName: string;
  readonly address: string;
  readonly queueId: number;
}

export interface RemoteMastersParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly identity: BrokerIdentity;
  readonly client: RemotingClient;
  readonly nameServerList: NameServerList;
}

interface KnownTopic {
  readonly queues: Promise<readonly RemoteQueue[]>;
  readonly untilMs: number;
  next: number;
}

/**
 * Queues of a topic at the other masters of this cluster, in turn. Where none of them has the topic, any of them is asked to
 * make it, as by a producer. Source: TopicRouteInfoManager, EscapeBridge#putMessageToRemoteBroker.
 */
export class RemoteMasters {
  readonly #parts: RemoteMastersParts;
  readonly #topics = new Map<string, KnownTopic>();

  constructor(parts: RemoteMastersParts) {
    this.#parts = parts;
  }

  /** Undefined when no other master is known. Never rejects. */
  async queueFor(topic: string): Promise<RemoteQueue | undefined> {
    const nowMs = this.#parts.clock.monotonicMs();
    let known = this.#topics.get(topic);
    if (known === undefined || known.untilMs <= nowMs) {
      if (this.#topics.size >= MOST_TOPICS) this.#topics.clear();
      known = { queues: this.#find(topic), untilMs: nowMs + ROUTE_MS, next: known?.next ?? 0 };
      this.#topics.set(topic, known);
    }
    const queues = await known.queues;
    if (queues.length === 0) {
      this.#topics.delete(topic);
      return undefined;
    }
    known.next = (known.next + 1) % queues.length;
    return queues[known.next];
  }

  /** A master did not take a message of the topic: its route is asked for again. */
  failed(topic: string): void {
    this.#topics.delete(topic);
  }

  async #find(topic: string): Promise<readonly RemoteQueue[]> {
    const { client, nameServerList, logger } = this.#parts;
    let anywhere: readonly RemoteQueue[] = [];
    for (const nameServer of nameServerList.addresses) {
      try {
        const header = { topic, acceptStandardJsonOnly: true };
        const response = await client.request(nameServer, GET_ROUTEINFO_BY_TOPIC, header, { timeoutMs: TIMEOUT_MS });
        const queues = response.code === ResponseCode.SUCCESS ? this.#queuesOf(response.body) : [];
        if (queues.length > 0) return queues;
        if (anywhere.length === 0) anywhere = await this.#mastersAt(nameServer);
      } catch (error) {
        logger.debug('a name server gives no other master', { nameServer, topic, error: asError(error).message });
      }
    }
    return anywhere;
  }

  #queuesOf(body: Buffer): readonly RemoteQueue[] {
    const { brokerDatas, queueDatas } = decodeTopicRouteData(body);
    const queues: RemoteQueue[] = [];
    for (const { brokerName, perm, writeQueueNums } of queueDatas) {
      const address = this.#addressOf(brokerDatas.find((data) => data.brokerName === brokerName));
      if (address === undefined || !Perm.isWriteable(perm)) continue;
      for (let queueId = 0; queueId < writeQueueNums; queueId++) queues.push({ brokerName, address, queueId });
    }
    // Neighbours in the list are queues of different masters.
    return queues.sort((a, b) => a.queueId - b.queueId || (a.brokerName < b.brokerName ? -1 : 1));
  }

  async #mastersAt(nameServer: string): Promise<readonly RemoteQueue[]> {
    const { client } = this.#parts;
    const response = await client.request(nameServer, GET_BROKER_CLUSTER_INFO, {}, { timeoutMs: TIMEOUT_MS });
    if (response.code !== ResponseCode.SUCCESS) return [];
    const masters: RemoteQueue[] = [];
    for (const data of decodeClusterInfo(response.body).brokerAddrTable.values()) {
      const address = this.#addressOf(data);
      // The master chooses a queue itself.
      if (address !== undefined) masters.push({ brokerName: data.brokerName, address, queueId: -1 });
    }
    return masters;
  }

  /** Of the master, when it is another one of this cluster. */
  #addressOf(data: BrokerData | undefined): string | undefined {
    const { clusterName, brokerName } = this.#parts.identity;
    if (data === undefined || data.cluster !== clusterName || data.brokerName === brokerName) return undefined;
    return data.brokerAddrs.get(MASTER_ID);
  }
}
