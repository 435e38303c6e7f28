import type { Step } from '../step.ts';
import { COUNTS } from './queues-and-statistics.ts';

const PHYSICAL_PROGRESS =
  "Apache's tool holds the progress on a broker against the end of the logical queue, so that a group that has read all seems to lag.";
const PROGRESS = { oursOnApache: PHYSICAL_PROGRESS, oursOnOurs: PHYSICAL_PROGRESS };

/** Whether a member that left soon had the queue of retries yet is a matter of the moment. */
const RETRIES = [/^%RETRY%.*\n/gm];

const PHYSICAL_BROKER =
  'Apache’s tool looks for the name of a broker in a table of logical queues, finds none and fails before it asks; ours asks that broker, which answers for the queues that it leads.';

const LIGHT_TOPICS =
  'Apache’s tool looks for the broker of each queue as if the topic were a light one, and fails on every queue of a static topic; ours prints the messages.';
const UNREADABLE =
  'Apache’s tool can not read the table of topics of a broker that has a static topic: the numbers of its queues have no quotes; ours exports it.';
const FIRST_BROKER =
  'Apache’s tool asks the first broker of a route who consumes the topic, and a broker that the group has left knows it no more; which one is the first is a matter of the name server. Ours asks all.';
const SAID_FIRST =
  'The broker refuses a logical offset, since a reset is for a queue of its own. Apache’s tool says that it has reset before it asks; ours after it.';
const CONSUMERS = { apacheOnOurs: FIRST_BROKER, oursOnOurs: FIRST_BROKER };

/** On a scene with a static topic that has moved. Apache's order of brokers in a route is that of a hash table. */
export const STATIC_TOPICS: readonly Step[] = [
  { line: 'topicRoute -t Fixed', unordered: true },
  { line: 'topicRoute -t Fixed -l', unordered: true },
  { line: 'topicStatus -t Fixed' },
  { line: 'topicClusterList -t Fixed' },
  { line: 'consumerProgress -g readers', maskAcross: RETRIES, differs: PROGRESS },
  { line: 'consumerProgress -g readers -t Fixed', maskAcross: RETRIES, differs: PROGRESS },
  { line: 'queryMsgByKey -t Fixed -k key-1', unordered: true },
  { line: 'queryMsgByOffset -t Fixed -b __syslo__global__ -i 0 -o 0', differs: CONSUMERS },
  { line: 'queryMsgByOffset -t Fixed -b __syslo__global__ -i 1 -o 10000', differs: CONSUMERS },
  { line: 'queryMsgByOffset -t Fixed -b broker-a -i 0 -o 0', differs: { oursOnOurs: PHYSICAL_BROKER } },
  {
    line: 'queryMsgByOffset -t Fixed -b broker-b -i 0 -o 0',
    exitCode: 0,
    differs: { oursOnApache: PHYSICAL_BROKER, oursOnOurs: PHYSICAL_BROKER },
  },
  { line: 'printMsg -t Fixed', exitCode: 0, differs: { oursOnApache: LIGHT_TOPICS, oursOnOurs: LIGHT_TOPICS } },
  {
    line: 'statsAll -t Fixed',
    mask: [COUNTS],
    differs: { oursOnApache: PHYSICAL_PROGRESS, ...CONSUMERS },
  },
  {
    line: 'exportMetadata -b {second} -t -f {folder}/exported{tool}',
    exitCode: 0,
    differs: { oursOnApache: UNREADABLE, oursOnOurs: UNREADABLE },
  },
  {
    line: 'exportMetadata -c DefaultCluster -f {folder}/exported{tool}',
    exitCode: 0,
    differs: { oursOnApache: UNREADABLE, oursOnOurs: UNREADABLE },
  },
  { line: 'queryCq -t Fixed -q 0 -i 0 -b {broker}' },
  { line: 'queryCq -t Fixed -q 0 -i 0 -b {second}' },
  { line: 'brokerConsumeStats -b {broker}' },
  { line: 'brokerConsumeStats -b {second}' },
  { line: 'consumeMessage -t Fixed -c 4' },
  { line: 'resetOffsetByTime -g readers -t Fixed -s now', unordered: true },
  { line: 'resetOffsetByTime -g readers -t Fixed -s now -b {broker} -q 0' },
  {
    line: 'resetOffsetByTime -g readers -t Fixed -s now -b {second} -q 0',
    differs: { oursOnApache: SAID_FIRST, oursOnOurs: SAID_FIRST },
  },
  { line: 'sendMessage -t Fixed -p hello', mask: [/\d +(?=SEND_OK)/, /(?<=SEND_OK +)[0-9A-F]+/] },
  { line: 'updateStaticTopic -b broker-a -t New{tool} -qn 2' },
  { line: 'topicStatus -t New{tool}' },
  { line: 'remappingStaticTopic -b broker-b -t New{tool}' },
  { line: 'topicStatus -t New{tool}' },
  { line: 'topicRoute -t New{tool}', unordered: true },
  { line: 'deleteTopic -t New{tool} -c DefaultCluster' },
  { line: 'topicRoute -t New{tool}' },
];
