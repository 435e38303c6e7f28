import type { Clock } from '@rocketmq-ts/kernel';
import {
  type Command,
  decodeTopicRouteData,
  GET_ROUTEINFO_BY_TOPIC,
  MASTER_ID,
  type RequestInput,
  ResponseCode,
  type TopicRouteData,
} from '@rocketmq-ts/protocol';
import type { NameServerList, RemotingClient, Response } from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../config-table.ts';

/** A known address is asked for again after so long. */
const ADDRESS_MS = 30_000;

export interface OtherBrokersParts {
  readonly clock: Clock;
  readonly client: RemotingClient;
  readonly config: Pick<BrokerConfig, 'forwardTimeout'>;
  readonly nameServerList: NameServerList;
}

/** The masters that hold other stretches of the queues of static topics, by the routes of these topics. Source: RpcClientImpl, ClientMetadata. */
export class OtherBrokers {
  readonly #parts: OtherBrokersParts;
  readonly #addresses = new Map<string, { readonly address: string; readonly untilMs: number }>();

  constructor(parts: OtherBrokersParts) {
    this.#parts = parts;
  }

  /** Sends a request about a physical queue of a static topic. Rejects when the broker is not known or does not answer. */
  async request<C extends Command>(
    brokerName: string,
    topic: string,
    command: C,
    header: RequestInput<C>,
  ): Promise<Response<C>> {
    const { client, config } = this.#parts;
    const address = await this.#addressOf(brokerName, topic);
    try {
      return await client.request(address, command, header, { timeoutMs: config.forwardTimeout });
    } catch (error) {
      this.#addresses.delete(brokerName);
      throw error;
    }
  }

  async #addressOf(brokerName: string, topic: string): Promise<string> {
    const { clock } = this.#parts;
    const known = this.#addresses.get(brokerName);
    if (known !== undefined && known.untilMs > clock.monotonicMs()) return known.address;
    const address = await this.#ask(brokerName, topic);
    if (address === undefined) {
      throw new Error(`no name server knows a master of broker ${brokerName}, which holds messages of topic ${topic}`);
    }
    this.#addresses.set(brokerName, { address, untilMs: clock.monotonicMs() + ADDRESS_MS });
    return address;
  }

  /** The brokers that take the messages of a static topic's queues, by logical id, as a name server knows them. */
  async leadersOf(topic: string): Promise<ReadonlyMap<number, string>> {
    const leaders = new Map<number, string>();
    const route = await this.#firstRoute(topic, ({ topicQueueMappingByBroker }) => topicQueueMappingByBroker);
    const infos = [...(route ?? [])].sort(([, left], [, right]) => left.epoch - right.epoch);
    for (const [brokerName, info] of infos) {
      if (info.topic === topic) for (const id of info.currIdMap.keys()) leaders.set(id, brokerName);
    }
    return leaders;
  }

  #ask(brokerName: string, topic: string): Promise<string | undefined> {
    return this.#firstRoute(topic, ({ brokerDatas }) =>
      brokerDatas.find((broker) => broker.brokerName === brokerName)?.brokerAddrs.get(MASTER_ID),
    );
  }

  /** What the first name server that knows it says. */
  async #firstRoute<Value>(
    topic: string,
    read: (route: TopicRouteData) => Value | undefined,
  ): Promise<Value | undefined> {
    const { client, config, nameServerList } = this.#parts;
    let failure: unknown;
    for (const nameServer of nameServerList.addresses) {
      try {
        const header = { topic, acceptStandardJsonOnly: true };
        const options = { timeoutMs: config.forwardTimeout };
        const response = await client.request(nameServer, GET_ROUTEINFO_BY_TOPIC, header, options);
        if (response.code !== ResponseCode.SUCCESS) continue;
        const value = read(decodeTopicRouteData(response.body));
        if (value !== undefined) return value;
      } catch (error) {
        failure = error;
      }
    }
    if (failure !== undefined) throw failure;
    return undefined;
  }
}
