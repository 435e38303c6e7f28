import {
  type Admin,
  AdminError,
  type ClusterInfo,
  createTopicConfig,
  isDeadLetterTopic,
  isRetryTopic,
  isSystemTopic,
  ResponseCode,
  type TopicChange,
} from '@rocketmq-ts/admin';
import { targetsOf, targetsOfRoute } from '../targets/broker-target.ts';
import { askAll, changeAll, chosenTargets, type OldCall, type OldEndpoint } from './endpoint.ts';
import { queueText, routeJson } from './json-forms.ts';
import { sendResult } from './send.ts';
import { SYSTEM_PREFIX, topicOf } from './topic-of.ts';
import { OldPathError } from './values.ts';

const MESSAGE_TYPE = 'message.type';

/** `/topic/…`. Source: TopicController, TopicServiceImpl. */
export const topicPaths: readonly OldEndpoint[] = [
  {
    method: 'GET',
    path: '/topic/list.query',
    access: 'read',
    async run({ admin, values }) {
      const skipsRetry = values.flag('skipRetryAndDlq');
      const named = values.flag('skipSysProcess');
      const topics = (await admin.fetchAllTopicList()).filter(
        (topic) => !skipsRetry || !(isRetryTopic(topic) || isDeadLetterTopic(topic)),
      );
      const isSystem = systemTopics(await admin.examineClusterInfo());
      const topicList = topics.map((topic) => (!named && isSystem(topic) ? SYSTEM_PREFIX + topic : topic));
      return { topicList: [...new Set(topicList)], brokerAddr: null };
    },
  },
  { method: 'GET', path: '/topic/list.queryTopicType', access: 'read', run: listTypes },
  {
    method: 'GET',
    path: '/topic/stats.query',
    access: 'read',
    async run(call) {
      const topic = topicOf(call);
      const route = await call.admin.examineTopicRoute(topic);
      const answers = await askAll(call, targetsOfRoute(route), (address) =>
        call.admin.examineTopicStatsInBroker(address, topic),
      );
      const offsets = answers.flatMap(({ value }) => value.offsets);
      return {
        offsetTable: Object.fromEntries(
          offsets.map(({ queue, minOffset, maxOffset, lastUpdateTimestamp }) => [
            queueText(queue),
            { minOffset, maxOffset, lastUpdateTimestamp },
          ]),
        ),
        topicPutTps: answers.reduce((sum, { value }) => sum + value.topicPutTps, 0),
      };
    },
  },
  {
    method: 'GET',
    path: '/topic/route.query',
    access: 'read',
    run: async (call) => routeJson(await call.admin.examineTopicRoute(topicOf(call))),
  },
  { method: 'POST', path: '/topic/createOrUpdate.do', access: 'write', run: createOrUpdate },
  {
    path: '/topic/queryTopicConsumerInfo.query',
    access: 'read',
    run: async (call) => ({ groupList: await groupsOf(call, topicOf(call)) }),
  },
  { method: 'GET', path: '/topic/examineTopicConfig.query', access: 'read', run: examineConfig },
  { method: 'POST', path: '/topic/sendTopicMessage.do', access: 'write', run: sendResult },
  { method: 'POST', path: '/topic/deleteTopic.do', access: 'write', run: deleteTopic },
  {
    method: 'POST',
    path: '/topic/deleteTopicByBroker.do',
    access: 'write',
    async run(call) {
      const topic = topicOf(call);
      const targets = chosenTargets(await call.admin.examineClusterInfo(), [], [call.values.text('brokerName')]);
      return changeAll(call, targets, (address) => call.admin.deleteTopicInBroker(address, topic));
    },
  },
];

/** Groups of all brokers of the topic. */
export async function groupsOf(call: OldCall, topic: string): Promise<string[]> {
  const route = await call.admin.examineTopicRoute(topic);
  const answers = await askAll(call, targetsOfRoute(route), (address) =>
    call.admin.topicConsumersInBroker(address, topic),
  );
  return [...new Set(answers.flatMap(({ value }) => value))].sort();
}

async function listTypes(call: OldCall): Promise<unknown> {
  const info = await call.admin.examineClusterInfo();
  const answers = await askAll(call, targetsOf(info), (address) => call.admin.allTopicConfigs(address));
  const isSystem = systemTopics(info);
  const types = new Map<string, string>();
  for (const { value } of answers) {
    for (const { topicName, attributes } of value.values()) {
      const [name, type] = typeOf(topicName, isSystem(topicName), attributes[MESSAGE_TYPE]);
      if (!types.has(name)) types.set(name, type);
    }
  }
  return { topicNameList: [...types.keys()], messageTypeList: [...types.values()] };
}

