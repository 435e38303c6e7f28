import type { Step } from '../step.ts';

/** What brokerStatus shows of the moment. */
const OF_THE_MOMENT =
  /\b(runtime|\w+Tps|putMessageDistributeTime|putLatency999?|\w+EntireTimeMax|commitLogDirCapacity|\w+DiskRatio(_\S+)?|timerReadBehind|remainHowManyDataTo\w+|pageCacheLockTimeMills|dispatchBehindBytes) *: .*/g;

/** Of settings: names are compared, and values where both tools ask one server. */
export const VALUES = /(?<== {2}).*$/gm;

/** Brokers and name servers. */
export const SERVERS: readonly Step[] = [
  { line: 'clusterList' },
  { line: 'clusterList -m' },
  { line: 'clusterList -c NoSuchCluster' },
  { line: 'clusterList -i 1', repeats: { afterMs: 3000, lines: 2 } },
  { line: 'brokerStatus -b {broker}', mask: [OF_THE_MOMENT] },
  { line: 'brokerStatus -c DefaultCluster', mask: [OF_THE_MOMENT] },
  { line: 'getBrokerConfig -b {broker}', unordered: true, maskAcross: [VALUES] },
  { line: 'updateBrokerConfig -b {broker} -k fileReservedTime -v 70' },
  { line: 'updateBrokerConfig -c DefaultCluster -k fileReservedTime -v 71' },
  { line: 'updateBrokerConfig -c DefaultCluster -a true -k fileReservedTime -v 72' },
  { line: 'updateBrokerConfig -b {broker} -k brokerConfigPath -v x' },
  { line: 'getNamesrvConfig', unordered: true, maskAcross: [VALUES] },
  { line: 'updateNamesrvConfig -k scanNotActiveBrokerInterval -v 5000' },
  { line: 'updateKvConfig -s NS -k key{tool} -v value' },
  { line: 'deleteKvConfig -s NS -k key{tool}' },
  { line: 'wipeWritePerm -b broker-a' },
  { line: 'addWritePerm -b broker-a' },
  { line: 'wipeWritePerm -b nosuchbroker' },
  { line: 'cleanExpiredCQ -b {broker}' },
  { line: 'cleanExpiredCQ' },
  { line: 'deleteExpiredCommitLog -c DefaultCluster' },
  { line: 'cleanUnusedTopic -b {broker}' },
  { line: 'cleanUnusedTopic -c NoSuchCluster', exitCode: 2 },
  { line: 'haStatus -b {broker}' },
  { line: 'haStatus -c DefaultCluster' },
  { line: 'resetMasterFlushOffset -b {broker} -o 0' },
];
