import {
  type LITE_PULL_MESSAGE,
  type LogicQueueMappingItem,
  PULL_MESSAGE,
  PullSysFlag,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import type { Call, Handler } from '@rocketmq-ts/remoting';
import { isEnded, itemAt, itemBehind, knownEnd, logicalOffset, physicalOffset } from './logic-queue.ts';
import type { MappedQueue } from './mapped-handler.ts';
import type { OtherBrokers } from './other-brokers.ts';
import type { LogicQueue } from './queue-mappings.ts';
import { RewrittenCall } from './rewritten-call.ts';

export type PullCommand = typeof PULL_MESSAGE | typeof LITE_PULL_MESSAGE;
type PullHeader = Call<PullCommand>['header'];

/** What of the answer to a pull is about offsets. */
export interface PulledOffsets {
  readonly nextBeginOffset: number;
  readonly minOffset: number;
  readonly maxOffset: number;
}

/** The pull of the physical queue that holds what a pull of a logical one asks for; only the last stretch is waited for. */
export function physicalPull(header: PullHeader, queue: LogicQueue, item: LogicQueueMappingItem): PullHeader {
  const offset = physicalOffset(item, header.queueOffset);
  const isLeader = item.gen === queue.leader?.gen;
  let sysFlag = isLeader ? header.sysFlag : header.sysFlag & ~PullSysFlag.SUSPEND;
  // Progress is kept where its message is.
  if (itemAt(queue.items, header.commitOffset) !== item) sysFlag &= ~PullSysFlag.COMMIT_OFFSET;
  return {
    ...header,
    ...{ queueId: item.queueId, queueOffset: offset, sysFlag },
    commitOffset: physicalOffset(item, header.commitOffset),
    maxMsgNums: isEnded(item) ? Math.max(1, Math.min(item.endOffset - offset, header.maxMsgNums)) : header.maxMsgNums,
  };
}

/**
 * The answer for the logical queue. At the end of a stretch the next one continues, and only before the first message of the
 * queue, or behind its last one, has an offset moved. Source: PullMessageProcessor#rewriteResponseForStaticTopic.
 */
export function logicalAnswer(
  code: number,
  requestOffset: number,
  pulled: PulledOffsets,
  queue: LogicQueue,
  item: LogicQueueMappingItem,
): { readonly code: number; readonly offsets: PulledOffsets; readonly offsetDelta: number } {
  const { minOffset, maxOffset } = pulled;
  let [from, offsets, answered] = [item, pulled, code];
  if (code !== ResponseCode.SUCCESS) {
    const isLast = item.gen === queue.items.at(-1)?.gen;
    const isFirst = item.gen === itemAt(queue.items, 0)?.gen;
    if (requestOffset < minOffset) {
      offsets = { ...pulled, nextBeginOffset: minOffset };
      answered = isFirst ? ResponseCode.PULL_OFFSET_MOVED : ResponseCode.PULL_RETRY_IMMEDIATELY;
    } else if (!isLast && requestOffset >= maxOffset) {
      const next = itemBehind(queue.items, item);
      answered = next === undefined ? ResponseCode.PULL_NOT_FOUND : ResponseCode.PULL_RETRY_IMMEDIATELY;
      if (next !== undefined) {
        from = next;
        const start = next.startOffset;
        offsets = { nextBeginOffset: start, minOffset: start, maxOffset: start };
      }
    } else if (isLast && requestOffset > maxOffset && code === ResponseCode.PULL_OFFSET_MOVED) {
      offsets = { ...pulled, nextBeginOffset: maxOffset };
    }
  }
  const next = isEnded(from) ? Math.min(from.endOffset, offsets.nextBeginOffset) : offsets.nextBeginOffset;
  const last = queue.items.at(-1);
  return {
    code: answered,
    offsets: {
      nextBeginOffset: logicalOffset(from, next),
      minOffset: logicalOffset(from, Math.max(from.startOffset, offsets.minOffset)),
      maxOffset: Math.max(logicalOffset(from, offsets.maxOffset), last === undefined ? -1 : knownEnd(last)),
    },
    offsetDelta: from.logicOffset - from.startOffset,
  };
}

/** Pulls of logical queues, from this broker or from the one that holds the messages. */
export class MappedPulls {
  readonly #others: OtherBrokers;

  constructor(others: OtherBrokers) {
    this.#others = others;
  }

  serve(call: Call<PullCommand>, queue: MappedQueue, next: Handler<PullCommand>): void | Promise<void> {
    const item = itemAt(queue.items, call.header.queueOffset) ?? queue.leader;
    const header = physicalPull(call.header, queue, item);
    if (item.bname !== queue.leader.bname) return this.#forward(call, queue, item, header);
    return next(
      new RewrittenCall(call, header, (answer, options) => {
        const logical = logicalAnswer(options?.code ?? ResponseCode.SUCCESS, header.queueOffset, answer, queue, item);
        const { code, offsets, offsetDelta } = logical;
        call.answer({ ...answer, ...offsets, offsetDelta }, { ...options, code });
      }),
    );
  }

  async #forward(
    call: Call<PullCommand>,
    queue: MappedQueue,
    item: LogicQueueMappingItem,
    header: PullHeader,
  ): Promise<void> {
    const sysFlag = header.sysFlag & ~(PullSysFlag.SUSPEND | PullSysFlag.COMMIT_OFFSET);
    const response = await this.#others.request(item.bname, queue.topic, PULL_MESSAGE, {
      ...header,
      ...{ sysFlag, logical: false, targetBrokerName: item.bname },
    });
    // Errors that carry no offsets.
    if (response.header.nextBeginOffset === undefined) return call.fail(response.code, response.remark ?? '');
    const logical = logicalAnswer(response.code, header.queueOffset, response.header, queue, item);
    const { code, offsets, offsetDelta } = logical;
    const { body, remark } = response;
    const options = { code, remark, ...(body.length > 0 && { body }) };
    call.answer({ ...response.header, ...offsets, offsetDelta }, options);
  }
}
