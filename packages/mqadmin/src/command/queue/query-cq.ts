import {
  MASTER_ID,
  type QueryConsumeQueueResponseBody,
  type SubscriptionData,
  subscriptionDataJson,
  writeJson,
} from '@rocketmq-ts/admin';
import { CodedError, requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { MqadminErrorCode } from '../../errors.ts';
import type { Command, CommandContext } from '../entry.ts';
import { integerValue } from '../values.ts';

const LINE = '======================================\n';
const DEFAULT_COUNT = 10;

/** Source: QueryConsumeQueueCommand. */
export const queryCq: Command = {
  className: 'QueryConsumeQueueCommand',
  options: [
    requiredOption('t', 'topic', 'topic name'),
    requiredOption('q', 'queue', 'queue num, ie. 1'),
    requiredOption('i', 'index', 'start queue index.'),
    valueOption('c', 'count', 'how many.'),
    valueOption('b', 'broker', 'broker addr.'),
    valueOption('g', 'consumer', 'consumer group.'),
  ],
  examples: [
    {
      line: '-t TopicTest -q 0 -i 0',
      does: 'The first ten units of a consume queue, on the first broker of the topic.',
    },
    { line: '-t TopicTest -q 0 -i 0 -g my_group', does: 'The same, with what the filter of a group makes of each.' },
  ],
  async run(context) {
    const { options, admin } = context;
    const topic = options.text('t');
    const index = integerValue(options, 'i')!;
    const address = options.value('b') || (await firstMaster(context, topic));
    const found = await admin.queryConsumeQueue(address, {
      ...{ topic, index, queueId: integerValue(options, 'q')! },
      ...{ count: integerValue(options, 'c') ?? DEFAULT_COUNT, group: options.value('g') },
    });
    printUnits(context, found, index);
    const { subscriptionData, filterData, queueData, minQueueIndex, maxQueueIndex } = found;
    const units = queueData.map((unit, at) => ({ index: index + at, ...unit }));
    context.answer({ topic, address, minQueueIndex, maxQueueIndex, subscriptionData, filterData, units });
  },
};

async function firstMaster(context: CommandContext, topic: string): Promise<string> {
  const address = (await context.admin.examineTopicRoute(topic)).brokerDatas[0]?.brokerAddrs.get(MASTER_ID);
  if (address !== undefined) return address;
  throw new CodedError<MqadminErrorCode>(
    'NO_SUCH_BROKER',
    `the first broker of ${topic} has no master: name one with -b`,
  );
}

/** In fastjson's pretty form, where an empty list takes three lines. */
function subscriptionText(subscription: SubscriptionData): string {
  return writeJson(subscriptionDataJson(subscription), { pretty: true }).replaceAll(
    /(?<=":)\[\](?=,?\n)/g,
    '[\n\t\t\n\t]',
  );
}

function printUnits(context: CommandContext, found: QueryConsumeQueueResponseBody, index: number): void {
  const { subscriptionData, filterData, queueData } = found;
  if (subscriptionData !== undefined)
    context.out(`Subscription data: \n${subscriptionText(subscriptionData)}\n${LINE}`);
  if (filterData !== undefined) context.out(`Filter data: \n${filterData}\n${LINE}`);
  context.print('Queue data: \nmax: %d, min: %d\n', found.maxQueueIndex, found.minQueueIndex);
  context.out(LINE);
  for (const [at, unit] of queueData.entries()) {
    const { physicOffset, physicSize, tagsCode, extendDataJson = 'null', bitMap = 'null', msg = 'null' } = unit;
    context.out(
      `idx: ${index + at}\nConsumeQueueData{physicOffset=${physicOffset}, physicSize=${physicSize}, tagsCode=${tagsCode}, ` +
        `extendDataJson='${extendDataJson}', bitMap='${bitMap}', eval=${unit.eval}, msg='${msg}'}\n${LINE}`,
    );
  }
}
