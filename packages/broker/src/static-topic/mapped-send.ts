import type { SEND_BATCH_MESSAGE, SEND_MESSAGE, SEND_MESSAGE_V2 } from '@rocketmq-ts/protocol';
import type { Call, Handler } from '@rocketmq-ts/remoting';
import { logicalOffsetWithin } from './logic-queue.ts';
import type { MappedQueue } from './mapped-handler.ts';
import { RewrittenCall } from './rewritten-call.ts';

type SendCommand = typeof SEND_MESSAGE | typeof SEND_MESSAGE_V2 | typeof SEND_BATCH_MESSAGE;

/** A send to a logical queue is stored in the physical one, and the answer names the place in the logical one. Source: SendMessageProcessor#rewriteResponseForStaticTopic. */
export function mappedSend(
  call: Call<SendCommand>,
  queue: MappedQueue,
  next: Handler<SendCommand>,
): void | Promise<void> {
  const { leader, id } = queue;
  const header = { ...call.header, queueId: leader.queueId };
  return next(
    new RewrittenCall(call, header, (answer, options) => {
      const queueOffset = logicalOffsetWithin(leader, answer.queueOffset);
      call.answer({ ...answer, queueId: id, queueOffset }, options);
    }),
  );
}
