import {
  type Admin,
  AdminError,
  deadLetterTopic,
  isPredefinedGroup,
  isRetryTopic,
  isSystemGroup,
  MASTER_ID,
  RETRY_TOPIC_PREFIX,
  ResponseCode,
  retryTopic,
  versionDescription,
} from '@rocketmq-ts/admin';
import { asError, compareText, inTurns, sleep } from '@rocketmq-ts/kernel';
import { queueWarnings } from '../consumer/running-info-checks.ts';
import type { CommandContext } from '../entry.ts';
import type { BrokerFacts, GroupFacts, MemberFacts, NameServerFacts, Survey } from './survey.ts';

/** Requests at once. */
const AT_ONCE = 8;
/** Apache’s broker counts once a second. */
const FIRST_COUNTS_MS = 1500;

/** How much is looked at. */
interface Bounds {
  /** Undefined: all clusters. */
  readonly cluster: string | undefined;
  /** Groups whose members are asked. */
  readonly maxGroups: number;
  /** Between both looks at how far groups are. */
  readonly waitMs: number;
}

/** Asks name servers, brokers and members. A question that fails is a gap and not an error. */
export async function examine(context: CommandContext, bounds: Bounds): Promise<Survey> {
  const gaps: string[] = [];
  const nameServers = await inTurns(context.admin.namesrvAddresses, AT_ONCE, (address) => nameServer(context, address));
  const brokers = await inTurns(placesOf(nameServers, bounds.cluster), AT_ONCE, (place) =>
    broker(context, place, gaps),
  );
  const groups = await examineGroups(context, brokers, bounds, gaps);
  return { nameServers, brokers, groups, gaps };
}

async function nameServer(context: CommandContext, address: string): Promise<NameServerFacts> {
  try {
    const admin = await context.connect([address]);
    return { address, info: await admin.examineClusterInfo(), topics: await admin.fetchAllTopicList() };
  } catch (failure) {
    const other = await context.connect([address], true);
    const answersOtherwise = await answers(other.examineClusterInfo());
    return { address, failure: textOf(failure), answersOtherwise };
  }
}

type Place = Pick<BrokerFacts, 'cluster' | 'brokerName' | 'brokerId' | 'address'>;

/** Brokers that any name server lists, each once. */
function placesOf(nameServers: readonly NameServerFacts[], cluster: string | undefined): Place[] {
  const places = new Map<string, Place>();
  for (const { info } of nameServers) {
    for (const [name, brokerNames] of info?.clusterAddrTable ?? []) {
      if (cluster !== undefined && name !== cluster) continue;
      for (const brokerName of brokerNames) {
        for (const [brokerId, address] of info?.brokerAddrTable.get(brokerName)?.brokerAddrs ?? []) {
          places.set(`${brokerName} ${brokerId} ${address}`, { cluster: name, brokerName, brokerId, address });
        }
      }
    }
  }
  return [...places.values()].sort((a, b) => compareText(a.brokerName, b.brokerName) || a.brokerId - b.brokerId);
}

async function broker(context: CommandContext, place: Place, gaps: string[]): Promise<BrokerFacts> {
  const { admin, clock } = context;
  const { address } = place;
  const before = clock.now();
  try {
    const facts = { ...place, ...(await statusOf(context, address)) };
    const orGap = <Value>(what: string, answer: Promise<Value>): Promise<Value | undefined> =>
      answer.catch((failure: unknown) => {
        gaps.push(`${place.brokerName} ${place.brokerId}: ${what}: ${textOf(failure)}`);
        return undefined;
      });
    const config = (await orGap('settings', admin.brokerConfig(address))) ?? new Map<string, string>();
    if (place.brokerId !== MASTER_ID) return { ...facts, config };
    const topics = await orGap('topics', admin.allTopicConfigs(address));
    const groups = await orGap('groups', admin.subscriptionGroups(address));
    const ha = await orGap('replication', admin.haStatus(address));
    return {
      ...{ ...facts, config },
      ...(topics === undefined ? {} : { topics }),
      ...(groups === undefined ? {} : { groups }),
      ...(ha === undefined ? {} : { ha }),
    };
  } catch (failure) {
    const other = await context.connect([address], true);
    const answersOtherwise = await answers(other.brokerRuntimeInfo(address));
    const nothing = { status: new Map<string, string>(), config: new Map<string, string>() };
    return { ...place, ...nothing, askedAt: before, tookMs: 0, failure: textOf(failure), answersOtherwise };
  }
}

/**
 * The state of a broker, and when it was so. Apache's fails this request in its first second, before it has counted anything.
 */
async function statusOf(
  { admin, clock, signal }: CommandContext,
  address: string,
): Promise<Pick<BrokerFacts, 'status' | 'askedAt' | 'tookMs'>> {
  const ask = async (): Promise<Pick<BrokerFacts, 'status' | 'askedAt' | 'tookMs'>> => {
    const before = clock.now();
    const status = await admin.brokerRuntimeInfo(address);
    const tookMs = clock.now() - before;
    return { status, askedAt: before + tookMs / 2, tookMs };
  };
  try {
    return await ask();
  } catch (failure) {
    if (!(failure instanceof AdminError) || failure.responseCode === undefined) throw failure;
    await sleep(clock, FIRST_COUNTS_MS, signal);
    return await ask();
  }
}

