import type { Clock, Random } from '@rocketmq-ts/kernel';
import {
  decodeTopicConfigAndQueueMapping,
  encodeTopicQueueMappingDetail,
  GET_TOPIC_CONFIG,
  isRetryTopic,
  type LogicQueueMappingItem,
  MASTER_ID,
  ResponseCode,
  SystemTopic,
  type TopicConfigAndQueueMapping,
  type TopicRemappingDetail,
  UPDATE_AND_CREATE_STATIC_TOPIC,
} from '@rocketmq-ts/protocol';
import { type ClusterOperations, routeAddresses } from '../cluster.ts';
import { AdminError } from '../errors.ts';
import type { GroupStats, TopicStats } from '../model.ts';
import type { TopicOperations } from '../topic.ts';
import type { Wire } from '../wire.ts';
import { logicalGroupStats, logicalTopicStats } from './logical-offsets.ts';
import { commonFacts, type TopicOnBrokers } from './mapping-rules.ts';
import { checkPlan, detailOf, emptyMapping, type PlanInput, planMove, planQueues } from './plan.ts';

/** Static topics: a fixed count of queues, numbered over all brokers, that can be moved between them. */
export interface StaticTopicOperations {
  /** With the logical queues of a static topic behind those of its brokers; of another topic the same. */
  withLogicalQueues(topic: string, stats: TopicStats): Promise<TopicStats>;
  /** With logical queues in place of those of brokers for each static topic. */
  logicalProgress(stats: GroupStats): Promise<GroupStats>;
  /** The topic on every broker that has it. Fails with NO_BROKER while a broker name has no master. */
  examineStaticTopic(topic: string): Promise<TopicOnBrokers>;
  /** What is there now, in the form of a plan. Fails with BAD_MAPPING when brokers contradict each other. */
  staticTopicNow(topic: string, current: TopicOnBrokers): TopicRemappingDetail;
  /** A topic with more queues, or a new one. Nothing is sent. Fails with BAD_MAPPING. */
  planStaticTopic(
    topic: string,
    current: TopicOnBrokers,
    targets: ReadonlySet<string>,
    queues: number,
  ): TopicRemappingDetail;
  /** The queues shared out anew among the targets. Nothing is sent. Fails with BAD_MAPPING. */
  planRemapping(topic: string, current: TopicOnBrokers, targets: ReadonlySet<string>): TopicRemappingDetail;
  /**
   * Sends a plan to all brokers of its clusters. `force`: brokers take it whatever they have. What fails half-way leaves
   * brokers with different epochs; the same plan can be sent again.
   */
  applyStaticTopic(plan: TopicRemappingDetail, force: boolean): Promise<void>;
  /**
   * The same for a plan that moves queues: the new leaders take messages, the old ones are closed, the offsets of the new
   * ones are decided by where the old ones end.
   */
  applyRemapping(plan: TopicRemappingDetail, force: boolean): Promise<void>;
}

/** Logical offsets of a moved queue begin at a multiple of it. Source: TopicQueueMappingUtils.DEFAULT_BLOCK_SEQ_SIZE. */
const BLOCK = 10_000;

interface Parts {
  readonly clock: Clock;
  readonly random: Random;
  readonly cluster: ClusterOperations;
  readonly topics: Pick<TopicOperations, 'examineTopicStatsInBroker'>;
}

