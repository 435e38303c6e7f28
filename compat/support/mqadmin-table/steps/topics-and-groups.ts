import type { Step } from '../step.ts';

const QUIET =
  'Apache’s tool prints a stack trace for an order entry that does not exist yet, and continues; ours only continues.';

/** Topics that Apache's broker makes for a store that ours has not. */
const OF_ROCKSDB = /^.*RMQ_SYS_ROCKSDB.*\n/gm;

/** Topics, groups, offsets. */
export const TOPICS_AND_GROUPS: readonly Step[] = [
  { line: 'updateTopic -c DefaultCluster -t Made{tool}' },
  { line: 'updateTopic -b {broker} -t Made{tool} -r 3 -w 2 -p 6' },
  {
    line: 'updateTopic -b {broker} -t Ordered{tool} -o true',
    exitCode: 0,
    differs: { oursOnApache: QUIET, oursOnOurs: QUIET },
  },
  { line: 'updateTopic -c DefaultCluster -t Ordered{tool} -o true -r 4 -w 4' },
  { line: 'updateTopic -b {broker} -t Fifo{tool} -a +message.type=FIFO' },
  { line: 'updateTopic -b {broker} -t Mixed{tool} -a +message.type=MIXED' },
  { line: 'updateTopic -c NoSuchCluster -t Made{tool}', exitCode: 2 },
  { line: 'updateTopicPerm -b {broker} -t Made{tool} -p 4' },
  { line: 'updateTopicPerm -b {broker} -t Made{tool} -p 4' },
  { line: 'updateTopicPerm -c DefaultCluster -t Made{tool} -p 6' },
  { line: 'updateTopicPerm -b 1.1.1.1:1 -t Made{tool} -p 6', exitCode: 2 },
  { line: 'topicRoute -t Orders' },
  { line: 'topicRoute -t Orders -l' },
  { line: 'topicRoute -t NoSuchTopic' },
  { line: 'topicStatus -t Orders' },
  { line: 'topicStatus -t NoSuchTopic' },
  { line: 'topicClusterList -t Orders' },
  { line: 'topicList', maskAcross: [OF_ROCKSDB] },
  { line: 'topicList -c', maskAcross: [OF_ROCKSDB] },
  { line: "allocateMQ -t Orders -i '10.0.0.1,10.0.0.2,10.0.0.3'" },
  { line: 'deleteTopic -c DefaultCluster -t Made{tool}' },
  { line: 'deleteTopic -c DefaultCluster -t NoSuchTopic' },
  { line: 'updateSubGroup -c DefaultCluster -g made{tool}' },
  { line: 'updateSubGroup -b {broker} -g made{tool} -s false -m true -d true -o true -q 2 -r 3 -i 1 -w 2 -a false' },
  {
    line: `updateSubGroup -b {broker} -g made{tool} -p '{"type":"CUSTOMIZED","customizedRetryPolicy":{"next":[1000,5000]}}'`,
  },
  { line: 'getConsumerConfig -g made{tool}' },
  { line: 'getConsumerConfig -g billing' },
  { line: 'deleteSubGroup -b {broker} -g made{tool}' },
  { line: 'deleteSubGroup -c DefaultCluster -g made{tool} -r true' },
  { line: 'consumerProgress -g billing' },
  { line: 'consumerProgress -g billing -s true' },
  { line: 'consumerProgress' },
  { line: 'consumerProgress -g nosuchgroup' },
  { line: 'consumerConnection -g billing' },
  { line: 'consumerConnection -g nosuchgroup' },
  { line: 'producerConnection -g sellers -t Orders' },
  { line: 'producerConnection -g nosuchgroup -t Orders' },
  { line: 'resetOffsetByTime -g billing -t Orders -s now' },
  { line: 'resetOffsetByTime -g billing -t Orders -s now -b {broker} -q 0 -o 1' },
  { line: 'resetOffsetByTime -g nosuchgroup -t Orders -s now' },
  { line: 'skipAccumulatedMessage -g billing -t Orders' },
];
