import type { Step } from '../step.ts';

const PHYSICAL_PROGRESS =
  "Apache's tool holds the progress on a broker against the end of the logical queue, so that a group that has read all seems to lag.";
const PROGRESS = { oursOnApache: PHYSICAL_PROGRESS, oursOnOurs: PHYSICAL_PROGRESS };

/** Whether a member that left soon had the queue of retries yet is a matter of the moment. */
const RETRIES = [/^%RETRY%.*\n/gm];

/** On a scene with a static topic that has moved. Apache's order of brokers in a route is that of a hash table. */
export const STATIC_TOPICS: readonly Step[] = [
  { line: 'topicRoute -t Fixed', unordered: true },
  { line: 'topicRoute -t Fixed -l', unordered: true },
  { line: 'topicStatus -t Fixed' },
  { line: 'topicClusterList -t Fixed' },
  { line: 'consumerProgress -g readers', maskAcross: RETRIES, differs: PROGRESS },
  { line: 'consumerProgress -g readers -t Fixed', maskAcross: RETRIES, differs: PROGRESS },
  { line: 'queryMsgByKey -t Fixed -k key-1', unordered: true },
  { line: 'queryCq -t Fixed -q 0 -i 0 -b {broker}' },
  { line: 'queryCq -t Fixed -q 0 -i 0 -b {second}' },
  { line: 'brokerConsumeStats -b {broker}' },
  { line: 'brokerConsumeStats -b {second}' },
  { line: 'updateStaticTopic -b broker-a -t New{tool} -qn 2' },
  { line: 'topicStatus -t New{tool}' },
  { line: 'remappingStaticTopic -b broker-b -t New{tool}' },
  { line: 'topicStatus -t New{tool}' },
  { line: 'topicRoute -t New{tool}', unordered: true },
  { line: 'deleteTopic -t New{tool} -c DefaultCluster' },
  { line: 'topicRoute -t New{tool}' },
];