async function examineGroups(
  context: CommandContext,
  brokers: readonly BrokerFacts[],
  { maxGroups, waitMs }: Bounds,
  gaps: string[],
): Promise<GroupFacts[]> {
  const masters = brokers.filter(({ brokerId, failure }) => brokerId === MASTER_ID && failure === undefined);
  const known = new Set(
    masters.flatMap(({ groups, topics }) => [...(groups?.keys() ?? []), ...retried(topics?.keys() ?? [])]),
  );
  const names = [...known].filter((group) => !isSystemGroup(group) && !isPredefinedGroup(group)).sort();
  if (names.length > maxGroups)
    gaps.push(`${names.length - maxGroups} of ${names.length} groups were not asked; -m asks more`);
  const asked = names.slice(0, maxGroups);
  const lagOf = (group: string): Promise<number> => lag(context.admin, group, masters, gaps);
  const before = await inTurns(asked, AT_ONCE, lagOf);
  // Where nothing waits nothing can be seen to grow, but for what arrives just now.
  if (asked.length > 0) await sleep(context.clock, waitMs, context.signal);
  return await inTurns([...asked.entries()], AT_ONCE, async ([index, group]) => ({
    ...{ group, configuredOn: masters.filter(({ groups }) => groups?.has(group)).map(({ brokerName }) => brokerName) },
    ...(await membersOf(context, group, masters)),
    lag: [before[index]!, await lagOf(group)] as const,
    deadLetters: await deadLettersOf(context.admin, group, masters),
  }));
}

function retried(topics: Iterable<string>): string[] {
  return [...topics].filter(isRetryTopic).map((topic) => topic.slice(RETRY_TOPIC_PREFIX.length));
}

/** Messages waiting for a group, on all masters. */
async function lag(admin: Admin, group: string, masters: readonly BrokerFacts[], gaps: string[]): Promise<number> {
  let sum = 0;
  for (const { address, brokerName } of masters) {
    try {
      const stats = await admin.consumeStatsInBroker(address, group);
      for (const { brokerOffset, consumerOffset } of stats?.offsets ?? [])
        sum += Math.max(0, brokerOffset - consumerOffset);
    } catch (failure) {
      gaps.push(`${brokerName}: progress of ${group}: ${textOf(failure)}`);
    }
  }
  return sum;
}

async function membersOf(
  context: CommandContext,
  group: string,
  masters: readonly BrokerFacts[],
): Promise<Pick<GroupFacts, 'onlineOn' | 'members'>> {
  const onlineOn: string[] = [];
  const members = new Map<string, MemberFacts>();
  for (const { address, brokerName } of masters) {
    try {
      const { connectionSet } = await context.admin.examineConsumerConnection(group, address);
      if (connectionSet.length > 0) onlineOn.push(brokerName);
      for (const { clientId, version } of connectionSet)
        members.set(clientId, members.get(clientId) ?? (await memberOf(context, group, clientId, version)));
    } catch (failure) {
      // Nobody is online there.
      if (!(failure instanceof AdminError)) throw failure;
    }
  }
  // Brokers name members in the order of their hash table: the same set-up gives the same words.
  return { onlineOn, members: [...members.values()].sort((a, b) => compareText(a.clientId, b.clientId)) };
}

async function memberOf(
  context: CommandContext,
  group: string,
  clientId: string,
  version: number,
): Promise<MemberFacts> {
  const member = { clientId, version: versionDescription(version) };
  try {
    const info = await context.admin.consumerRunningInfo(group, clientId);
    const retry = retryTopic(group);
    const subscriptions = info.subscriptionSet
      .filter(({ topic }) => topic !== retry)
      .map(({ topic, subString }) => `${topic} ${subString}`)
      .sort();
    const { properties } = info;
    return {
      ...member,
      state: {
        ...{ subscriptions, model: properties.get('messageModel'), type: properties.get('PROP_CONSUME_TYPE') },
        blocked: queueWarnings(clientId, info, context.clock.now()),
      },
    };
  } catch {
    return member;
  }
}

async function deadLettersOf(admin: Admin, group: string, masters: readonly BrokerFacts[]): Promise<number> {
  const topic = deadLetterTopic(group);
  let count = 0;
  for (const { address, topics } of masters) {
    if (topics?.has(topic) !== true) continue;
    const stats = await admin.examineTopicStatsInBroker(address, topic).catch(() => undefined);
    for (const { minOffset, maxOffset } of stats?.offsets ?? []) count += maxOffset - minOffset;
  }
  return count;
}

async function answers(question: Promise<unknown>): Promise<boolean> {
  return question.then(
    () => true,
    // A refusal is an answer, too.
    (failure: unknown) => failure instanceof AdminError && failure.responseCode === ResponseCode.NO_PERMISSION,
  );
}

function textOf(failure: unknown): string {
  return asError(failure).message.replace(/\s*\n\s*/g, ' ');
}
