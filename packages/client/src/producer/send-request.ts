import {
  compressBody,
  compressionFlags,
  DEFAULT_TRACE_REGION_ID,
  encodeBatch as encodeBatchBody,
  formatMessageProperties,
  MessageProperty,
  type MessageQueue,
  SEND_BATCH_MESSAGE,
  SEND_MESSAGE_V2,
  SEND_REPLY_MESSAGE_V2,
  sendStatusByCode,
  withNamespace,
  withoutNamespace,
} from '@rocketmq-ts/protocol';
import { BrokerError, ClientError } from '../errors.ts';
import type { ClientInstance } from '../instance/client-instance.ts';
import { type OutgoingMessage, requireBatchFits } from '../message/outgoing.ts';
import { withProperty } from '../message/property-text.ts';
import type { SendSettings } from './producer-options.ts';
import { type SendResult, sendResult } from './send-result.ts';

/** One message or batch, encoded once for all attempts. */
export interface SendRequest {
  readonly topic: string;
  readonly body: Uint8Array;
  readonly properties: string;
  readonly sysFlag: number;
  readonly flag: number;
  readonly batch: boolean;
  readonly isReply: boolean;
  /** Unique keys, joined by commas. */
  readonly msgId: string;
  readonly reconsumeTimes: number;
  readonly maxReconsumeTimes: number | undefined;
}

/** Is called for each attempt that a broker answered as stored; `beganMs` is its begin on the monotonic clock. Never throws. */
export interface SendHook {
  answered(request: SendRequest, queue: MessageQueue, address: string, result: SendResult, beganMs: number): void;
}

/**
 * Encodes a single message: unique key, compression, properties. A body that compression does not make smaller travels as it
 * is. Source: DefaultMQProducerImpl#sendKernelImpl, which sends what is larger.
 */
export function encodeSingle(
  message: OutgoingMessage,
  nextUniqueKey: () => string,
  settings: SendSettings,
): SendRequest {
  const uniqueKey = message.uniqueKey ?? nextUniqueKey();
  const body = bytesOf(message.body);
  const compressed =
    body.length >= settings.compressOverBytes
      ? compressBody(settings.compressType, body, settings.compressLevel)
      : undefined;
  const shrank = compressed !== undefined && compressed.length < body.length;
  return {
    topic: message.topic,
    body: shrank ? compressed : body,
    properties: withUniqueKey(message, uniqueKey),
    sysFlag: message.sysFlag | (shrank ? compressionFlags(settings.compressType) : 0),
    flag: message.flag,
    batch: false,
    isReply: message.isReply,
    msgId: uniqueKey,
    reconsumeTimes: message.reconsumeTimes,
    maxReconsumeTimes: message.maxReconsumeTimes,
  };
}

/** Encodes a batch that was checked, which is never compressed. Source: MessageBatch, MessageDecoder#encodeMessages. */
export function encodeBatch(
  parts: readonly OutgoingMessage[],
  nextUniqueKey: () => string,
  settings: SendSettings,
): SendRequest {
  const first = parts[0]!;
  const keys = parts.map((part) => part.uniqueKey ?? nextUniqueKey());
  const body = encodeBatchBody(
    parts.map((part, index) => ({
      flag: part.flag,
      body: bytesOf(part.body),
      propertiesText: withUniqueKey(part, keys[index]!),
    })),
  );
  requireBatchFits(first.topic, body.length, settings.maxMessageBytes);
  // A queue that keeps the batch as one record filters it by the tag of the whole.
  const tags = parts.every((part) => part.tags === first.tags) ? first.tags : undefined;
  return {
    topic: first.topic,
    body,
    properties: formatMessageProperties([
      ...(tags === undefined ? [] : ([[MessageProperty.TAGS, tags]] as const)),
      [MessageProperty.WAIT_STORE_MSG_OK, String(first.waitStoreOk)],
      [MessageProperty.UNIQ_CLIENT_MESSAGE_ID, nextUniqueKey()],
    ]),
    sysFlag: 0,
    flag: 0,
    batch: true,
    isReply: false,
    msgId: keys.join(','),
    reconsumeTimes: 0,
    maxReconsumeTimes: undefined,
  };
}