/**
 * Those of the system, and those that each broker makes for itself and its cluster. Source: TopicConfigManager,
 * GET_SYSTEM_TOPIC_LIST_FROM_NS.
 */
function systemTopics(info: ClusterInfo): (topic: string) => boolean {
  const clusters = [...info.clusterAddrTable.keys()];
  const own = new Set([...info.brokerAddrTable.keys(), ...clusters, ...clusters.map((name) => `${name}_REPLY_TOPIC`)]);
  return (topic) => isSystemTopic(topic) || own.has(topic);
}

function typeOf(topic: string, isSystem: boolean, attribute: string | undefined): [name: string, type: string] {
  if (isRetryTopic(topic)) return [topic, 'RETRY'];
  if (isDeadLetterTopic(topic)) return [topic, 'DLQ'];
  if (isSystem) return [SYSTEM_PREFIX + topic, 'SYSTEM'];
  return [topic, attribute?.trim() || 'UNSPECIFIED'];
}

/**
 * What the request leaves out stays as it is: Apache's dashboard makes a topic with 0 queues of it, or takes its order away.
 */
async function createOrUpdate(call: OldCall): Promise<unknown> {
  const { values, admin } = call;
  const topicName = values.text('topicName').trim();
  const info = await admin.examineClusterInfo();
  const targets = chosenTargets(info, values.texts('clusterNameList'), values.texts('brokerNameList'));
  const messageType = values.optional('messageType');
  return changeAll(call, targets, async (address) => {
    const before = await configOn(admin, address, topicName);
    const change: TopicChange = {
      ...createTopicConfig(topicName),
      ...before,
      writeQueueNums: values.integer('writeQueueNums', before?.writeQueueNums ?? 8),
      readQueueNums: values.integer('readQueueNums', before?.readQueueNums ?? 8),
      perm: values.integer('perm', before?.perm ?? 6),
      order: values.has('order') ? values.flag('order') : (before?.order ?? false),
      attributes: messageType === undefined ? {} : { [`+${MESSAGE_TYPE}`]: messageType },
    };
    await admin.createTopic(address, change);
  });
}

async function configOn(admin: Admin, address: string, topic: string) {
  return (await admin.examineTopicConfig(address, topic)) ?? undefined;
}

async function examineConfig(call: OldCall): Promise<unknown> {
  const { admin, values } = call;
  const topic = topicOf(call);
  const wanted = values.optional('brokerName');
  const route = await admin.examineTopicRoute(topic);
  const targets = targetsOfRoute(route).filter(({ brokerName }) => wanted === undefined || brokerName === wanted);
  const answers = await askAll(call, targets, async (address) => {
    // 4.x does not answer about one topic, but has the table of all.
    return (await admin.examineTopicConfig(address, topic)) ?? (await admin.allTopicConfigs(address)).get(topic);
  });
  return answers.flatMap(({ broker: { brokerName }, value: config }) => {
    if (config === undefined) return [];
    const { writeQueueNums, readQueueNums, perm, order, attributes } = config;
    const messageType = attributes[MESSAGE_TYPE]?.trim() || 'UNSPECIFIED';
    return {
      // Null as there: a script that changes a field and sends it all back means this broker, not its cluster.
      clusterNameList: null,
      brokerNameList: [brokerName],
      topicName: topic,
      writeQueueNums,
      readQueueNums,
      perm,
      order,
      messageType,
    };
  });
}

/** Only in the cluster that is named; the routes of others stay. Source: TopicServiceImpl#deleteTopic. */
async function deleteTopic(call: OldCall): Promise<unknown> {
  const { admin, values } = call;
  const topic = topicOf(call);
  const info = await admin.examineClusterInfo();
  const wanted = values.optional('clusterName');
  const clusters = wanted === undefined ? [...info.clusterAddrTable.keys()] : [wanted];
  const targets = chosenTargets(info, clusters, []);
  await changeAll(call, targets, (address) => admin.deleteTopicInBroker(address, topic));
  for (const cluster of clusters) {
    await admin.deleteTopicInNameServers(topic, cluster).catch((error: unknown) => {
      if (error instanceof AdminError && error.responseCode === ResponseCode.TOPIC_NOT_EXIST) return;
      throw new OldPathError(
        `deleted on the brokers, but not in the name servers: ${String((error as Error).message)}`,
      );
    });
  }
  return true;
}
