import { encodeJson } from '../json/write.ts';
import type { MessageQueue } from '../model/message-queue.ts';
import { Members } from './members.ts';
import { plainMessageQueue, readMessageQueue } from './message-queue.ts';

/** Queues that a client takes or gives back. Source: LockBatchRequestBody, UnlockBatchRequestBody. */
interface QueueLockRequestBody {
  readonly consumerGroup: string;
  readonly clientId: string;
  readonly mqSet: readonly MessageQueue[];
  /** Do not ask the other brokers of the group. */
  readonly onlyThisBroker: boolean;
}

/** For LOCK_BATCH_MQ and UNLOCK_BATCH_MQ. */
export function encodeQueueLockRequestBody(body: QueueLockRequestBody): Buffer {
  return encodeJson({
    clientId: body.clientId,
    consumerGroup: body.consumerGroup,
    mqSet: body.mqSet.map(plainMessageQueue),
    onlyThisBroker: body.onlyThisBroker,
  });
}

/** Throws BAD_BODY. */
export function decodeQueueLockRequestBody(body: Uint8Array): QueueLockRequestBody {
  const members = Members.parse(body, 'LockBatchRequestBody');
  return {
    consumerGroup: members.text('consumerGroup'),
    clientId: members.text('clientId'),
    mqSet: members.objects('mqSet').map(readMessageQueue),
    onlyThisBroker: members.flag('onlyThisBroker', false),
  };
}

/** The queues that were taken, or were held already. Source: LockBatchResponseBody. */
export function encodeLockBatchResponseBody(locked: readonly MessageQueue[]): Buffer {
  return encodeJson({ lockOKMQSet: locked.map(plainMessageQueue) });
}

/** Throws BAD_BODY. */
export function decodeLockBatchResponseBody(body: Uint8Array): MessageQueue[] {
  return Members.parse(body, 'LockBatchResponseBody').objects('lockOKMQSet').map(readMessageQueue);
}
