/** Command lines that need no server. */
export const COMMAND_LINES: readonly (readonly string[])[] = [
  ...[
    ...['printMsg', 'printMsgByQueue', 'consumeMessage', 'queryCq', 'sendMsgStatus', 'checkMsgSendRT', 'clusterRT'],
    ...['queryMsgByKey', 'queryMsgByUniqueKey', 'queryMsgTraceById', 'dumpCompactionLog', 'brokerConsumeStats'],
    ...['statsAll', 'producer', 'cloneGroupOffset', 'consumerStatus', 'startMonitoring'],
    // Not registered.
    ...['consumer', 'getConsumerStatus', 'resetOffsetByTimeOld', 'DecodeMessageId'],
  ].map((name) => ['help', name]),
  ...[
    ...['printMsg', 'printMsgByQueue', 'consumeMessage', 'queryCq', 'sendMsgStatus', 'checkMsgSendRT'],
    ...['queryMsgByKey', 'queryMsgByUniqueKey', 'queryMsgTraceById', 'brokerConsumeStats', 'producer'],
    ...['cloneGroupOffset', 'consumerStatus'],
  ].map((name) => [name]),
];

/** What a run of commands is made of. */
interface Names {
  readonly broker: string;
  readonly clientId: string;
  /** Unique key and offset message id of the first message of TopicOne. */
  readonly msgId: string;
  readonly offsetMsgId: string;
}

interface Run {
  readonly argv: readonly string[];
  /** Of the file; made of the words where they hold nothing that differs from run to run. */
  readonly name?: string;
}

