import { type Admin, AdminError, ResponseCode, type TopicRoute } from '@rocketmq-ts/admin';
import type { BrokerFailure } from '../api/index.ts';
import type { ClusterModel } from '../collect/model.ts';
import { ConsoleError } from '../errors.ts';
import { allBrokers, type BrokerTarget, targetsOfRoute } from './broker-target.ts';
import { missingFromRoute } from './missing.ts';

/** What of a cluster questions about its topics and groups need. */
export interface Looked {
  readonly admin: Admin;
  readonly model: ClusterModel;
}

/** Where a topic is. */
export interface TopicPlace {
  /** Undefined: no broker has the topic. */
  readonly route: TopicRoute | undefined;
  readonly having: readonly BrokerTarget[];
  /** Brokers that had it when they were seen last, and are gone. */
  readonly missing: readonly BrokerFailure[];
}

/** Where name servers say that a topic is. */
export async function placeOf({ admin, model }: Looked, topic: string): Promise<TopicPlace> {
  const missing = (having: readonly BrokerTarget[]): BrokerFailure[] =>
    missingFromRoute(model, having, (name) => model.topics.get(topic)?.configs.has(name) === true);
  try {
    const route = await admin.examineTopicRoute(topic);
    const having = targetsOfRoute(route);
    return { route, having, missing: missing(having) };
  } catch (error) {
    if (!(error instanceof AdminError) || error.responseCode !== ResponseCode.TOPIC_NOT_EXIST) throw error;
    return { route: undefined, having: [], missing: missing([]) };
  }
}

/** Registered brokers that are not among these. */
export async function othersThan(admin: Admin, having: readonly BrokerTarget[]): Promise<BrokerTarget[]> {
  const names = new Set(having.map(({ brokerName }) => brokerName));
  return (await allBrokers(admin)).filter(({ brokerName }) => !names.has(brokerName));
}

/**
 * The same where it is nothing without brokers. Throws NOT_FOUND when no broker has the topic, nor one that is missing had it.
 */
export async function knownPlaceOf(looked: Looked, topic: string): Promise<TopicPlace> {
  const place = await placeOf(looked, topic);
  if (place.having.length > 0 || place.missing.length > 0) return place;
  throw new ConsoleError('NOT_FOUND', `no broker has the topic ${topic}`);
}
