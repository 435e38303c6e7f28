import { type MessageView, printMessageProperties, type SendReceipt } from '@rocketmq-ts/admin';
import type { Endpoint } from '@rocketmq-ts/kernel';

/** `MessageQueue#toString`. */
export function queueText(queue: {
  readonly topic: string;
  readonly brokerName: string;
  readonly queueId: number;
}): string {
  return `MessageQueue [topic=${queue.topic}, brokerName=${queue.brokerName}, queueId=${queue.queueId}]`;
}

/** `SendResult#toString`. */
export function sendResultText(sent: SendReceipt): string {
  const { sendStatus, msgId, offsetMsgId, queue, queueOffset, recallHandle = 'null' } = sent;
  return `SendResult [sendStatus=${sendStatus}, msgId=${msgId}, offsetMsgId=${offsetMsgId}, messageQueue=${queueText(queue)}, queueOffset=${queueOffset}, recallHandle=${recallHandle}]`;
}

/** `MessageExt#toString`, with each byte of the body as a signed number. Without a broker name and a body there is `null`. */
export function messageExtText(message: MessageView, brokerName: string | undefined, withBody: boolean): string {
  const fields = [
    `brokerName=${brokerName ?? 'null'}`,
    `queueId=${message.queueId}`,
    `storeSize=${message.storeSize}`,
    `queueOffset=${message.queueOffset}`,
    `sysFlag=${message.sysFlag}`,
    `bornTimestamp=${message.bornTimestamp}`,
    `bornHost=${socketAddressText(message.bornHost)}`,
    `storeTimestamp=${message.storeTimestamp}`,
    `storeHost=${socketAddressText(message.storeHost)}`,
    `msgId=${message.offsetMsgId}`,
    `commitLogOffset=${message.physicalOffset}`,
    `bodyCRC=${message.bodyCrc}`,
    `reconsumeTimes=${message.reconsumeTimes}`,
    `preparedTransactionOffset=${message.preparedTransactionOffset}`,
    `toString()=${messageText(message, withBody)}`,
  ];
  return `MessageExt [${fields.join(', ')}]`;
}

/** `Message#toString`. */
function messageText(message: MessageView, withBody: boolean): string {
  const body = withBody && message.body.length > 0 ? `[${signedBytes(message.body)}]` : 'null';
  // Only a half message has one. Source: PullAPIWrapper#processPullResult.
  const isHalf = message.property('TRAN_MSG')?.toLowerCase() === 'true';
  const transactionId = (isHalf ? message.uniqueKey : undefined) ?? 'null';
  const properties = printMessageProperties(message.properties);
  return `Message{topic='${message.topic}', flag=${message.flag}, properties=${properties}, body=${body}, transactionId='${transactionId}'}`;
}

function signedBytes(body: Buffer): string {
  return new Int8Array(body.buffer, body.byteOffset, body.length).join(', ');
}

/** `InetSocketAddress#toString` of an address without a name. */
function socketAddressText({ host, port }: Endpoint): string {
  return host.includes(':') ? `/[${allGroups(host)}]:${port}` : `/${host}:${port}`;
}

/** An IPv6 address with its zeros written out, as Java does it. */
function allGroups(host: string): string {
  const [before = '', after] = host.split('::');
  const left = before === '' ? [] : before.split(':');
  if (after === undefined) return left.join(':');
  const right = after === '' ? [] : after.split(':');
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].join(':');
}
