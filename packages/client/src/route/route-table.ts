import type { Logger, Random } from '@rocketmq-ts/kernel';
import {
  decodeTopicRouteData,
  GET_ROUTEINFO_BY_TOPIC,
  isRetryTopic,
  isStaticQueue,
  logicalQueues,
  MASTER_ID,
  type MessageQueue,
  ResponseCode,
  routeFromTemplate,
  type StaticQueues,
  SystemTopic,
  staticQueuesOf,
  type TopicRouteData,
} from '@rocketmq-ts/protocol';
import { BrokerError, ClientError } from '../errors.ts';
import type { NameServers } from './name-servers.ts';
import { PublishQueues } from './publish-queues.ts';
import { readableQueues, writableQueues } from './topic-queues.ts';

interface KnownTopic {
  readonly route: TopicRouteData;
  /** The route as one text, to see changes. */
  readonly stamp: string;
  readonly publish: PublishQueues;
  readonly subscribe: readonly MessageQueue[];
  /** Of a static topic: which broker has which queue. */
  readonly static: StaticQueues | undefined;
}

interface RouteOptions {
  readonly random: Random;
  readonly logger: Logger;
  readonly timeoutMs: number;
}

export interface ReplicaAddress {
  readonly address: string;
  readonly slave: boolean;
}

/** Where topics live and at which addresses brokers are. Source: MQClientInstance#updateTopicRouteInfoFromNameServer. */
export class RouteTable {
  readonly #nameServers: NameServers;
  readonly #options: RouteOptions;
  readonly #topics = new Map<string, KnownTopic>();
  /** Routes of topics that brokers create at the first send. */
  readonly #autoCreated = new Map<string, { readonly route: TopicRouteData; readonly publish: PublishQueues }>();
  readonly #brokers = new Map<string, ReadonlyMap<number, string>>();
  readonly #underWay = new Map<string, Promise<boolean>>();

  constructor(nameServers: NameServers, options: RouteOptions) {
    this.#nameServers = nameServers;
    this.#options = options;
  }

  /**
   * Fetches the route of a topic; calls for one topic share one request. Resolves with whether the topic has a route now.
   * A topic without a route at the name server keeps the route it had. Rejects with ClientError `NAMESRV_UNREACHABLE` or
   * BrokerError.
   */
  refresh(topic: string): Promise<boolean> {
    const underWay = this.#underWay.get(topic);
    if (underWay !== undefined) return underWay;
    const fetched = this.#refresh(topic).finally(() => this.#underWay.delete(topic));
    this.#underWay.set(topic, fetched);
    return fetched;
  }