/** `StaticTopicOperations` over the wire. */
export function staticTopicOperations(wire: Wire, { clock, random, cluster, topics }: Parts): StaticTopicOperations {
  /** Masters by broker name. */
  const mastersOf = async (names: Iterable<string>): Promise<Map<string, string>> => {
    const { brokerAddrTable } = await cluster.examineClusterInfo();
    return new Map(
      [...names].map((name) => {
        const address = brokerAddrTable.get(name)?.brokerAddrs.get(MASTER_ID);
        if (address === undefined) throw new AdminError('NO_BROKER', `Can't find addr for broker ${name}`);
        return [name, address];
      }),
    );
  };

  const put = async (
    address: string,
    { config, mapping }: TopicConfigAndQueueMapping,
    force: boolean,
  ): Promise<void> => {
    const { topicName: topic, readQueueNums, writeQueueNums, perm, topicFilterType, topicSysFlag, order } = config;
    const settings = { readQueueNums, writeQueueNums, perm, topicFilterType, topicSysFlag, order, force };
    const header = { topic, defaultTopic: SystemTopic.AUTO_CREATE_TOPIC_KEY, ...settings };
    await wire.broker(address, UPDATE_AND_CREATE_STATIC_TOPIC, header, {
      body: encodeTopicQueueMappingDetail(mapping!),
    });
  };

  /**
   * With the other brokers of the same clusters, which have none of its queues. Source: MQAdminUtils#completeNoTargetBrokers.
   */
  const complete = async (plan: TopicRemappingDetail): Promise<Map<string, TopicConfigAndQueueMapping>> => {
    checkPlan(plan.topic, plan.brokerConfigMap);
    const { epoch, totalQueues } = commonFacts(plan.topic, plan.brokerConfigMap);
    const brokers = new Map(plan.brokerConfigMap);
    const { clusterAddrTable } = await cluster.examineClusterInfo();
    for (const names of clusterAddrTable.values()) {
      if (!names.some((name) => plan.brokerConfigMap.has(name))) continue;
      for (const name of names)
        if (!brokers.has(name)) brokers.set(name, emptyMapping(plan.topic, name, totalQueues, epoch));
    }
    return brokers;
  };

  const input = (topic: string, current: TopicOnBrokers, targets: ReadonlySet<string>): PlanInput => ({
    ...{ topic, current, targets, nowMs: clock.now() },
    randomBelow: (bound) => random.below(bound),
  });

  /** A static topic on the brokers of its route; undefined for another one, and without a route. */
  const onRoute = async (topic: string): Promise<TopicOnBrokers | undefined> => {
    const route = await cluster.examineTopicRoute(topic).catch(() => undefined);
    if (route?.topicQueueMappingByBroker === undefined || route.topicQueueMappingByBroker.size === 0) return undefined;
    const found = new Map<string, TopicConfigAndQueueMapping>();
    for (const { brokerName, address } of routeAddresses(route)) {
      const { body } = await wire.broker(address, GET_TOPIC_CONFIG, { topic, logical: true });
      const config = decodeTopicConfigAndQueueMapping(body);
      if (config.mapping !== undefined) found.set(brokerName, config);
    }
    return found;
  };

  return {
    async withLogicalQueues(topic, stats) {
      const brokers = await onRoute(topic);
      if (brokers === undefined) return stats;
      return { ...stats, offsets: [...stats.offsets, ...logicalTopicStats(topic, brokers, stats)] };
    },

    async logicalProgress(stats) {
      const offsets: GroupStats['offsets'][number][] = [];
      for (const topic of new Set(stats.offsets.map(({ queue }) => queue.topic))) {
        const brokers = isRetryTopic(topic) ? undefined : await onRoute(topic);
        if (brokers === undefined) offsets.push(...stats.offsets.filter(({ queue }) => queue.topic === topic));
        else offsets.push(...logicalGroupStats(topic, brokers, stats));
      }
      return { ...stats, offsets };
    },

    async examineStaticTopic(topic) {
      const { brokerAddrTable } = await cluster.examineClusterInfo();
      if (brokerAddrTable.size === 0) throw new AdminError('NO_BROKER', 'The Cluster info is empty');
      const found = new Map<string, TopicConfigAndQueueMapping>();
      for (const [name, address] of await mastersOf(brokerAddrTable.keys())) {
        const accept = [ResponseCode.TOPIC_NOT_EXIST];
        const response = await wire.broker(address, GET_TOPIC_CONFIG, { topic, logical: true }, { accept });
        if (response.code === ResponseCode.SUCCESS) found.set(name, decodeTopicConfigAndQueueMapping(response.body));
      }
      return found;
    },

    staticTopicNow(topic, current) {
      const epoch = current.size === 0 ? clock.now() : commonFacts(topic, current).epoch;
      return detailOf(topic, 'CREATE_OR_UPDATE', epoch, current);
    },

    planStaticTopic: (topic, current, targets, queues) => planQueues(input(topic, current, targets), queues),
    planRemapping: (topic, current, targets) => planMove(input(topic, current, targets)),

    async applyStaticTopic(plan, force) {
      const brokers = await complete(plan);
      for (const [name, address] of await mastersOf(brokers.keys())) await put(address, brokers.get(name)!, force);
    },

    async applyRemapping(plan, force) {
      const brokers = await complete(plan);
      const masters = await mastersOf(brokers.keys());
      const send = async (names: Iterable<string>): Promise<void> => {
        for (const name of names) await put(masters.get(name)!, brokers.get(name)!, force);
      };
      for (const name of [...plan.brokerToMapIn, ...plan.brokerToMapOut])
        if (!brokers.has(name)) throw new AdminError('BAD_MAPPING', `the plan has no settings for broker ${name}`);
      await send(plan.brokerToMapIn);
      await send(plan.brokerToMapOut);
      for (const name of plan.brokerToMapOut) {
        const ends = await endsOf(masters.get(name)!, plan.topic);
        for (const [id, items] of brokers.get(name)!.mapping!.hostedQueues) decide(brokers, id, items, ends);
      }
      await send(plan.brokerToMapIn);
      const moved = new Set([...plan.brokerToMapIn, ...plan.brokerToMapOut]);
      await send([...brokers.keys()].filter((name) => !moved.has(name)));
    },
  };

  /** Max offsets of a broker's physical queues, by `broker-queue`. */
  async function endsOf(address: string, topic: string): Promise<Map<string, number>> {
    const { offsets } = await topics.examineTopicStatsInBroker(address, topic);
    return new Map(offsets.map(({ queue, maxOffset }) => [`${queue.brokerName}-${queue.queueId}`, maxOffset]));
  }
}

/** Sets where a moved queue continues: behind all that its old leader can have. Source: MQAdminUtils#remappingStaticTopic. */
function decide(
  brokers: Map<string, TopicConfigAndQueueMapping>,
  id: number,
  items: readonly LogicQueueMappingItem[],
  ends: ReadonlyMap<string, number>,
): void {
  const leader = items.at(-1);
  const old = items.at(-2);
  if (leader === undefined || old === undefined || leader.logicOffset > 0) return;
  const end = ends.get(`${old.bname}-${old.queueId}`);
  const place = `queue ${old.queueId} of broker ${old.bname}`;
  if (end === undefined) throw new AdminError('BAD_MAPPING', `Cannot get the max offset for old leader: ${place}`);
  if (end < old.startOffset)
    throw new AdminError('BAD_MAPPING', `The max offset is smaller then the start offset: ${place} ends at ${end}`);
  const logicOffset = roundUp(old.logicOffset + (end - old.startOffset));
  const decided = [...items.slice(0, -1), { ...leader, logicOffset }];
  const { config, mapping } = brokers.get(leader.bname)!;
  const hostedQueues = new Map(mapping!.hostedQueues).set(id, decided);
  brokers.set(leader.bname, { config, mapping: { ...mapping!, hostedQueues } });
}

/** Source: TopicQueueMappingUtils#blockSeqRoundUp. */
function roundUp(offset: number): number {
  const blocks = Math.floor(offset / BLOCK);
  return (offset % BLOCK < BLOCK / 2 ? blocks + 1 : blocks + 2) * BLOCK;
}
