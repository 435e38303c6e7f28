import { type Admin, AdminError, type ConsumerConnection, type MessageView } from '@rocketmq-ts/admin';
import { inTurns } from '@rocketmq-ts/kernel';
import type { BrokerFailure, GroupTrack, OnlineClient, TrackType } from '../api/index.ts';
import { connectionIn } from '../groups/members.ts';
import { reasonOf } from '../http/failure.ts';
import { BrokerCalls } from '../targets/broker-calls.ts';
import { allBrokers } from '../targets/broker-target.ts';
import { missingBrokers } from '../targets/missing.ts';
import type { Looked } from '../targets/topic-place.ts';
import type { FoundMessage } from './find.ts';

/** Groups that are asked for at a time. */
const GROUPS_AT_A_TIME = 8;

/**
 * What became of a message in every group of its topic. Only the broker that has the message is asked: it knows how far the
 * groups are in the message's queue. Source: DefaultMQAdminExtImpl#messageTrackDetail.
 */
export async function trackMessage(admin: Admin, found: FoundMessage): Promise<GroupTrack[]> {
  const { address, message } = found;
  const groups = await admin.topicConsumersInBroker(address, message.topic);
  const tracks = await inTurns(groups, GROUPS_AT_A_TIME, (group) => trackOf(admin, address, message, group));
  return tracks.sort((a, b) => (a.group < b.group ? -1 : 1));
}

async function trackOf(admin: Admin, address: string, message: MessageView, group: string): Promise<GroupTrack> {
  try {
    const consumerOffset = await offsetOf(admin, address, message, group);
    const connection = await connectionIn(admin, address, group);
    return { group, type: typeOf(message, connection, consumerOffset), consumerOffset };
  } catch (error) {
    if (!(error instanceof AdminError)) throw error;
    return { group, type: 'UNKNOWN', message: reasonOf(error) };
  }
}

async function offsetOf(
  admin: Admin,
  address: string,
  message: MessageView,
  group: string,
): Promise<number | undefined> {
  const { topic, queueId } = message;
  const stats = await admin.consumeStatsInBroker(address, group, topic);
  const row = stats?.offsets.find(({ queue }) => queue.topic === topic && queue.queueId === queueId);
  return row === undefined || row.consumerOffset < 0 ? undefined : row.consumerOffset;
}

function typeOf(
  message: MessageView,
  connection: ConsumerConnection | undefined,
  consumerOffset: number | undefined,
): TrackType {
  if (connection === undefined) return 'NOT_ONLINE';
  if (connection.consumeType === 'CONSUME_ACTIVELY') return 'PULL';
  if (connection.messageModel === 'BROADCASTING' && consumerOffset === undefined) return 'CONSUME_BROADCASTING';
  if (consumerOffset === undefined || consumerOffset <= message.queueOffset) return 'NOT_CONSUME_YET';
  return isWanted(message, connection) ? 'CONSUMED' : 'CONSUMED_BUT_FILTERED';
}

function isWanted(message: MessageView, connection: ConsumerConnection): boolean {
  const tags = new Set<string>(connection.subscriptionTable.get(message.topic)?.tagsSet ?? []);
  return tags.size === 0 || tags.has('*') || tags.has(message.tags ?? '');
}

/** Members of a group that brokers of the cluster know, each once. */
export async function onlineClients(
  place: Looked,
  group: string,
  versionOf: (version: number) => string,
): Promise<{ clients: OnlineClient[]; failures: readonly BrokerFailure[] }> {
  const calls = new BrokerCalls();
  const clients = new Map<string, OnlineClient>();
  const brokers = await allBrokers(place.admin);
  calls.add(missingBrokers(place.model, brokers));
  const answers = await calls.askEach(brokers, (address) => connectionIn(place.admin, address, group));
  for (const { value } of answers) {
    for (const { clientId, clientAddr, language, version } of value?.connectionSet ?? [])
      clients.set(clientId, { clientId, address: clientAddr, language: String(language), version: versionOf(version) });
  }
  return {
    clients: [...clients.values()].sort((a, b) => (a.clientId < b.clientId ? -1 : 1)),
    failures: calls.failures,
  };
}
