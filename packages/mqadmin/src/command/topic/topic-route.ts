import type { TopicRoute } from '@rocketmq-ts/admin';
import { flagOption, requiredOption } from '@rocketmq-ts/kernel';
import { prettyJson } from '../../fastjson.ts';
import { javaMap } from '../../java-text.ts';
import type { Command, CommandContext } from '../entry.ts';

const ROW = '%-45s %-32s %-50s %-10s %-11s %-5s%n';

export const topicRoute: Command = {
  className: 'TopicRouteSubCommand',
  options: [requiredOption('t', 'topic', 'topic name'), flagOption('l', 'list', 'Use list format to print data')],
  examples: [
    { line: '-t Orders', does: 'Where Orders is, as JSON.' },
    { line: '-t Orders -l', does: 'The same as a table.' },
  ],
  async run(context) {
    const route = await context.admin.examineTopicRoute(context.options.text('t'));
    if (context.options.has('l')) printList(context, route);
    else context.out(`${prettyJson(route)}\n`);
    context.answer(route);
  },
};

function printList(context: CommandContext, route: TopicRoute): void {
  context.print(ROW, '#ClusterName', '#BrokerName', '#BrokerAddrs', '#ReadQueue', '#WriteQueue', '#Perm');
  const queues = new Map(route.queueDatas.map((data) => [data.brokerName, data]));
  const brokers = route.brokerDatas.toSorted((a, b) => (a.brokerName < b.brokerName ? -1 : 1));
  let read = 0;
  let write = 0;
  for (const broker of brokers) {
    const data = queues.get(broker.brokerName);
    if (data === undefined) continue;
    read += data.readQueueNums;
    write += data.writeQueueNums;
    const sizes = [data.readQueueNums, data.writeQueueNums, data.perm];
    context.print(ROW, broker.cluster, broker.brokerName, javaMap(broker.brokerAddrs), ...sizes);
  }
  context.out(`${'-'.repeat(158)}\n`);
  context.print(ROW, 'Total:', queues.size, '', read, write, '');
}
