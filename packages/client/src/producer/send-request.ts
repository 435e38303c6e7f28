import {
  compressBody,
  compressionFlags,
  encodeBatch as encodeBatchBody,
  formatMessageProperties,
  isRetryTopic,
  MessageProperty,
  type MessageQueue,
  ResponseCode,
  SEND_BATCH_MESSAGE,
  SEND_MESSAGE_V2,
} from '@rocketmq-ts/protocol';
import { BrokerError, ClientError } from '../errors.ts';
import type { ClientInstance } from '../instance/client-instance.ts';
import { type OutgoingMessage, requireBatchable } from '../message/outgoing.ts';
import type { SendSettings } from './producer-options.ts';
import { type SendResult, type SendStatus, sendResult } from './send-result.ts';

const statusOf = new Map<number, SendStatus>([
  [ResponseCode.SUCCESS, 'SEND_OK'],
  [ResponseCode.FLUSH_DISK_TIMEOUT, 'FLUSH_DISK_TIMEOUT'],
  [ResponseCode.FLUSH_SLAVE_TIMEOUT, 'FLUSH_SLAVE_TIMEOUT'],
  [ResponseCode.SLAVE_NOT_AVAILABLE, 'SLAVE_NOT_AVAILABLE'],
]);

/** One message or batch, encoded once for all attempts. */
export interface SendRequest {
  readonly topic: string;
  readonly body: Uint8Array;
  readonly properties: string;
  readonly sysFlag: number;
  readonly flag: number;
  readonly batch: boolean;
  /** Unique keys, joined by commas. */
  readonly msgId: string;
  readonly reconsumeTimes: number;
  readonly maxReconsumeTimes: number | undefined;
}

/** Encodes a single message: unique key, compression, properties. Source: DefaultMQProducerImpl#sendKernelImpl. */
export function encodeSingle(message: OutgoingMessage, uniqueKey: string, settings: SendSettings): SendRequest {
  const properties = message.properties;
  properties[MessageProperty.UNIQ_CLIENT_MESSAGE_ID] ??= uniqueKey;
  const compress = message.body.length >= settings.compressOverBytes;
  const retry = isRetryTopic(message.topic);
  const maximum = properties[MessageProperty.MAX_RECONSUME_TIMES];
  return {
    topic: message.topic,
    body: compress ? compressBody(settings.compressType, message.body, settings.compressLevel) : message.body,
    properties: formatMessageProperties(Object.entries(properties)),
    sysFlag: compress ? compressionFlags(settings.compressType) : 0,
    flag: message.flag,
    batch: false,
    msgId: properties[MessageProperty.UNIQ_CLIENT_MESSAGE_ID]!,
    reconsumeTimes: retry ? Number(properties[MessageProperty.RECONSUME_TIME] ?? 0) : 0,
    maxReconsumeTimes: retry && maximum !== undefined ? Number(maximum) : undefined,
  };
}

/** Encodes a batch, which is never compressed. Throws ClientError `MESSAGE_ILLEGAL`. Source: MessageBatch, MessageDecoder#encodeMessages. */
export function encodeBatch(
  parts: readonly OutgoingMessage[],
  nextUniqueKey: () => string,
  settings: SendSettings,
): SendRequest {
  requireBatchable(parts);
  const first = parts[0]!;
  for (const part of parts) part.properties[MessageProperty.UNIQ_CLIENT_MESSAGE_ID] ??= nextUniqueKey();
  const body = encodeBatchBody(
    parts.map((part) => ({ ...part, propertiesText: formatMessageProperties(Object.entries(part.properties)) })),
  );
  if (body.length > settings.maxMessageBytes) {
    throw new ClientError(
      'MESSAGE_ILLEGAL',
      `The batch to topic ${first.topic} has ${body.length} bytes, more than maxMessageBytes ${settings.maxMessageBytes}.`,
      { facts: { topic: first.topic, responseCode: ResponseCode.MESSAGE_ILLEGAL } },
    );
  }
  const wait = MessageProperty.WAIT_STORE_MSG_OK;
  return {
    topic: first.topic,
    body,
    properties: formatMessageProperties([
      [wait, first.properties[wait]!],
      [MessageProperty.UNIQ_CLIENT_MESSAGE_ID, nextUniqueKey()],
    ]),
    sysFlag: 0,
    flag: 0,
    batch: true,
    msgId: parts.map((part) => part.properties[MessageProperty.UNIQ_CLIENT_MESSAGE_ID]!).join(','),
    reconsumeTimes: 0,
    maxReconsumeTimes: undefined,
  };
}

