import {
  type Admin,
  createSubscriptionGroupConfig,
  deadLetterTopic,
  type GroupStats,
  retryTopic,
  type SubscriptionGroupConfig,
} from '@rocketmq-ts/admin';
import { compareText } from '@rocketmq-ts/kernel';
import { askEach, BrokerCalls } from '../targets/broker-calls.ts';
import { addressesOf, type BrokerTarget, targetAt, targetsOf, targetsOfRoute } from '../targets/broker-target.ts';
import { ConsumerList, membersOf } from './consumer-list.ts';
import { askAll, changeAll, chosenTargets, type OldCall, type OldEndpoint } from './endpoint.ts';
import { consumerConnectionJson, groupConfigJson, runningInfoJson } from './json-forms.ts';
import { resetOffsets } from './reset.ts';
import { groupOf, topicOf } from './topic-of.ts';
import { groupsOf } from './topic-paths.ts';
import { OldPathError } from './values.ts';

/** `/consumer/…` and the consumers of a topic. Source: ConsumerController, ConsumerServiceImpl. */
export function consumerPaths(): readonly OldEndpoint[] {
  const list = new ConsumerList();
  return [
    { path: '/consumer/groupList.query', access: 'read', run: (call) => list.rows(call) },
    { path: '/consumer/group.query', access: 'read', run: (call) => list.row(call, groupOf(call)) },
    { path: '/consumer/group.refresh', access: 'read', run: (call) => list.row(call, groupOf(call)) },
    { path: '/consumer/group.refresh.all', access: 'read', run: (call) => list.rows(call, true) },
    { path: '/consumer/queryTopicByConsumer.query', access: 'read', run: progressByTopic },
    { path: '/topic/queryConsumerByTopic.query', access: 'read', run: consumersOfTopic },
    { method: 'POST', path: '/consumer/resetOffset.do', access: 'write', run: (call) => resetOffsets(call) },
    { method: 'POST', path: '/consumer/skipAccumulate.do', access: 'write', run: (call) => resetOffsets(call, -1) },
    { path: '/consumer/examineSubscriptionGroupConfig.query', access: 'read', run: examineConfig },
    { method: 'POST', path: '/consumer/deleteSubGroup.do', access: 'write', run: deleteGroup },
    { method: 'POST', path: '/consumer/createOrUpdate.do', access: 'write', run: createOrUpdate },
    {
      method: 'GET',
      path: '/consumer/fetchBrokerNameList.query',
      access: 'read',
      run: async (call) => (await configsOf(call, groupOf(call))).map(({ broker }) => broker.brokerName),
    },
    {
      path: '/consumer/consumerConnection.query',
      access: 'read',
      async run(call) {
        const group = groupOf(call);
        const connection = await membersOf(call, group, await brokersOf(call, group));
        if (connection === undefined)
          throw new OldPathError(`CODE: 206  DESC: the consumer group[${group}] not online`);
        return consumerConnectionJson(connection);
      },
    },
    {
      path: '/consumer/consumerRunningInfo.query',
      access: 'read',
      run: runningInfo,
    },
  ];
}

/** Configurations of a group, from the brokers that have it. */
async function configsOf(
  call: OldCall,
  group: string,
): Promise<{ readonly broker: BrokerTarget; readonly config: SubscriptionGroupConfig }[]> {
  const info = await call.admin.examineClusterInfo();
  const answers = await askAll(call, targetsOf(info), (address) => configOn(call.admin, address, group));
  return answers.flatMap(({ broker, value }) => (value === undefined ? [] : [{ broker, config: value }]));
}

async function brokersOf(call: OldCall, group: string): Promise<BrokerTarget[]> {
  return (await configsOf(call, group)).map(({ broker }) => broker);
}

/** By the table of all groups: brokers of 4.x do not answer about one. */
async function configOn(admin: Admin, address: string, group: string): Promise<SubscriptionGroupConfig | undefined> {
  return (await admin.subscriptionGroups(address)).get(group);
}

async function examineConfig(call: OldCall): Promise<unknown> {
  const found = await configsOf(call, groupOf(call));
  return found.map(({ broker: { brokerName }, config }) => ({
    // Null as there: a script that changes a field and sends it all back means this broker, not its cluster.
    clusterNameList: null,
    brokerNameList: [brokerName],
    subscriptionGroupConfig: groupConfigJson(config),
  }));
}

/** Fields that the request leaves out stay as they are on each broker. */
async function createOrUpdate(call: OldCall): Promise<unknown> {
  const { admin, values } = call;
  const wanted = values.object('subscriptionGroupConfig');
  const groupName = groupOf({ values: wanted }, 'groupName');
  const info = await admin.examineClusterInfo();
  const targets = chosenTargets(info, values.texts('clusterNameList'), values.texts('brokerNameList'));
  const given = Object.fromEntries(
    Object.entries(wanted.all()).filter(([, value]) => value !== undefined && value !== null),
  );
  return changeAll(call, targets, async (address) => {
    const before = (await configOn(admin, address, groupName)) ?? createSubscriptionGroupConfig(groupName);
    // Attributes are changes on the wire, and none are asked for here.
    const known = Object.entries(given).filter(([name]) => Object.hasOwn(before, name) && name !== 'attributes');
    await admin.createSubscriptionGroup(address, {
      ...before,
      ...Object.fromEntries(known),
      groupName,
      attributes: {},
    });
  });
}

/**
 * With its offsets, and its retry and dead letter topics; in a cluster their routes go when the group is on no other broker of it.
 * A broker that can't be asked may have the group: then the routes stay, and the answer names it among its failures.
 */
