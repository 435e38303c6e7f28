import { formatLocalTime } from '@rocketmq-ts/kernel';
import { encodeJson } from '../json/write.ts';
import type { MessageQueue } from '../model/message-queue.ts';
import { Members } from './members.ts';
import { plainMessageQueue, readMessageQueue } from './message-queue.ts';

/** Times of the messages of one queue. Source: QueueTimeSpan. */
interface QueueTimeSpan {
  readonly messageQueue: MessageQueue;
  readonly minTimeStamp: number;
  readonly maxTimeStamp: number;
  readonly consumeTimeStamp: number;
  readonly delayTime: number;
}

/** Source: QueryConsumeTimeSpanBody. */
export function encodeQueryConsumeTimeSpanBody(spans: readonly QueueTimeSpan[]): Buffer {
  return encodeJson({
    consumeTimeSpanSet: spans.map((span) => ({
      consumeTimeStamp: span.consumeTimeStamp,
      consumeTimeStampStr: readableTime(span.consumeTimeStamp),
      delayTime: span.delayTime,
      maxTimeStamp: span.maxTimeStamp,
      maxTimeStampStr: readableTime(span.maxTimeStamp),
      messageQueue: plainMessageQueue(span.messageQueue),
      minTimeStamp: span.minTimeStamp,
      minTimeStampStr: readableTime(span.minTimeStamp),
    })),
  });
}

/** Throws BAD_BODY. */
export function decodeQueryConsumeTimeSpanBody(body: Uint8Array): QueueTimeSpan[] {
  const members = Members.parse(body, 'QueryConsumeTimeSpanBody');
  return members.objects('consumeTimeSpanSet').map((span) => ({
    messageQueue: readMessageQueue(span.object('messageQueue') ?? span),
    minTimeStamp: span.integer('minTimeStamp', 0),
    maxTimeStamp: span.integer('maxTimeStamp', 0),
    consumeTimeStamp: span.integer('consumeTimeStamp', 0),
    delayTime: span.integer('delayTime', 0),
  }));
}

/** Source: UtilAll#timeMillisToHumanString2. */
function readableTime(timestampMs: number): string {
  return formatLocalTime(timestampMs, 'yyyy-MM-dd#HH:mm:ss:SSS');
}
