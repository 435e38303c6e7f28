import type { Clock } from '@rocketmq-ts/kernel';
import type { TopicConfigView, TopicRouteView, TopicStatus, TopicSummary } from '../api/index.ts';
import { askEach } from '../targets/broker-calls.ts';
import { differing } from '../targets/differing.ts';
import { mergeFailures } from '../targets/missing.ts';
import { type Looked, othersThan, placeOf } from '../targets/topic-place.ts';
import { ownTopics, topicKind } from './topic-kind.ts';
import { topicSettings } from './topic-settings.ts';

/** Where a topic is and what it is for. */
export async function topicSummary(looked: Looked, topic: string): Promise<TopicSummary> {
  const { admin, model } = looked;
  const { having, missing } = await placeOf(looked, topic);
  const { answers, failures } = await askEach(having, (address) => admin.examineTopicConfig(address, topic));
  const known = answers.flatMap(({ value }) => value ?? []);
  const configs = known.length > 0 ? known : (model.topics.get(topic)?.configs.values() ?? []);
  return {
    topic,
    kind: topicKind(topic, configs, ownTopics(model)),
    exists: having.length > 0 || missing.length > 0,
    brokers: having,
    otherBrokers: await othersThan(admin, having),
    failures: mergeFailures(missing, failures),
  };
}

/** Bounds of its queues and what is stored in a second. */
export async function topicStatus(looked: Looked, topic: string, clock: Clock): Promise<TopicStatus> {
  const { admin } = looked;
  const { having, missing } = await placeOf(looked, topic);
  const { answers, failures } = await askEach(having, (address) => admin.examineTopicStatsInBroker(address, topic));
  const queues = answers.flatMap(({ value }) =>
    value.offsets.map(({ queue, minOffset, maxOffset, lastUpdateTimestamp }) => ({
      ...{ brokerName: queue.brokerName, queueId: queue.queueId, minOffset, maxOffset },
      lastUpdateMs: Math.max(0, lastUpdateTimestamp),
    })),
  );
  queues.sort((a, b) => (a.brokerName === b.brokerName ? a.queueId - b.queueId : a.brokerName < b.brokerName ? -1 : 1));
  const putTps = answers.length === 0 ? undefined : answers.reduce((sum, { value }) => sum + value.topicPutTps, 0);
  return { queues, putTps, collectedAtMs: clock.now(), failures: mergeFailures(missing, failures) };
}

/** What the name servers say of it; without a broker when none has it. */
export async function topicRoute(looked: Looked, topic: string, clock: Clock): Promise<TopicRouteView> {
  const { route, having } = await placeOf(looked, topic);
  const brokers = having.map((broker) => {
    const queues = route?.queueDatas.find(({ brokerName }) => brokerName === broker.brokerName);
    return {
      ...broker,
      readQueues: queues?.readQueueNums ?? 0,
      writeQueues: queues?.writeQueueNums ?? 0,
      perm: queues?.perm ?? 0,
    };
  });
  return { brokers, orderTopicConf: route?.orderTopicConf || undefined, collectedAtMs: clock.now() };
}

/** Its settings on every broker, with what differs. Brokers of 4.x do not report single topics: theirs were collected. */
export async function topicConfig(looked: Looked, topic: string): Promise<TopicConfigView> {
  const { admin, model } = looked;
  const { having, missing } = await placeOf(looked, topic);
  const { answers, failures } = await askEach(
    having,
    async (address, { brokerName }) =>
      (await admin.examineTopicConfig(address, topic)) ?? model.topics.get(topic)?.configs.get(brokerName),
  );
  const brokers = answers.map(({ broker: { brokerName, cluster }, address, value }) => ({
    ...{ brokerName, cluster, address },
    settings: value && topicSettings(value),
  }));
  const others = (await othersThan(admin, having)).map(({ brokerName, cluster, addresses }) => ({
    ...{ brokerName, cluster, address: addresses[0]!.address },
    settings: undefined,
  }));
  return {
    brokers: [...brokers, ...others],
    differing: differing(brokers.flatMap(({ settings }) => settings ?? [])),
    failures: mergeFailures(missing, failures),
  };
}