/**
 * The request as brokers know its topic. Replies are for a topic of the broker, which is in no namespace. (Apache's client puts that
 * topic into the namespace too, so that brokers make one more.) Source: DefaultMQProducerImpl#sendKernelImpl.
 */
export function inNamespace(request: SendRequest, namespace: string | undefined): SendRequest {
  if (namespace === undefined || request.isReply) return request;
  const topic = withNamespace(request.topic, namespace);
  const properties = withProperty(request.properties, MessageProperty.INSTANCE_ID, namespace);
  return { ...request, topic, properties };
}

function bytesOf(body: string | Uint8Array): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body) : body;
}

function withUniqueKey(message: OutgoingMessage, uniqueKey: string): string {
  if (message.uniqueKey !== undefined) return message.propertyText;
  return withProperty(message.propertyText, MessageProperty.UNIQ_CLIENT_MESSAGE_ID, uniqueKey);
}

/** Sends to one queue, once. Rejects with BrokerError, RemotingError or ClientError `BROKER_UNKNOWN`. */
export async function sendOnce(
  instance: ClientInstance,
  request: SendRequest,
  queue: MessageQueue,
  options: {
    readonly group: string;
    readonly settings: SendSettings;
    readonly timeoutMs: number;
    readonly trace: SendHook | undefined;
  },
): Promise<SendResult> {
  const { trace } = options;
  const beganMs = trace === undefined ? 0 : instance.clock.monotonicMs();
  const address = instance.routes.masterOf(queue) ?? (await fetchMaster(instance, queue));
  const command = commandOf(request);
  const response = await instance.remoting.request(
    instance.administrationAddress(address),
    command,
    headerOf(instance, request, queue, options),
    { timeoutMs: options.timeoutMs, body: request.body },
  );
  const sendStatus = sendStatusByCode.get(response.code);
  if (sendStatus === undefined) {
    throw new BrokerError(`${command.name} of a message to topic ${request.topic}`, address, response, queue);
  }
  const { header } = response;
  const result = sendResult({
    sendStatus,
    msgId: header.batchUniqId ?? request.msgId,
    offsetMsgId: header.msgId,
    messageQueue: {
      topic: withoutNamespace(queue.topic, options.settings.namespace),
      brokerName: queue.brokerName,
      queueId: header.queueId,
    },
    queueOffset: header.queueOffset,
    transactionId: header.transactionId,
    recallHandle: header.recallHandle,
    regionId: header.regionId ?? DEFAULT_TRACE_REGION_ID,
    traceOn: header.traceOn ?? true,
  });
  trace?.answered(request, queue, address, result, beganMs);
  return result;
}

/**
 * Sends to one queue without waiting for an answer. `onSent` runs when the bytes have left the connection, or are given up
 * with it; never after a rejection. Rejects with RemotingError or ClientError `BROKER_UNKNOWN`.
 */
export async function notifyOnce(
  instance: ClientInstance,
  request: SendRequest,
  queue: MessageQueue,
  options: { readonly group: string; readonly settings: SendSettings; readonly onSent: () => void },
): Promise<void> {
  const address = instance.routes.masterOf(queue) ?? (await fetchMaster(instance, queue));
  await instance.remoting.notify(
    instance.administrationAddress(address),
    commandOf(request),
    headerOf(instance, request, queue, options),
    { body: request.body, onSent: options.onSent },
  );
}

/** Source: MQClientAPIImpl#sendMessage. */
function commandOf({ batch, isReply }: SendRequest): typeof SEND_MESSAGE_V2 {
  return batch ? SEND_BATCH_MESSAGE : isReply ? SEND_REPLY_MESSAGE_V2 : SEND_MESSAGE_V2;
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
    unitMode: options.settings.unitMode,
    maxReconsumeTimes: request.maxReconsumeTimes,
    batch: request.batch,
    // Proxies pass it on by this name; queues of static topics name no broker.
    brokerName: instance.routes.brokerOf(queue),
  };
}

async function fetchMaster(instance: ClientInstance, queue: MessageQueue): Promise<string> {
  await instance.routes.refresh(queue.topic);
  const found = instance.routes.masterOf(queue);
  if (found !== undefined) return found;
  const text = `No master of broker ${queue.brokerName} is known for topic ${queue.topic}.`;
  throw new ClientError('BROKER_UNKNOWN', text, { facts: { ...queue } });
}
