import { encodeJson } from '../json/write.ts';
import type { MessageQueue } from '../model/message-queue.ts';
import { Members } from './members.ts';
import { plainMessageQueue, readMessageQueue } from './message-queue.ts';

/** A group asked for an offset that its queue does not have, and was sent to another one. Source: OffsetMovedEvent. */
export interface OffsetMovedEvent {
  readonly consumerGroup: string;
  readonly messageQueue: MessageQueue;
  readonly offsetRequest: number;
  readonly offsetNew: number;
}

/** The body of a message of topic OFFSET_MOVED_EVENT, as Apache writes it. */
export function encodeOffsetMovedEvent(event: OffsetMovedEvent): Buffer {
  const { consumerGroup, messageQueue, offsetNew, offsetRequest } = event;
  return encodeJson({ consumerGroup, messageQueue: plainMessageQueue(messageQueue), offsetNew, offsetRequest });
}

/** Throws BAD_BODY. */
export function decodeOffsetMovedEvent(body: Uint8Array): OffsetMovedEvent {
  const members = Members.parse(body, 'OffsetMovedEvent');
  const queue = members.object('messageQueue');
  return {
    consumerGroup: members.text('consumerGroup', ''),
    messageQueue: queue === undefined ? { topic: '', brokerName: '', queueId: 0 } : readMessageQueue(queue),
    offsetRequest: members.integer('offsetRequest', 0),
    offsetNew: members.integer('offsetNew', 0),
  };
}