  /**
   * The queues to send to, fetched at first use. For an unknown topic: those that a broker will create, after the template
   * topic TBW102. Undefined when there is neither. Source: DefaultMQProducerImpl#tryToFindTopicPublishInfo.
   */
  async publishQueues(topic: string, defaultTopicQueueNums: number): Promise<PublishQueues | undefined> {
    const known = this.knownPublishQueues(topic);
    if (known !== undefined) return known;
    if (await this.refresh(topic)) return this.#topics.get(topic)?.publish;
    const template = await this.#fetch(SystemTopic.AUTO_CREATE_TOPIC_KEY);
    if (template === undefined) return undefined;
    const route = routeFromTemplate(template, defaultTopicQueueNums);
    this.#learnBrokers(route);
    const publish = new PublishQueues(writableQueues(topic, route), this.#options.random);
    this.#autoCreated.set(topic, { route, publish });
    return publish;
  }

  /** The queues to send to that need no fetch; never empty. */
  knownPublishQueues(topic: string): PublishQueues | undefined {
    const known = this.#topics.get(topic)?.publish ?? this.#autoCreated.get(topic)?.publish;
    return known === undefined || known.queues.length === 0 ? undefined : known;
  }

  /** Queues to read from; undefined while the topic has no route. */
  subscribeQueues(topic: string): readonly MessageQueue[] | undefined {
    return this.#topics.get(topic)?.subscribe;
  }

  /** Clusters of the brokers that a known topic is on. */
  clustersOf(topic: string): string[] {
    const route = this.#topics.get(topic)?.route ?? this.#autoCreated.get(topic)?.route;
    return [...new Set(route?.brokerDatas.map(({ cluster }) => cluster))];
  }

  /** The broker that has a queue; undefined for a queue of a static topic that none has. */
  brokerOf(queue: MessageQueue): string | undefined {
    if (!isStaticQueue(queue)) return queue.brokerName;
    return this.#topics.get(queue.topic)?.static?.get(queue.brokerName)?.get(queue.queueId) || undefined;
  }

  /** Address of the master that has a queue. */
  masterOf(queue: MessageQueue): string | undefined {
    const brokerName = this.brokerOf(queue);
    return brokerName === undefined ? undefined : this.masterAddress(brokerName);
  }

  masterAddress(brokerName: string): string | undefined {
    return this.#brokers.get(brokerName)?.get(MASTER_ID);
  }

  /**
   * The address of one replica of the broker that has a queue. When it is not there: the next id after a slave's, then any.
   * Source: MQClientInstance#findBrokerAddressInSubscribe.
   */
  replicaOf(queue: MessageQueue, brokerId: number): ReplicaAddress | undefined {
    const replicas = this.#brokers.get(this.brokerOf(queue) ?? '');
    if (replicas === undefined) return undefined;
    const exact = replicas.get(brokerId);
    if (exact !== undefined) return { address: exact, slave: brokerId !== MASTER_ID };
    const next = brokerId === MASTER_ID ? undefined : replicas.get(brokerId + 1);
    if (next !== undefined) return { address: next, slave: true };
    const [first] = replicas;
    return first === undefined ? undefined : { address: first[1], slave: first[0] !== MASTER_ID };
  }

  /** The same after the route was asked for again. Rejects also with ClientError `BROKER_UNKNOWN`. */
  async refreshedAddress(queue: MessageQueue, brokerId: number): Promise<ReplicaAddress> {
    await this.refresh(queue.topic);
    const found = this.replicaOf(queue, brokerId);
    if (found !== undefined) return found;
    throw new ClientError('BROKER_UNKNOWN', `No address is known for broker ${queue.brokerName} of ${queue.topic}.`, {
      facts: { ...queue },
    });
  }

  /** A random broker of the topic's route, its master if it has one. */
  anyAddress(topic: string): string | undefined {
    const brokers = this.#topics.get(topic)?.route.brokerDatas.filter((broker) => broker.brokerAddrs.size > 0) ?? [];
    if (brokers.length === 0) return undefined;
    const addresses = brokers[this.#options.random.below(brokers.length)]!.brokerAddrs;
    const all = [...addresses.values()];
    return addresses.get(MASTER_ID) ?? all[this.#options.random.below(all.length)];
  }

  /** Every known broker address. */
  brokerAddresses(): readonly { readonly brokerName: string; readonly brokerId: number; readonly address: string }[] {
    return [...this.#brokers].flatMap(([brokerName, replicas]) =>
      [...replicas].map(([brokerId, address]) => ({ brokerName, brokerId, address })),
    );
  }

  /** Forgets addresses that no known route names any more. Source: MQClientInstance#cleanOfflineBroker. */
  dropOfflineBrokers(): void {
    const alive = new Set<string>();
    for (const { route } of [...this.#topics.values(), ...this.#autoCreated.values()]) {
      for (const broker of route.brokerDatas) for (const address of broker.brokerAddrs.values()) alive.add(address);
    }
    if (alive.size === 0) return;
    for (const [brokerName, replicas] of this.#brokers) {
      const left = new Map([...replicas].filter(([, address]) => alive.has(address)));
      if (left.size === 0) this.#brokers.delete(brokerName);
      else if (left.size < replicas.size) this.#brokers.set(brokerName, left);
    }
  }

  async #refresh(topic: string): Promise<boolean> {
    const route = await this.#fetch(topic);
    if (route === undefined) {
      if (!isRetryTopic(topic)) this.#options.logger.debug('no name server knows the topic', { topic });
      return this.#topics.has(topic);
    }
    const stamp = stampOf(route);
    if (this.#topics.get(topic)?.stamp === stamp) return true;
    this.#learnBrokers(route);
    const staticQueues = staticQueuesOf(topic, route);
    const logical = staticQueues && logicalQueues(topic, staticQueues);
    this.#topics.set(topic, {
      route,
      stamp,
      publish: new PublishQueues(logical ?? writableQueues(topic, route), this.#options.random),
      subscribe: logical ?? readableQueues(topic, route),
      static: staticQueues,
    });
    this.#autoCreated.delete(topic);
    this.#options.logger.info('the route of a topic changed', {
      topic,
      brokers: route.brokerDatas.map((broker) => broker.brokerName),
    });
    return true;
  }

  async #fetch(topic: string): Promise<TopicRouteData | undefined> {
    const { response, address } = await this.#nameServers.ask(
      GET_ROUTEINFO_BY_TOPIC,
      { topic },
      this.#options.timeoutMs,
    );
    if (response.code === ResponseCode.TOPIC_NOT_EXIST) return undefined;
    if (response.code !== ResponseCode.SUCCESS) {
      throw new BrokerError(`GET_ROUTEINFO_BY_TOPIC of topic ${topic}`, address, response, { topic });
    }
    return decodeTopicRouteData(response.body);
  }

  #learnBrokers(route: TopicRouteData): void {
    for (const broker of route.brokerDatas) this.#brokers.set(broker.brokerName, broker.brokerAddrs);
  }
}

/** Equal for routes that mean the same, whatever their order. */
function stampOf(route: TopicRouteData): string {
  const brokers = route.brokerDatas.map((broker) =>
    JSON.stringify([broker.brokerName, [...broker.brokerAddrs].sort()]),
  );
  const queues = route.queueDatas.map((one) =>
    JSON.stringify([one.brokerName, one.perm, one.readQueueNums, one.writeQueueNums]),
  );
  const mappings = [...(route.topicQueueMappingByBroker ?? [])].map(
    ([brokerName, { scope, totalQueues, epoch, currIdMap }]) =>
      JSON.stringify([brokerName, scope, totalQueues, epoch, [...currIdMap].sort()]),
  );
  return JSON.stringify([brokers.sort(), queues.sort(), mappings.sort(), route.orderTopicConf ?? '']);
}