async function deleteGroup(call: OldCall): Promise<unknown> {
  const { admin, values } = call;
  const group = groupOf(call, 'groupName');
  const topics = [retryTopic(group), deadLetterTopic(group)];
  const info = await admin.examineClusterInfo();
  const targets = chosenTargets(info, [], values.texts('brokerNameList'));
  const chosen = new Set(targets.map(({ brokerName }) => brokerName));
  const others = targetsOf(info).filter(({ brokerName }) => !chosen.has(brokerName));
  await changeAll(call, targets, async (address) => {
    await admin.deleteSubscriptionGroup(address, group, true);
    for (const topic of topics) await admin.deleteTopicInBroker(address, topic);
  });
  const { answers, failures } = await askEach(others, (address) => configOn(admin, address, group));
  call.failures.push(...failures);
  const without = new Set(answers.flatMap(({ broker, value }) => (value === undefined ? [broker.brokerName] : [])));
  const keeping = new Set(others.filter(({ brokerName }) => !without.has(brokerName)).map(({ cluster }) => cluster));
  for (const cluster of info.clusterAddrTable.keys()) {
    if (keeping.has(cluster)) continue;
    for (const topic of topics) await admin.deleteTopicInNameServers(topic, cluster).catch(() => undefined);
  }
  return true;
}

/** Source: TopicConsumerInfo, QueueStatInfo. */
interface TopicConsumerInfo {
  readonly topic: string;
  diffTotal: number;
  lastTimestamp: number;
  readonly queueStatInfoList: object[];
}

function byTopic(stats: readonly GroupStats[], owners: ReadonlyMap<string, string>): TopicConsumerInfo[] {
  const topics = new Map<string, TopicConsumerInfo>();
  const offsets = stats.flatMap((each) => each.offsets);
  offsets.sort(
    ({ queue: a }, { queue: b }) =>
      compareText(a.topic, b.topic) || compareText(a.brokerName, b.brokerName) || a.queueId - b.queueId,
  );
  for (const { queue, brokerOffset, consumerOffset, lastTimestamp } of offsets) {
    const { topic, brokerName, queueId } = queue;
    let info = topics.get(topic);
    if (info === undefined) {
      info = { topic, diffTotal: 0, lastTimestamp: 0, queueStatInfoList: [] };
      topics.set(topic, info);
    }
    info.diffTotal += brokerOffset - consumerOffset;
    info.lastTimestamp = Math.max(info.lastTimestamp, lastTimestamp);
    const clientInfo = owners.get(`${topic} ${brokerName} ${queueId}`) ?? null;
    info.queueStatInfoList.push({ brokerName, queueId, brokerOffset, consumerOffset, clientInfo, lastTimestamp });
  }
  return [...topics.values()];
}

/** Which client has a queue, as the clients say. */
async function ownersOf(call: OldCall, group: string, brokers: readonly BrokerTarget[]): Promise<Map<string, string>> {
  const owners = new Map<string, string>();
  const addresses = [...addressesOf(brokers)];
  const members = await membersOf(call, group, brokers);
  const infos = await Promise.allSettled(
    (members?.connectionSet ?? []).slice(0, 50).map(async ({ clientId }) => ({
      clientId,
      info: await runningInfoOf(call, group, clientId, addresses, false),
    })),
  );
  for (const each of infos) {
    if (each.status === 'rejected') continue;
    const { clientId, info } = each.value;
    for (const [{ topic, brokerName, queueId }] of info.mqTable)
      owners.set(`${topic} ${brokerName} ${queueId}`, clientId);
  }
  return owners;
}

/** `address`: brokers, with commas; all that have the group where none are named. */
async function progressByTopic(call: OldCall): Promise<unknown> {
  const { admin, values } = call;
  const group = groupOf(call);
  const named =
    values
      .optional('address')
      ?.split(',')
      .map((address) => address.trim()) ?? [];
  const targets = named.length > 0 ? named.map(targetAt) : await brokersOf(call, group);
  const answers = await askAll(call, targets, (address) => admin.consumeStatsInBroker(address, group));
  const stats = answers.flatMap(({ value }) => (value === undefined ? [] : [value]));
  return byTopic(stats, await ownersOf(call, group, targets));
}

async function consumersOfTopic(call: OldCall): Promise<unknown> {
  const { admin } = call;
  const topic = topicOf(call);
  const targets = targetsOfRoute(await admin.examineTopicRoute(topic));
  const groups = await groupsOf(call, topic);
  const calls = new BrokerCalls();
  const rows = await Promise.all(
    groups.map(async (group) => {
      const answers = await calls.askEach(targets, (address) => admin.consumeStatsInBroker(address, group, topic));
      const stats = answers.flatMap(({ value }) => value ?? []);
      const owners = stats.length === 0 ? new Map<string, string>() : await ownersOf(call, group, targets);
      const empty = { topic, diffTotal: 0, lastTimestamp: 0, queueStatInfoList: [] };
      return [group, byTopic(stats, owners)[0] ?? empty] as const;
    }),
  );
  call.failures.push(...calls.failures);
  return Object.fromEntries(rows);
}

async function runningInfo(call: OldCall): Promise<unknown> {
  const { values } = call;
  const group = groupOf(call);
  const addresses = [...addressesOf(await brokersOf(call, group))];
  return runningInfoJson(await runningInfoOf(call, group, values.text('clientId'), addresses, values.flag('jstack')));
}

/** From the first broker that reaches the client. */
async function runningInfoOf(
  { admin }: OldCall,
  group: string,
  clientId: string,
  addresses: readonly string[],
  jstack: boolean,
) {
  let failure: unknown = new OldPathError(`No broker has the group ${group}.`);
  for (const address of addresses) {
    try {
      return await admin.consumerRunningInfoBy(address, { group, clientId }, jstack);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