/** Sends to one queue, once. Rejects with BrokerError, RemotingError or ClientError `BROKER_UNKNOWN`. */
export async function sendOnce(
  instance: ClientInstance,
  request: SendRequest,
  queue: MessageQueue,
  options: { readonly group: string; readonly settings: SendSettings; readonly timeoutMs: number },
): Promise<SendResult> {
  const address = await masterOf(instance, queue);
  const command = request.batch ? SEND_BATCH_MESSAGE : SEND_MESSAGE_V2;
  const response = await instance.remoting.request(
    instance.administrationAddress(address),
    command,
    headerOf(instance, request, queue, options),
    { timeoutMs: options.timeoutMs, body: request.body },
  );
  const sendStatus = statusOf.get(response.code);
  if (sendStatus === undefined) throw new BrokerError(`The message to topic ${request.topic}`, address, response);
  const { header } = response;
  return sendResult({
    sendStatus,
    msgId: header.batchUniqId ?? request.msgId,
    offsetMsgId: header.msgId,
    messageQueue: { topic: queue.topic, brokerName: queue.brokerName, queueId: header.queueId },
    queueOffset: header.queueOffset,
    transactionId: header.transactionId,
    recallHandle: header.recallHandle,
    regionId: header.regionId ?? 'DefaultRegion',
    traceOn: header.traceOn ?? true,
  });
}

/** Sends to one queue without waiting for an answer. Rejects with RemotingError or ClientError `BROKER_UNKNOWN`. */
export async function notifyOnce(
  instance: ClientInstance,
  request: SendRequest,
  queue: MessageQueue,
  options: { readonly group: string; readonly settings: SendSettings },
): Promise<void> {
  const address = await masterOf(instance, queue);
  await instance.remoting.notify(
    instance.administrationAddress(address),
    request.batch ? SEND_BATCH_MESSAGE : SEND_MESSAGE_V2,
    headerOf(instance, request, queue, options),
    { body: request.body },
  );
}

function headerOf(
  instance: ClientInstance,
  request: SendRequest,
  queue: MessageQueue,
  options: { readonly group: string; readonly settings: SendSettings },
) {
  return {
    producerGroup: options.group,
    topic: request.topic,
    defaultTopic: options.settings.createTopicKey,
    defaultTopicQueueNums: options.settings.defaultTopicQueueNums,
    queueId: queue.queueId,
    sysFlag: request.sysFlag,
    bornTimestamp: instance.clock.now(),
    flag: request.flag,
    properties: request.properties,
    reconsumeTimes: request.reconsumeTimes,
    unitMode: false,
    maxReconsumeTimes: request.maxReconsumeTimes,
    batch: request.batch,
    brokerName: queue.brokerName,
  };
}

async function masterOf(instance: ClientInstance, queue: MessageQueue): Promise<string> {
  const known = instance.routes.masterAddress(queue.brokerName);
  if (known !== undefined) return known;
  await instance.routes.refresh(queue.topic);
  const found = instance.routes.masterAddress(queue.brokerName);
  if (found !== undefined) return found;
  throw new ClientError(
    'BROKER_UNKNOWN',
    `No master of broker ${queue.brokerName} is known for topic ${queue.topic}.`,
    {
      facts: { ...queue },
    },
  );
}
