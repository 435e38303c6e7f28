import { encodeJson } from '../json/write.ts';
import {
  MESSAGE_MODELS,
  MESSAGE_REQUEST_MODES,
  type MessageModel,
  type MessageRequestMode,
} from '../model/consumer.ts';
import type { MessageQueue } from '../model/message-queue.ts';
import { Members } from './members.ts';
import { plainMessageQueue, readMessageQueue } from './message-queue.ts';

/** Source: QueryAssignmentRequestBody. */
export interface QueryAssignmentRequestBody {
  readonly topic: string;
  readonly consumerGroup: string;
  readonly clientId: string;
  /** `AVG` or `AVG_BY_CIRCLE`. */
  readonly strategyName: string;
  readonly messageModel: MessageModel;
}

/** The body, as Apache writes it. */
export function encodeQueryAssignmentRequestBody(body: QueryAssignmentRequestBody): Buffer {
  return encodeJson(body);
}

/** Throws BAD_BODY. */
export function decodeQueryAssignmentRequestBody(body: Uint8Array): QueryAssignmentRequestBody {
  const members = Members.parse(body, 'QueryAssignmentRequestBody');
  return {
    topic: members.text('topic'),
    consumerGroup: members.text('consumerGroup'),
    clientId: members.text('clientId'),
    strategyName: members.text('strategyName', 'AVG'),
    messageModel: members.choice('messageModel', MESSAGE_MODELS, 'CLUSTERING'),
  };
}

/** A queue and how to get its messages. Source: MessageQueueAssignment. */
interface MessageQueueAssignment {
  readonly messageQueue: MessageQueue;
  readonly mode: MessageRequestMode;
}

/** Undefined: could not be computed, keep what you have; empty: drop everything. Source: QueryAssignmentResponseBody. */
export function encodeQueryAssignmentResponseBody(assignments: readonly MessageQueueAssignment[] | undefined): Buffer {
  return encodeJson({
    messageQueueAssignments: assignments?.map(({ messageQueue, mode }) => ({
      messageQueue: plainMessageQueue(messageQueue),
      mode,
    })),
  });
}

/** Throws BAD_BODY. */
export function decodeQueryAssignmentResponseBody(body: Uint8Array): MessageQueueAssignment[] | undefined {
  const members = Members.parse(body, 'QueryAssignmentResponseBody');
  if (!members.has('messageQueueAssignments')) return undefined;
  return members.objects('messageQueueAssignments').map((assignment) => ({
    messageQueue: readMessageQueue(assignment.object('messageQueue') ?? assignment),
    mode: assignment.choice('mode', MESSAGE_REQUEST_MODES, 'PULL'),
  }));
}

/** Source: SetMessageRequestModeRequestBody. */
export interface SetMessageRequestModeRequestBody {
  readonly topic: string;
  readonly consumerGroup: string;
  readonly mode: MessageRequestMode;
  readonly popShareQueueNum: number;
}

/** The body, as Apache writes it. */
export function encodeSetMessageRequestModeRequestBody(body: SetMessageRequestModeRequestBody): Buffer {
  return encodeJson(body);
}

/** Throws BAD_BODY. */
export function decodeSetMessageRequestModeRequestBody(body: Uint8Array): SetMessageRequestModeRequestBody {
  const members = Members.parse(body, 'SetMessageRequestModeRequestBody');
  return {
    topic: members.text('topic'),
    consumerGroup: members.text('consumerGroup'),
    mode: members.choice('mode', MESSAGE_REQUEST_MODES, 'PULL'),
    popShareQueueNum: members.integer('popShareQueueNum', 0),
  };
}
