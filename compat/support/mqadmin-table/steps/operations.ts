import type { Step } from '../step.ts';

const TOPICS = (tool: string): string =>
  `[{"topicName":"Listed${tool}"},{"topicName":"ListedToo${tool}","readQueueNums":2,"writeQueueNums":2,"attributes":{"+message.type":"FIFO"}}]`;
const GROUPS = (tool: string): string => `[{"groupName":"listed${tool}","retryMaxTimes":3}]`;
const FILES = {
  'topics-One.json': TOPICS('One'),
  'topics-Two.json': TOPICS('Two'),
  'groups-One.json': GROUPS('One'),
  'groups-Two.json': GROUPS('Two'),
  'empty.json': '[]',
};
const USAGE_FOLLOWS =
  'Apache’s tool prints its usage behind a success with -c; ours prints what was done and nothing else.';
const CONTINUES = 'Apache’s tool continues with a type of table that there is not, and fails later.';
const CHECKS_FIRST = 'Ours looks for the brokers before it writes the file of the old mapping.';
const NO_POP = 'Our broker has no pop consumers yet, refuses the mode POP and says so.';
const NO_ROCKSDB = 'Our broker says that it has no queues in RocksDB, where Apache’s says that it compares them.';
const READS_BY_POSITION = 'Our broker says that the mode changes nothing, since it reads by position.';
const onOurs = (reason: string): Record<'apacheOnOurs' | 'oursOnOurs', string> => ({
  apacheOnOurs: reason,
  oursOnOurs: reason,
});

/** Changes of whole lists, static topics, exports, cold data, accounts, engines. */
export const OPERATIONS: readonly Step[] = [
  { line: 'updateTopicList -b {broker} -f {folder}/topics-{tool}.json', files: FILES },
  {
    line: 'updateTopicList -c DefaultCluster -f {folder}/topics-{tool}.json',
    differs: { oursOnApache: USAGE_FOLLOWS, oursOnOurs: USAGE_FOLLOWS },
  },
  { line: 'updateTopicList -b {broker} -f {folder}/no-such-file.json', exitCode: 2 },
  { line: 'updateTopicList -b {broker} -f {folder}/empty.json' },
  { line: 'updateSubGroupList -b {broker} -f {folder}/groups-{tool}.json' },
  {
    line: 'updateSubGroupList -c DefaultCluster -f {folder}/groups-{tool}.json',
    differs: { oursOnApache: USAGE_FOLLOWS, oursOnOurs: USAGE_FOLLOWS },
  },
  { line: 'setConsumeMode -b {broker} -t Orders -g billing -m PULL' },
  { line: 'setConsumeMode -c DefaultCluster -t Orders -g billing -m PULL -q 2' },
  { line: 'setConsumeMode -b {broker} -t NoSuchTopic -g billing -m PULL' },
  { line: 'setConsumeMode -b {broker} -t Orders -g popping{tool} -m POP', differs: onOurs(NO_POP) },
  { line: 'updateOrderConf -t Orders{tool} -m put -v broker-a:4' },
  { line: 'updateOrderConf -t Orders{tool} -m get' },
  { line: 'updateOrderConf -t Orders{tool} -m delete' },
  { line: 'updateOrderConf -t NoSuchTopic -m get' },
  { line: 'exportMetadata -b {broker} -t -f {folder}/exported{tool}' },
  { line: 'exportMetadata -b {broker} -t -s -f {folder}/exported{tool}' },
  { line: 'exportMetadata -b {broker} -g -f {folder}/exported{tool}' },
  { line: 'exportMetadata -c DefaultCluster -f {folder}/exported{tool}' },
  { line: 'exportMetadata -c DefaultCluster -t -f {folder}/exported{tool}' },
  { line: 'exportConfigs -c DefaultCluster -f {folder}/exported{tool}' },
  { line: 'exportMetrics -c DefaultCluster -f {folder}/exported{tool}' },
  { line: 'updateStaticTopic -b broker-a -t Static{tool} -qn 2' },
  { line: 'updateStaticTopic -c DefaultCluster -t Static{tool} -qn 3' },
  { line: 'updateStaticTopic -b broker-a -t Static{tool} -qn 3' },
  {
    line: 'updateStaticTopic -b nosuchbroker -t Other{tool} -qn 3',
    differs: { oursOnApache: CHECKS_FIRST, oursOnOurs: CHECKS_FIRST },
  },
  { line: 'remappingStaticTopic -b broker-a -t Static{tool}' },
  { line: 'remappingStaticTopic -b broker-a -t NoSuchTopic' },
  { line: 'exportMetadataInRocksDB -p /no-such-folder -t topics', exitCode: 2 },
  { line: 'exportPopRecord -b {broker}' },
  { line: 'exportPopRecord -c DefaultCluster' },
  { line: 'exportPopRecord -b {broker} -d false' },
  { line: 'getColdDataFlowCtrInfo -b {broker}' },
  { line: 'updateColdDataFlowCtrGroupConfig -b {broker} -g billing -v 1048576' },
  { line: 'updateColdDataFlowCtrGroupConfig -c DefaultCluster -g billing -v 1048577' },
  { line: 'getColdDataFlowCtrInfo -c DefaultCluster' },
  { line: 'removeColdDataFlowCtrGroupConfig -c DefaultCluster -g billing' },
  { line: 'setCommitLogReadAheadMode -b {broker} -m 1', differs: onOurs(READS_BY_POSITION) },
  { line: 'setCommitLogReadAheadMode -c DefaultCluster -m 0', differs: onOurs(READS_BY_POSITION) },
  { line: 'setCommitLogReadAheadMode -b {broker} -m 2', exitCode: 2 },
  { line: 'createUser -b {broker} -u alice -p secret' },
  { line: 'listUser -c DefaultCluster' },
  { line: 'updateUser -b {broker} -u alice -p other' },
  { line: 'deleteUser -b {broker} -u alice' },
  { line: 'copyUser -f {broker} -t {broker} -u alice' },
  { line: 'createAcl -b {broker} -s User:alice -r Topic:T -a Pub -d Allow' },
  { line: 'updateAcl -c DefaultCluster -s User:alice -r Topic:T -a Pub -d Allow' },
  { line: 'deleteAcl -b {broker} -s User:alice' },
  { line: 'getAcl -b {broker} -s User:alice' },
  { line: 'listAcl -b {broker}' },
  { line: 'copyAcl -f {broker} -t {broker} -s User:alice' },
  { line: 'getUser -b {broker}' },
  { line: 'listAcl -c NoSuchCluster', exitCode: 2 },
  { line: 'rocksDBConfigToJson -c DefaultCluster -t topics' },
  { line: 'rocksDBConfigToJson -c NoSuchCluster', exitCode: 2 },
  {
    line: 'rocksDBConfigToJson -c DefaultCluster -t queues',
    exitCode: 2,
    differs: { oursOnApache: CONTINUES, oursOnOurs: CONTINUES },
  },
  { line: 'checkRocksdbCqWriteProgress -c DefaultCluster -t Orders', differs: onOurs(NO_ROCKSDB) },
  { line: 'switchTimerEngine -b {broker} -e F' },
  { line: 'switchTimerEngine -c DefaultCluster -e F' },
  { line: 'switchTimerEngine -b {broker} -e R' },
  { line: 'switchTimerEngine -b {broker} -e X', exitCode: 2 },
];
