import type { JsonInput, JsonValue } from '../json/value.ts';
import type { MessageQueue } from '../model/message-queue.ts';
import type { Members } from './members.ts';

/** `{"brokerName":"b","queueId":0,"topic":"t"}`. Source: MessageQueue. */
export function readMessageQueue(members: Members): MessageQueue {
  return {
    topic: members.text('topic'),
    brokerName: members.text('brokerName'),
    queueId: members.integer('queueId', 0),
  };
}

/** Something known about each of several queues; one entry for each queue. */
export type QueueTable<Value> = readonly (readonly [MessageQueue, Value])[];

/** The member as fastjson's map with object keys. */
export function readQueueTable<Value>(
  members: Members,
  name: string,
  readValue: (value: JsonValue, where: string) => Value,
): [MessageQueue, Value][] {
  return members.keyedEntries(name, readMessageQueue, readValue);
}

/** For the writer: queues as raw keys. */
export function queueTableJson<Value>(
  table: QueueTable<Value>,
  valueJson: (value: Value) => JsonInput,
): Map<MessageQueue, JsonInput> {
  return new Map(table.map(([queue, value]) => [plainMessageQueue(queue), valueJson(value)]));
}

/** Without whatever else a caller's object carries. */
export function plainMessageQueue(queue: MessageQueue): MessageQueue {
  return { brokerName: queue.brokerName, queueId: queue.queueId, topic: queue.topic };
}