/** Commands on a cluster where TopicOne has six messages that GroupLive has consumed, and one more of ProducerLive. */
export function clusterRuns({ broker, clientId, msgId, offsetMsgId }: Names): Run[] {
  const run = (line: string, name?: string): Run => ({
    argv: line.split(' '),
    ...(name === undefined ? {} : { name }),
  });
  const future = String(Date.now() + 3_600_000_000);
  return [
    run('consumerStatus -g GroupLive'),
    run(`consumerStatus -g GroupLive -i ${clientId}`, 'consumerStatus-g-GroupLive-i-CLIENT'),
    run('consumerStatus -g GroupLive -i nosuch'),
    run(`consumerStatus -g GroupLive -b ${broker} -s`, 'consumerStatus-g-GroupLive-b-ADDR-s'),
    run('consumerStatus -g NoSuchGroup'),
    run(`queryMsgById -t TopicOne -i ${offsetMsgId} -g GroupLive -d ${clientId}`, 'queryMsgById-i-OFFSETID-g-d'),
    run(`queryMsgById -t TopicOne -i ${offsetMsgId} -g GroupLive -d nosuch`, 'queryMsgById-i-OFFSETID-g-d-nosuch'),
    run(`queryMsgByUniqueKey -t TopicOne -i ${msgId} -g GroupLive -d ${clientId}`, 'queryMsgByUniqueKey-i-UNIQUE-g-d'),
    run('printMsg -t TopicOne'),
    run('printMsg -t TopicOne -s TagA -d false'),
    run('printMsg -t TopicOne -s TagC'),
    run('printMsg -t TopicOne -b 0 -c ISO-8859-1'),
    run('printMsg -t NoSuchTopic'),
    run('printMsgByQueue -t TopicOne -a broker-a -i 0 -p true -d true'),
    run('printMsgByQueue -t TopicOne -a broker-a -i 1 -p true -f true'),
    run('printMsgByQueue -t TopicOne -a broker-a -i 0'),
    run('printMsgByQueue -t TopicOne -a nosuch -i 0 -p true'),
    run('consumeMessage -t TopicOne'),
    run('consumeMessage -t TopicOne -c 2'),
    run('consumeMessage -t TopicOne -c 0'),
    run('consumeMessage -t TopicOne -i 0'),
    run('consumeMessage -t TopicOne -o 0'),
    run('consumeMessage -t TopicOne -b broker-a -i 0'),
    run('consumeMessage -t TopicOne -b broker-a -i 1 -o 99'),
    run(`consumeMessage -t TopicOne -s ${future}`, 'consumeMessage-future-begin'),
    run(`consumeMessage -t TopicOne -e ${future}`, 'consumeMessage-future-end'),
    run('consumeMessage -t TopicOne -s 5 -e 4'),
    run('queryCq -t TopicOne -q 0 -i 0'),
    run('queryCq -t TopicOne -q 0 -i 1 -c 1 -g GroupLive'),
    run('queryCq -t TopicOne -q 1 -i 0 -g NoSuchGroup'),
    run('queryCq -t TopicOne -q 0 -i 99'),
    run('queryCq -t TopicOne -q 9 -i 0'),
    run(`producer -b ${broker}`, 'producer-b-ADDR'),
    run(`brokerConsumeStats -b ${broker}`, 'brokerConsumeStats-b-ADDR'),
    run(`brokerConsumeStats -b ${broker} -l 1 -o true -t 9000`, 'brokerConsumeStats-b-ADDR-l-1-o-true'),
    run('statsAll'),
    run('statsAll -t TopicOne'),
    run('statsAll -a'),
    run(`queryMsgById -t TopicOne -i ${offsetMsgId} -f UTF-8`, 'queryMsgById-i-OFFSETID-f-UTF-8'),
    run(`queryMsgById -t TopicOne -i ${msgId} -c DefaultCluster`, 'queryMsgById-i-UNIQUE-c-DefaultCluster'),
    run(`queryMsgById -t TopicOne -i ${offsetMsgId} -s true`, 'queryMsgById-i-OFFSETID-s-true'),
    run(`queryMsgById -t TopicOne -i ${offsetMsgId} -s true -u unit`, 'queryMsgById-i-OFFSETID-s-true-u-unit'),
    run(`queryMsgById -t TopicOne -i ${offsetMsgId} -s false`, 'queryMsgById-i-OFFSETID-s-false'),
    run('queryMsgByKey -t TopicOne -k key0 -c DefaultCluster'),
    run('queryMsgByKey -t TopicOne -k key0 -c NoSuchCluster'),
    run('queryMsgByKey -t TopicOne -k TagA -p T'),
    run('queryMsgByKey -t TopicOne -k key1 -l somewhere'),
    run('queryMsgByKey -t NoSuchTopic -k key1'),
    run(`queryMsgByUniqueKey -t TopicOne -i ${msgId} -a`, 'queryMsgByUniqueKey-i-UNIQUE-a'),
    run(`queryMsgByUniqueKey -t TopicOne -i ${msgId} -c NoSuchCluster`, 'queryMsgByUniqueKey-i-UNIQUE-c-NoSuch'),
    run('queryMsgByOffset -t TopicOne -b broker-a -i 0 -o 0 -f GBK'),
    run('consumerProgress -g GroupLive -t TopicOne'),
    run('consumerProgress -g GroupLive -t TopicOne -c DefaultCluster'),
    run('consumerProgress -g GroupLive -c DefaultCluster'),
    run('topicStatus -t TopicOne'),
    run('sendMsgStatus -b broker-a -c 2 -s 20'),
    run('checkMsgSendRT -t TopicOne -a 3 -s 10'),
    run('checkMsgSendRT -t TopicOne -a 1'),
    run('cloneGroupOffset -s GroupLive -d GroupLive -t TopicOne'),
    run('cloneGroupOffset -s GroupLive -d NoSuchGroup -t TopicOne -o true'),
    run('cloneGroupOffset -s NoSuchGroup -d GroupLive -t TopicOne'),
    // Joins the group with another subscription.
    run('consumeMessage -t TopicOne -b broker-a -i 0 -o 1 -c 1 -g GroupLive'),
  ];
}
