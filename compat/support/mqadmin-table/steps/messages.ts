import type { Step } from '../step.ts';

/** Single messages. */
export const MESSAGES: readonly Step[] = [
  // Known to the name server when it is sent to, below.
  { line: 'updateTopic -c DefaultCluster -t Sent{tool}' },
  { line: 'queryMsgById -t Orders -i {offsetMsgId}' },
  { line: 'queryMsgById -t Orders -i {offsetMsgId} -f UTF-8' },
  { line: 'queryMsgById -t Orders -i {msgId}' },
  { line: 'queryMsgById -t Orders -i nonsense' },
  { line: 'queryMsgById -t Orders -i {offsetMsgId} -g billing -d {clientId}', mask: [/spentTimeMills=\d+/] },
  { line: 'queryMsgByOffset -t Orders -b broker-a -i {queueId} -o {queueOffset}' },
  { line: 'queryMsgByOffset -t Orders -b broker-a -i 0 -o 9999' },
  { line: 'queryMsgByKey -t Orders -k order-1' },
  { line: 'queryMsgByKey -t Orders -k paid -p T' },
  { line: 'queryMsgByKey -t Orders -k order-1 -p X', exitCode: 2 },
  { line: 'queryMsgByUniqueKey -t Orders -i {msgId}' },
  { line: 'queryMsgByUniqueKey -t Orders -i {msgId} -a' },
  { line: 'queryMsgByUniqueKey -t Orders -i {msgId} -g billing -d {clientId}', mask: [/spentTimeMills=\d+/] },
  { line: 'queryMsgTraceById -i {msgId}' },
  { line: 'sendMessage -t Sent{tool} -p hello -k k1 -c TagC', mask: [/\d +(?=SEND_OK)/, /(?<=SEND_OK +)[0-9A-F]+/] },
  { line: 'sendMessage -t Orders -p hello -i 1', exitCode: 2 },
];
