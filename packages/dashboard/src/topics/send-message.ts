import {
  AdminError,
  DEFAULT_TRACE_REGION_ID,
  encodeTraceRecord,
  isReservedProperty,
  MessageProperty,
  Perm,
  type SendReceipt,
  SystemTopic,
  type TopicRoute,
  type TraceRecord,
} from '@rocketmq-ts/admin';
import { type Clock, javaHashCode } from '@rocketmq-ts/kernel';
import type { SendAnswer, SendForm } from '../api/index.ts';
import { ConsoleError } from '../errors.ts';
import { reasonOf } from '../http/failure.ts';
import { masterOf, targetsOfRoute } from '../targets/broker-target.ts';
import { type Looked, placeOf } from '../targets/topic-place.ts';

/** Group of the messages that operators send, in their traces. */
const PRODUCER_GROUP = 'CONSOLE_PRODUCER';

/** Sends one message, and with `trace` the record that a producer would report. Throws BAD_REQUEST, NOT_FOUND. */
export async function sendMessage(looked: Looked, topic: string, form: SendForm, clock: Clock): Promise<SendAnswer> {
  const { admin } = looked;
  const properties = propertiesOf(form);
  const { route } = await placeOf(looked, topic);
  const beganMs = clock.monotonicMs();
  const { shardingKey } = form;
  const queue = route === undefined || shardingKey === undefined ? undefined : queueByKey(route, shardingKey);
  const body = Buffer.from(form.body);
  const receipt = await admin.sendMessage({ topic, body, properties, ...queue });
  const costMs = Math.round(clock.monotonicMs() - beganMs);
  return {
    sendStatus: receipt.sendStatus,
    msgId: receipt.msgId,
    offsetMsgId: receipt.offsetMsgId,
    brokerName: receipt.queue.brokerName,
    queueId: receipt.queue.queueId,
    queueOffset: receipt.queueOffset,
    transactionId: undefined,
    recallHandle: receipt.recallHandle,
    costMs,
    trace:
      form.trace === true ? { problem: await trace(looked, topic, form, receipt, costMs, route, clock) } : undefined,
  };
}

function propertiesOf({ properties = {}, delayLevel, delayMs, shardingKey, tag, keys }: SendForm): Map<string, string> {
  const all = new Map(Object.entries(properties));
  for (const [name, value] of all) {
    if (name === '') throw new ConsoleError('BAD_REQUEST', 'a property has no name');
    if (isReservedProperty(name)) throw new ConsoleError('BAD_REQUEST', `the property ${name} is RocketMQ's own`);
    if (value === '') throw new ConsoleError('BAD_REQUEST', `the property ${name} has no value`);
  }
  for (const text of [...all.keys(), ...all.values(), tag ?? '', keys ?? '', shardingKey ?? ''])
    if (text.includes('\u0001') || text.includes('\u0002'))
      throw new ConsoleError('BAD_REQUEST', 'U+0001 and U+0002 separate properties and cannot be in one');
  if (delayLevel !== undefined && delayMs !== undefined)
    throw new ConsoleError('BAD_REQUEST', 'delayLevel and delayMs exclude each other');
  if (keys !== undefined) all.set(MessageProperty.KEYS, keys);
  if (tag !== undefined) all.set(MessageProperty.TAGS, tag);
  if (delayLevel !== undefined) all.set(MessageProperty.DELAY_TIME_LEVEL, String(delayLevel));
  if (delayMs !== undefined) all.set(MessageProperty.TIMER_DELAY_MS, String(delayMs));
  if (shardingKey !== undefined) all.set(MessageProperty.SHARDING_KEY, shardingKey);
  return all;
}

/** The queue of a key, as clients choose it. Source: SelectMessageQueueByHash. */
function queueByKey(
  route: TopicRoute,
  key: string,
): { readonly brokerName: string; readonly queueId: number } | undefined {
  const queues = route.queueDatas
    .filter(({ perm }) => Perm.isWriteable(perm))
    .sort((a, b) => (a.brokerName < b.brokerName ? -1 : 1))
    .flatMap(({ brokerName, writeQueueNums }) =>
      Array.from({ length: writeQueueNums }, (_, queueId) => ({ brokerName, queueId })),
    );
  return queues[Math.abs(javaHashCode(key) % Math.max(1, queues.length))];
}

/** Undefined when the trace is stored, else why not: the message is sent all the same. */
async function trace(
  looked: Looked,
  topic: string,
  { tag, keys, body, delayLevel, delayMs, shardingKey }: SendForm,
  receipt: SendReceipt,
  costTimeMs: number,
  route: TopicRoute | undefined,
  clock: Clock,
): Promise<string | undefined> {
  const { admin } = looked;
  const broker = route && targetsOfRoute(route).find(({ brokerName }) => brokerName === receipt.queue.brokerName);
  const isDelayed = delayLevel !== undefined || delayMs !== undefined;
  const record: TraceRecord = {
    type: 'Pub',
    timestamp: clock.now() - costTimeMs,
    regionId: DEFAULT_TRACE_REGION_ID,
    groupName: PRODUCER_GROUP,
    ...{ topic, msgId: receipt.msgId, tags: tag, keys },
    storeHost: (broker && masterOf(broker)) ?? '',
    bodyLength: Buffer.byteLength(body),
    costTimeMs,
    messageType: isDelayed ? 'Delay_Msg' : shardingKey === undefined ? 'Normal_Msg' : 'Order_Msg',
    offsetMsgId: receipt.offsetMsgId,
    success: receipt.sendStatus === 'SEND_OK',
  };
  // Without the topic nothing may create it by being sent to: brokers decide whether traces are kept.
  if ((await placeOf(looked, SystemTopic.TRACE)).route === undefined)
    return `no broker has the topic ${SystemTopic.TRACE} (traceTopicEnable=false)`;
  try {
    const traceKeys = [receipt.msgId, ...(keys ?? '').split(' ')].filter((key) => key !== '').join(' ');
    await admin.sendMessage({
      topic: SystemTopic.TRACE,
      body: Buffer.from(encodeTraceRecord(record)),
      keys: traceKeys,
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof AdminError)) throw error;
    return reasonOf(error);
  }
}
