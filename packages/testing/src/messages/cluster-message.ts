import { MessageProperty, type MessageView } from '@rocketmq-ts/protocol';

/** A message as a broker of the cluster has it, or gave it to a consumer. */
export interface ClusterMessage {
  /** The topic that it was sent to, also when it is delivered again by a retry topic. */
  readonly topic: string;
  readonly tags: string | undefined;
  readonly keys: readonly string[];
  /** A copy; inflated where it was compressed. */
  readonly body: Buffer;
  /** Body as UTF-8 text. */
  text(): string;
  /** The sender's properties and RocketMQ's own. */
  readonly properties: Readonly<Record<string, string>>;
  /** The sender's unique key, or the offset id of a message without one. */
  readonly msgId: string;
  readonly brokerName: string;
  readonly queueId: number;
  readonly queueOffset: number;
  /** How often it had been delivered before; 0 the first time. */
  readonly reconsumeTimes: number;
  /** By the cluster's clock, ms since the epoch. */
  readonly storeTimestamp: number;
}

/** One delivery of a message to a member of a group. */
export interface ReceivedMessage extends ClusterMessage {
  readonly group: string;
  /** When the broker sent it, by the cluster's clock, ms since the epoch. */
  readonly deliveredAt: number;
}

/** A copy of what a record holds. */
export function clusterMessage(view: MessageView, brokerName: string): ClusterMessage {
  const body = Buffer.from(view.body);
  return {
    topic: view.property(MessageProperty.RETRY_TOPIC) ?? view.topic,
    tags: view.tags,
    keys: view.keys,
    body,
    text: () => body.toString(),
    properties: Object.fromEntries(view.properties),
    msgId: view.msgId,
    brokerName,
    queueId: view.queueId,
    queueOffset: view.queueOffset,
    reconsumeTimes: view.reconsumeTimes,
    storeTimestamp: view.storeTimestamp,
  };
}
