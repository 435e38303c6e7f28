import { type MessageQueue, Perm, type TopicRoute, writeJson } from '@rocketmq-ts/admin';
import { javaHashOrder, requiredOption } from '@rocketmq-ts/kernel';
import { hashOrder, queueHash } from '../../java-text.ts';
import type { Command } from '../entry.ts';
import { OptionValueError } from '../values.ts';

export const allocateMQ: Command = {
  className: 'AllocateMQSubCommand',
  options: [requiredOption('t', 'topic', 'topic name'), requiredOption('i', 'ipList', 'ipList')],
  examples: [{ line: '-t Orders -i 10.0.0.7,10.0.0.8', does: 'Which queues each of two members would get.' }],
  async run(context) {
    const topic = context.options.text('t');
    const members = membersOf(context.options.text('i'));
    // As Apache's: not sorted, so this preview is not what consumers really get.
    const queues = javaHashOrder(readableQueues(topic, await context.admin.examineTopicRoute(topic)), queueHash);
    const shares = new Map(members.map((member, index) => [member, share(queues, members.length, index)]));
    const result = new Map(hashOrder(shares.keys()).map((member) => [member, shares.get(member)]));
    context.print('%s%n', writeJson({ result }));
    context.answer({ topic, result });
  },
};

/** Nothing behind the last name counts, as with Java's split; a name without a letter is no member. */
function membersOf(list: string): string[] {
  const members = list.replace(/(?<=.),+$/, '').split(',');
  if (members.includes('')) throw new OptionValueError('i', list, 'a list of names: currentCID is empty');
  return members;
}

function readableQueues(topic: string, route: TopicRoute): MessageQueue[] {
  return route.queueDatas
    .filter((data) => Perm.isReadable(data.perm))
    .flatMap(({ brokerName, readQueueNums }) =>
      Array.from({ length: readQueueNums }, (_, queueId): MessageQueue => ({ topic, brokerName, queueId })),
    );
}

/** A run of neighbours for each member; the first members take the rest. Source: AllocateMQSubCommand, AllocateMessageQueueAveragely. */
function share(queues: readonly MessageQueue[], members: number, index: number): MessageQueue[] {
  const rest = queues.length % members;
  const size = Math.floor(queues.length / members);
  const start = index * size + Math.min(index, rest);
  return queues.slice(start, start + size + (index < rest ? 1 : 0));
}
