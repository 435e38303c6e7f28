import { PropertySlot, type PropertyTable, parseJavaInt, SystemTopic, validateTopic } from '@rocketmq-ts/protocol';

const { REAL_TOPIC, REAL_QID } = PropertySlot;

/** A queue of this broker that a message is for, or that it is stored in. */
export interface Place {
  readonly topic: string;
  readonly queueId: number;
}

/** Writes down the queue that a message is for, while it is stored elsewhere. */
export function writeRealPlace(properties: PropertyTable, { topic, queueId }: Place): void {
  properties.set(REAL_TOPIC, topic);
  properties.set(REAL_QID, String(queueId));
}

/** The queue that a message is for, or why there is none that can take it. Source: ScheduleMessageService#messageTimeUp. */
export function readRealPlace(properties: PropertyTable): Place | string {
  const topic = properties.value(REAL_TOPIC);
  if (topic === undefined) return 'it names no topic';
  if (topic === SystemTopic.TRANS_HALF || topic === SystemTopic.SCHEDULE) return `${topic} takes no messages from here`;
  const illegal = validateTopic(topic);
  if (illegal !== undefined) return illegal;
  const queueId = parseJavaInt(properties.value(REAL_QID) ?? '');
  return queueId === undefined || queueId < 0 ? 'it names no queue' : { topic, queueId };
}
