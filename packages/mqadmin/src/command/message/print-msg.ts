import type { MessageQueue } from '@rocketmq-ts/admin';
import { javaHashOrder, requiredOption, valueOption } from '@rocketmq-ts/kernel';
import { hashOrder, queueHash } from '../../java-text.ts';
import type { Command } from '../entry.ts';
import { charsetValue, integerValue } from '../values.ts';
import { queueText } from './java-message.ts';
import { printMessages, rangeOf, readRange, switchValue } from './read-queue.ts';

const CHARSET = valueOption('c', 'charsetName ', 'CharsetName(eg: UTF-8,GBK)');
const EXPRESSION = valueOption('s', 'subExpression ', 'Subscribe Expression(eg: TagA || TagB)');
const BEGIN = valueOption('b', 'beginTimestamp ', 'Begin timestamp[currentTimeMillis|yyyy-MM-dd#HH:mm:ss:SSS]');
const END = valueOption('e', 'endTimestamp ', 'End timestamp[currentTimeMillis|yyyy-MM-dd#HH:mm:ss:SSS]');

const LINE = '--------------------------------------------------------\n';

/** Source: PrintMessageSubCommand. */
export const printMsg: Command = {
  className: 'PrintMessageSubCommand',
  options: [
    requiredOption('t', 'topic', 'topic name'),
    ...[CHARSET, EXPRESSION, BEGIN, END],
    valueOption('d', 'printBody ', 'print body'),
    valueOption('l', 'lmqParentTopic', 'Lmq parent topic, lmq is used to find the route.'),
  ],
  examples: [
    { line: '-t TopicTest', does: 'All messages of a topic, queue by queue.' },
    { line: '-t TopicTest -s "TagA || TagB" -d false', does: 'Those with one of two tags, without their bodies.' },
    { line: '-t TopicTest -b "2026-11-27#08:00:00:000" -e now', does: 'Those that were stored since a moment.' },
  ],
  async run(context) {
    const { options } = context;
    const topic = options.text('t');
    const parent = options.value('l');
    const decoder = charsetValue(options, 'c');
    const shown = switchValue(options, 'd', true) ? decoder : undefined;
    const reader = await context.admin.readTopic(topic, { routeTopic: parent });
    for (const queue of inApachesOrder(reader.queues, parent ?? topic)) {
      if (context.signal.aborted) return;
      const range = await rangeOf(context, reader, queue);
      context.out(`minOffset=${range.min}, maxOffset=${range.max}, ${queueText(queue)}\n`);
      const messageCount = await readRange(context, reader, queue, range, ({ status, messages, nextBeginOffset }) => {
        const state = `status=${status}, offset=${nextBeginOffset}\n`;
        if (status === 'FOUND') printMessages(context, messages, queue.brokerName, shown);
        else if (status === 'NO_MATCHED_MSG') context.out(`${queueText(queue)} no matched msg. ${state}`);
        else context.out(`${queueText(queue)} print msg finished. ${state}`);
        return status === 'FOUND' || status === 'NO_MATCHED_MSG';
      });
      context.out(LINE);
      context.answer({ ...queue, minOffset: range.min, maxOffset: range.max, messageCount });
    }
  },
};

/** A set of queues has the order of a hash table; that of a light topic is made with the name of its parent. */
export function inApachesOrder(queues: readonly MessageQueue[], routeTopic: string): MessageQueue[] {
  return javaHashOrder(queues, (queue) => queueHash({ ...queue, topic: routeTopic }));
}

/** Source: PrintMessageByQueueCommand, which ends at the first piece of the queue without a message of the tags; the rest is read here. */
export const printMsgByQueue: Command = {
  className: 'PrintMessageByQueueCommand',
  options: [
    requiredOption('t', 'topic', 'topic name'),
    requiredOption('a', 'brokerName ', 'broker name'),
    requiredOption('i', 'queueId ', 'queue id'),
    ...[CHARSET, EXPRESSION, BEGIN, END],
    valueOption('p', 'print msg', 'print msg. eg: true | false(default)'),
    valueOption('d', 'printBody ', 'print body. eg: true | false(default)'),
    valueOption('f', 'calculate', 'calculate by tag. eg: true | false(default)'),
  ],
  examples: [
    { line: '-t TopicTest -a broker-a -i 0 -p true -d true', does: 'All messages of one queue with their bodies.' },
    { line: '-t TopicTest -a broker-a -i 0 -f true', does: 'How many messages of each tag are in it.' },
  ],
  async run(context) {
    const { options } = context;
    const queue = { topic: options.text('t'), brokerName: options.text('a'), queueId: integerValue(options, 'i')! };
    const decoder = charsetValue(options, 'c');
    const [prints, counts] = [switchValue(options, 'p', false), switchValue(options, 'f', false)];
    const shown = switchValue(options, 'd', false) ? decoder : undefined;
    const reader = await context.admin.readTopic(queue.topic);
    const tags = new Map<string, number>();
    const range = await rangeOf(context, reader, queue);
    const messageCount = await readRange(context, reader, queue, range, ({ status, messages }) => {
      if (counts) for (const { tags: tag = '' } of messages) count(tags, tag);
      if (prints) printMessages(context, messages, queue.brokerName, shown);
      return status === 'FOUND' || status === 'NO_MATCHED_MSG';
    });
    const rows = counts ? byCount(tags) : undefined;
    for (const row of rows ?? []) context.print('Tag: %-30s Count: %s%n', row.tag, row.count);
    context.answer({ ...queue, minOffset: range.min, maxOffset: range.max, messageCount, tags: rows });
  },
};

function count(tags: Map<string, number>, tag: string): void {
  if (tag.trim() !== '') tags.set(tag, (tags.get(tag) ?? 0) + 1);
}

/** The most frequent first, others in the order of a hash table. */
function byCount(tags: ReadonlyMap<string, number>): { readonly tag: string; readonly count: number }[] {
  const rows = hashOrder(tags.keys()).map((tag) => ({ tag, count: tags.get(tag)! }));
  return rows.sort((a, b) => b.count - a.count);
}
