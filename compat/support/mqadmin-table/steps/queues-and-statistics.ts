import type { Step } from '../step.ts';

/** The last numbers of a row of statsAll: counters are read in steps of ten seconds. */
export const COUNTS = / +\d+ +(\d+|NO_CONSUMER)$/gm;
/** What a consumer reports of the moment, and of one run of a client. */
const MOMENTS = /(?<=last(Pull|Consume|Lock)Timestamp=)\d+|(?<=^runToken +: ).*/gm;
/** Apache's broker has topics of its own for transactions in RocksDB. */
const OF_ROCKSDB = /^RMQ_SYS_ROCKSDB_.*\n/gm;
const SENT = [/(?<=^rt=)\d+/gm, /(?<=(msgId|offsetMsgId|originalMsgId)=)[0-9A-F]+/g, /(?<=(queueId|queueOffset)=)\d+/g];
/** Set flush left: how many blanks follow is a matter of its length. */
const ROUND_TRIP = /\d+\.\d+ */g;
const RT = [/(?<=true {16,})\d+$/gm];

/** Queues read from end to end, sends that are measured, what brokers and clients count and hold. */
export const QUEUES_AND_STATISTICS: readonly Step[] = [
  { line: 'printMsg -t Orders' },
  { line: 'printMsg -t Orders -s paid -d false' },
  { line: 'printMsg -t Orders -s other' },
  { line: 'printMsg -t Orders -b 0 -c GBK' },
  { line: 'printMsg -t NoSuchTopic' },
  { line: 'printMsgByQueue -t Orders -a broker-a -i 0 -p true -d true' },
  { line: "printMsgByQueue -t Orders -a broker-a -i 1 -s 'paid || other' -p true -f true" },
  { line: 'printMsgByQueue -t Orders -a nosuchbroker -i 0' },
  { line: 'consumeMessage -t Orders' },
  { line: 'consumeMessage -t Orders -c 3' },
  { line: 'consumeMessage -t Orders -c 0', exitCode: 2 },
  { line: 'consumeMessage -t Orders -b broker-a -i 0 -o 1' },
  { line: 'consumeMessage -t Orders -b broker-a -i 0 -o 99' },
  { line: 'consumeMessage -t Orders -o 1', exitCode: 2 },
  { line: 'queryCq -t Orders -q 0 -i 0' },
  { line: 'queryCq -t Orders -q 1 -i 1 -c 1 -g billing' },
  { line: 'queryCq -t Orders -q 0 -i 0 -g nosuchgroup' },
  { line: 'queryCq -t Orders -q 9 -i 0' },
  { line: 'queryCq -t Orders -q 0 -i 99' },
  { line: 'sendMessage -t Fresh{tool} -p hello', mask: [/\d +(?=SEND_OK)/, /(?<=SEND_OK +)[0-9A-F]+/] },
  { line: 'sendMsgStatus -b broker-a -c 2', mask: SENT },
  { line: 'updateTopic -c DefaultCluster -t Rt{tool} -r 2 -w 2' },
  { line: 'checkMsgSendRT -t Rt{tool} -a 3', mask: RT },
  { line: 'checkMsgSendRT -t Rt{tool} -a 1 -s 10', mask: RT },
  { line: 'clusterRT -a 2 -i 1', mask: [ROUND_TRIP], repeats: { afterMs: 2500, lines: 2 } },
  {
    line: 'clusterRT -c DefaultCluster -a 2 -i 1 -p true -m room',
    mask: [/\d+$/gm],
    repeats: { afterMs: 2500, lines: 1 },
  },
  { line: 'brokerConsumeStats -b {broker}' },
  { line: 'brokerConsumeStats -b {broker} -l 1 -o true -t 9000' },
  { line: 'statsAll', mask: [COUNTS], maskAcross: [OF_ROCKSDB] },
  { line: 'statsAll -t Orders', mask: [COUNTS] },
  { line: 'consumerStatus -g billing -i {clientId}', mask: [MOMENTS] },
  { line: 'consumerStatus -g billing', mask: [/\d{13}(?=\/)/g] },
  { line: 'consumerStatus -g billing -i nosuchclient' },
  { line: 'consumerStatus -g nosuchgroup' },
  // When the clients' own producers are first in a heartbeat is a matter of the moment.
  { line: 'producer -b {broker}', maskAcross: [/^producer group \((?:_INNER_TRACE_|CLIENT_INNER_)PRODUCER.*\n?/gm] },
  { line: 'cloneGroupOffset -s billing -d billing -t Orders' },
  { line: 'cloneGroupOffset -s billing -d nosuchgroup -t Orders' },
  { line: 'cloneGroupOffset -s nosuchgroup -d billing -t Orders' },
  { line: 'startMonitoring', repeats: { afterMs: 1500, lines: 1 } },
  { line: 'dumpCompactionLog', exitCode: 2 },
  { line: 'dumpCompactionLog -f /nosuch/file' },
  { line: 'queryMsgByKey -t Orders -k order-1 -c DefaultCluster' },
  { line: 'queryMsgByKey -t Orders -k order-1 -c NoSuchCluster' },
  { line: 'queryMsgByKey -t NoSuchTopic -k order-1' },
  { line: 'queryMsgById -t Orders -i {msgId} -c DefaultCluster' },
  { line: 'queryMsgById -t Orders -i {offsetMsgId} -g billing -d nosuchclient' },
  { line: 'queryMsgById -t Orders -i {offsetMsgId} -s false' },
  { line: 'queryMsgById -t Orders -i {offsetMsgId} -s true', mask: SENT },
  { line: 'consumerProgress -g billing -t Orders' },
  { line: 'consumerProgress -g billing -t Orders -c DefaultCluster' },
];
