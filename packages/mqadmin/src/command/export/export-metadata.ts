import type { JsonInput, SubscriptionGroupConfig, TopicConfig } from '@rocketmq-ts/admin';
import { flagOption, valueOption } from '@rocketmq-ts/kernel';
import { hashMap, prettyJson } from '../../fastjson.ts';
import type { Command, CommandContext } from '../entry.ts';
import { writeTextFile } from '../local-file.ts';
import { clusterMasters } from '../targets.ts';
import { folderOption, pathIn } from './folder.ts';

/** Source: ExportMetadataCommand. */
export const exportMetadata: Command = {
  className: 'ExportMetadataCommand',
  options: [
    valueOption('c', 'clusterName', 'choose a cluster to export'),
    valueOption('b', 'brokerAddr', 'choose a broker to export'),
    folderOption('metadata.json'),
    flagOption('t', 'topic', 'only export topic metadata'),
    flagOption('g', 'subscriptionGroup', 'only export subscriptionGroup metadata'),
    flagOption('s', 'specialTopic', 'need retryTopic and dlqTopic'),
  ],
  examples: [
    { line: '-c DefaultCluster', does: 'Topics and groups of a cluster to /tmp/rocketmq/export/metadata.json.' },
    { line: '-b 10.0.0.1:10911 -t -f /backup', does: 'Topics of one broker to /backup/topic.json.' },
    { line: '-b 10.0.0.1:10911 -g -f /backup', does: 'Its groups to /backup/subscriptionGroup.json.' },
  ],
  async run(context) {
    const { options } = context;
    if (options.has('b')) return exportBroker(context, options.text('b').trim());
    if (options.has('c')) return exportCluster(context, options.text('c').trim());
    context.usage();
  },
};

/** The tables of one broker as it keeps them. Apache's tool writes nothing, and says nothing, with neither -t nor -g. */
async function exportBroker(context: CommandContext, address: string): Promise<void> {
  const { options, admin } = context;
  if (options.has('t')) {
    const { dataVersion, topicConfigTable } = await admin.userTopics(address, options.has('s'));
    return save(context, 'topic.json', { dataVersion, topicConfigTable: hashMap(topicConfigTable) }, '');
  }
  if (options.has('g')) {
    const { dataVersion, forbiddenTable, subscriptionGroupTable } = await admin.userGroups(address);
    const groups = { dataVersion, forbiddenTable, subscriptionGroupTable: hashMap(subscriptionGroupTable) };
    return save(context, 'subscriptionGroup.json', groups, '');
  }
  context.usage();
}

/** One table of the whole cluster, in which a topic has as many queues as all its brokers together. */
async function exportCluster(context: CommandContext, cluster: string): Promise<void> {
  const { options, admin, clock } = context;
  const topics = new Map<string, TopicConfig>();
  const groups = new Map<string, SubscriptionGroupConfig>();
  for (const address of await clusterMasters(context, cluster)) {
    for (const [name, topic] of (await admin.userTopics(address, options.has('s'))).topicConfigTable) {
      const before = topics.get(name);
      const writeQueueNums = topic.writeQueueNums + (before?.writeQueueNums ?? 0);
      topics.set(name, { ...topic, writeQueueNums, readQueueNums: topic.readQueueNums + (before?.readQueueNums ?? 0) });
    }
    for (const [name, group] of (await admin.userGroups(address)).subscriptionGroupTable) {
      const retryQueueNums = group.retryQueueNums + (groups.get(name)?.retryQueueNums ?? 0);
      groups.set(name, { ...group, retryQueueNums });
    }
  }
  const exportTime = clock.now();
  const topicConfigTable = hashMap(topics);
  const subscriptionGroupTable = hashMap(groups);
  if (options.has('t')) return save(context, 'topic.json', { topicConfigTable, exportTime }, '\n');
  if (options.has('g')) return save(context, 'subscriptionGroup.json', { subscriptionGroupTable, exportTime }, '\n');
  save(context, 'metadata.json', { topicConfigTable, subscriptionGroupTable, exportTime }, '\n');
}

function save(context: CommandContext, file: string, content: Readonly<Record<string, JsonInput>>, end: string): void {
  const path = pathIn(context, file);
  const isMap = Object.hasOwn(content, 'exportTime');
  writeTextFile(context.disk, path, prettyJson(isMap ? hashMap(Object.entries(content)) : content));
  context.out(`export ${path} success${end}`);
  context.answer({ path });
}
