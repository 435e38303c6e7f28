import type { MessageQueue, TopicReader } from '@rocketmq-ts/admin';
import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { Command, CommandContext } from '../entry.ts';
import { integerValue, timestampValue } from '../values.ts';
import { queueText } from './java-message.ts';
import { inApachesOrder } from './print-msg.ts';
import { printMessages, pullOrWarn, type QueueRange, standsStill } from './read-queue.ts';

const DEFAULT_COUNT = 128;
const MOST_IN_ONE_PULL = 0x7fff_ffff;

/** What the options ask for, once they are found to fit each other. */
interface Wanted {
  readonly topic: string;
  readonly count: number;
  readonly queue: MessageQueue | undefined;
  readonly offset: number;
  /** 0 for none. */
  readonly beginMs: number;
  readonly endMs: number;
}

/** Nothing is committed for the group. Source: ConsumeMessageCommand. */
export const consumeMessage: Command = {
  className: 'ConsumeMessageCommand',
  options: [
    requiredOption('t', 'topic', 'Topic name'),
    valueOption('b', 'brokerName', 'Broker name'),
    valueOption('i', 'queueId', 'Queue Id'),
    valueOption('o', 'offset', 'Queue offset'),
    valueOption('g', 'consumerGroup', 'Consumer group name'),
    valueOption('s', 'beginTimestamp ', 'Begin timestamp[currentTimeMillis|yyyy-MM-dd#HH:mm:ss:SSS]'),
    valueOption('e', 'endTimestamp ', 'End timestamp[currentTimeMillis|yyyy-MM-dd#HH:mm:ss:SSS]'),
    valueOption('c', 'MessageNumber', 'Number of message to be consumed'),
  ],
  examples: [
    { line: '-t TopicTest', does: 'The first messages of a topic, at the most 128.' },
    { line: '-t TopicTest -b broker-a -i 0 -o 0 -c 10', does: 'The first ten messages of one queue.' },
  ],
  async run(context) {
    const wanted = wantedOf(context);
    if (typeof wanted === 'string') return context.refuse(wanted);
    const reader = await context.admin.readTopic(wanted.topic, { group: context.options.value('g') });
    if (wanted.queue === undefined) await consumeAll(context, reader, wanted);
    else await consumeQueue(context, reader, wanted.queue, wanted);
  },
};

/** Or the sentence with which Apache's tool refuses the options. */
function wantedOf(context: CommandContext): Wanted | string {
  const { options, clock } = context;
  const topic = options.text('t');
  const count = integerValue(options, 'c') ?? DEFAULT_COUNT;
  if (count <= 0) return 'Please input a positive messageNumber!';
  const brokerName = options.value('b');
  const queueId = integerValue(options, 'i');
  if (queueId !== undefined && brokerName === undefined) return 'Please set the brokerName before queueId!';
  const offset = integerValue(options, 'o');
  if (offset !== undefined && queueId === undefined) return 'Please set queueId before offset!';
  const nowMs = clock.now();
  const time = (key: string): number => (options.has(key) ? timestampValue(options, key, nowMs) : 0);
  const [beginMs, endMs] = [time('s'), time('e')];
  if (beginMs > nowMs) return 'Please set the beginTimestamp before now!';
  if (endMs > nowMs) return 'Please set the endTimestamp before now!';
  if (options.has('e') && beginMs > endMs)
    return 'Please make sure that the beginTimestamp is less than or equal to the endTimestamp';
  const queue = brokerName === undefined || queueId === undefined ? undefined : { topic, brokerName, queueId };
  return { topic, count, queue, offset: offset ?? 0, beginMs, endMs };
}

/**
 * Queue by queue until the count is used up, in the way of Apache's: a queue costs one more than it has, so that fewer messages than asked for
 * come, and a count of −1 is printed.
 */
async function consumeAll(context: CommandContext, reader: TopicReader, wanted: Wanted): Promise<void> {
  let left = wanted.count;
  for (const queue of inApachesOrder(reader.queues, wanted.topic)) {
    if (left === 0 || context.signal.aborted) return;
    let { min, max } = await timeRange(reader, queue, wanted);
    if (max - min > left) {
      context.print('The older %d message of the %d queue will be provided\n', left, queue.queueId);
      max = min + left - 1;
      left = 0;
    } else left -= max - min + 1;
    await consumeRange(context, reader, queue, { min, max });
  }
}

async function consumeQueue(
  context: CommandContext,
  reader: TopicReader,
  queue: MessageQueue,
  wanted: Wanted,
): Promise<void> {
  const range = await timeRange(reader, queue, wanted);
  const { offset, count } = wanted;
  if (offset > range.max) {
    context.out(`${queueText(queue)} no matched msg, offset=${offset}\n`);
    return context.answer({ ...queue, minOffset: range.min, maxOffset: range.max, messageCount: 0 });
  }
  const min = Math.max(range.min, offset);
  let { max } = range;
  if (max - min > count) {
    // Misspelled by Apache's tool.
    context.print('The oldler %d message will be provided\n', count);
    max = min + count - 1;
  }
  await consumeRange(context, reader, queue, { min, max });
}

async function timeRange(reader: TopicReader, queue: MessageQueue, { beginMs, endMs }: Wanted): Promise<QueueRange> {
  const min = await reader.minOffset(queue);
  const max = await reader.maxOffset(queue);
  return {
    min: beginMs > 0 ? await reader.searchOffset(queue, beginMs) : min,
    max: endMs > 0 ? await reader.searchOffset(queue, endMs) : max,
  };
}

/** The last offset is part of the range here: behind the end of a queue the broker reports that nothing new is there. */
async function consumeRange(
  context: CommandContext,
  reader: TopicReader,
  queue: MessageQueue,
  { min, max }: QueueRange,
): Promise<void> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let messageCount = 0;
  for (let offset = min; offset <= max && !context.signal.aborted; ) {
    const room = Math.min(max - offset + 1, MOST_IN_ONE_PULL);
    const pulled = await pullOrWarn(context, () => reader.pull(queue, offset, room));
    if (pulled === undefined) break;
    const { status, messages, nextBeginOffset } = pulled;
    const state = `status=${status}, offset=${nextBeginOffset}\n`;
    if (status === 'FOUND') {
      context.out('Consume ok\n');
      printMessages(context, messages, queue.brokerName, decoder);
      messageCount += messages.length;
    } else if (status === 'NO_MATCHED_MSG') context.out(`${queueText(queue)} no matched msg. ${state}`);
    else {
      context.out(`${queueText(queue)} print msg finished. ${state}`);
      break;
    }
    if (nextBeginOffset <= offset) {
      context.warn(standsStill(queue, offset));
      break;
    }
    offset = nextBeginOffset;
  }
  context.answer({ ...queue, minOffset: min, maxOffset: max, messageCount });
}
