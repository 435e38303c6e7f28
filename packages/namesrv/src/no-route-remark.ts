import { editDistance } from '@rocketmq-ts/kernel';
import { Perm, SystemTopic } from '@rocketmq-ts/protocol';
import type { RouteTable } from './route-table.ts';

const FAQ = 'See https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details.';
/** Of brokers in a remark. */
const NAMED_BROKERS = 5;
const NAMED_TOPICS = 3;
/** Names that one remark compares, so that an unknown topic in a large table does not delay other requests. */
const COMPARED_TOPICS = 10_000;

/**
 * Why there is no route, for the reader of the client's exception: Apache's sentence first, then which brokers are here,
 * whether one of them creates topics by itself, and topics with similar names.
 */
export function noRouteRemark(topic: string, table: RouteTable, comparesNames = true): string {
  const near = comparesNames ? nearText(topic, table) : '';
  return `No topic route info in name server for the topic: ${topic}\n${FAQ}\n${brokersText(table)}${near}`;
}

function brokersText(table: RouteTable): string {
  const names: string[] = [];
  let count = 0;
  for (const group of table.brokers.groups()) {
    count++;
    if (names.length < NAMED_BROKERS) names.push(`${group.brokerName} (${[...group.addresses.values()].join(', ')})`);
  }
  if (count === 0) return 'No broker is registered at this name server: start one, or check its namesrvAddr.';
  const rest = count > names.length ? ` and ${count - names.length} more` : '';
  return `Registered here: ${names.join(', ')}${rest}. ${autoCreationText(table)}`;
}

/**
 * Only what is known here is in the text. Producers make a topic by the route of its template, which brokers with
 * autoCreateTopicEnable=true register; a permission that mqadmin changed here does not show that property.
 * Source: TopicConfigManager#init, RouteInfoManager#operateWritePermOfBroker.
 */
function autoCreationText(table: RouteTable): string {
  const template = SystemTopic.AUTO_CREATE_TOPIC_KEY;
  const offers = [...(table.topics.queues(template)?.values() ?? [])];
  const named = (data: readonly { readonly brokerName: string }[]): string =>
    data
      .slice(0, NAMED_BROKERS)
      .map(({ brokerName }) => brokerName)
      .join(', ');
  if (offers.length === 0) {
    return `None of them offers the template topic ${template}, as brokers with autoCreateTopicEnable=true do: create the topic with mqadmin updateTopic.`;
  }
  const writable = offers.filter(({ perm }) => Perm.isWriteable(perm));
  if (writable.length === 0) {
    return `New topics can not be created by sending now, since ${named(offers)} may not be written to (mqadmin wipeWritePerm, or brokerPermission): give the permission back, with mqadmin addWritePerm, or create the topic with mqadmin updateTopic.`;
  }
  const creators = writable.filter(({ perm }) => Perm.isInherited(perm));
  if (creators.length > 0) return `The topic is created when a producer sends to it, on ${named(creators)}.`;
  return `Whether ${named(writable)} creates the topic when a producer sends to it is not known here since mqadmin addWritePerm: send to it, or create it with mqadmin updateTopic.`;
}

function nearText(topic: string, table: RouteTable): string {
  const near = nearNames(topic, table.topics.names());
  return near.length === 0 ? '' : ` Similar topics: ${near.join(', ')}.`;
}

/** Up to three names that differ from `name` only in case, or in up to two letters (one in names of up to four), nearest first. */
export function nearNames(name: string, candidates: Iterable<string>): string[] {
  const lower = name.toLowerCase();
  const limit = name.length <= 4 ? 1 : 2;
  const found: { name: string; distance: number }[] = [];
  let compared = 0;
  for (const candidate of candidates) {
    if (compared++ === COMPARED_TOPICS) break;
    const distance = editDistance(lower, candidate.toLowerCase(), limit);
    if (distance <= limit) found.push({ name: candidate, distance });
  }
  return found
    .sort((a, b) => a.distance - b.distance)
    .slice(0, NAMED_TOPICS)
    .map((entry) => entry.name);
}
