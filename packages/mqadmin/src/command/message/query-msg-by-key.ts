import { flagOption, requiredOption, valueOption } from '@rocketmq-ts/kernel';
import { TextTable } from '../../text-table.ts';
import { isPush } from '../consumer/running-info-checks.ts';
import type { Command, CommandContext } from '../entry.ts';
import { integerValue } from '../values.ts';
import { printOneOf } from './message-text.ts';
import { directResult } from './query-msg-by-id.ts';

const CLUSTER = valueOption('c', 'cluster', 'Cluster name or lmq parent topic, lmq is used to find the route.');
const HOUR_MS = 3_600_000;
/** Longest distance between now and the store time where no times are given. Source: QueryMsgByUniqueKeySubCommand#queryById. */
const UNIQUE_KEY_RANGE_MS = 36 * HOUR_MS;
const MAX_BY_UNIQUE_KEY = 32;

interface MessageRow {
  readonly msgId: string;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly storeTimestamp: number;
  readonly indexKey: string;
}

const MESSAGES = new TextTable<MessageRow>([
  { head: '#Message ID', pattern: '%-50s ', of: 'msgId' },
  { head: '#QID', pattern: '%4d ', of: 'queueId' },
  { head: '#Offset', pattern: '%40d ', of: 'queueOffset' },
  { head: '#IndexKey', pattern: '%-200s', of: 'indexKey' },
]);

export const queryMsgByKey: Command = {
  className: 'QueryMsgByKeySubCommand',
  options: [
    requiredOption('t', 'topic', 'Topic name'),
    requiredOption('k', 'msgKey', 'Message Key'),
    valueOption('b', 'beginTimestamp', 'Begin timestamp(ms). default:0, eg:1676730526212'),
    valueOption('e', 'endTimestamp', 'End timestamp(ms). default:Long.MAX_VALUE, eg:1676730526212'),
    valueOption('m', 'maxNum', 'The maximum number of messages returned by the query, default:64'),
    CLUSTER,
    valueOption('p', 'keyType', 'Index key type, default index key type is K, you can use K for keys OR T for tags'),
    valueOption('l', 'lastKey', 'Last Key'),
  ],
  examples: [
    { line: '-t Orders -k order-4711', does: 'Messages with this key.' },
    { line: '-t Orders -k paid -p T -m 10', does: 'Ten messages with a tag.' },
  ],
  async run(context) {
    const { options } = context;
    const topic = options.text('t').trim();
    const key = options.text('k').trim();
    const keyType = options.value('p')?.trim() ?? 'K';
    if (keyType !== 'K' && keyType !== 'T')
      return context.refuse('index type error, just support K for keys or T for tags');
    const messages = await context.admin.queryMessage({
      topic,
      key,
      tag: keyType === 'T',
      maxNum: integerValue(options, 'm') ?? 64,
      beginTimestampMs: integerValue(options, 'b') ?? 0,
      endTimestampMs: integerValue(options, 'e') ?? Number.MAX_SAFE_INTEGER,
      cluster: options.value('c'),
      lastKey: options.value('l'),
      skipped: context.warn,
    });
    const rows = messages.map(({ msgId, queueId, queueOffset, storeTimestamp, physicalOffset }) => {
      const hour = storeTimestamp - (storeTimestamp % HOUR_MS);
      const indexKey = `${hour}@${topic}@${keyType}@${key}@${msgId}@${physicalOffset}`;
      return { msgId, queueId, queueOffset, storeTimestamp, indexKey };
    });
    MESSAGES.print(context, rows);
    context.answer({ topic, key, messages: rows });
  },
};

export const queryMsgByUniqueKey: Command = {
  className: 'QueryMsgByUniqueKeySubCommand',
  options: [
    requiredOption('i', 'msgId', 'Message Id'),
    valueOption('g', 'consumerGroup', 'consumer group name'),
    valueOption('d', 'clientId', "The consumer's client id"),
    requiredOption('t', 'topic', 'The topic of msg'),
    flagOption('a', 'showAll', 'Print all message, the limit is 32'),
    CLUSTER,
    valueOption('s', 'startTime', 'startTime'),
    valueOption('e', 'endTime', 'endTime'),
  ],
  examples: [
    {
      line: '-t Orders -i AC1100013BF00055DE0000000001',
      does: 'A message by the id that its producer got, of the last 36 hours.',
    },
    {
      line: '-t Orders -i AC1100013BF00055DE0000000001 -a -s 1700000000000 -e 1700003600000',
      does: 'All with this id that were stored within an hour.',
    },
  ],
  async run(context) {
    const { options, clock } = context;
    const topic = options.text('t').trim();
    const key = options.text('i').trim();
    if (options.has('g') && options.has('d')) return push(context, topic, key);
    const begin = integerValue(options, 's');
    const end = integerValue(options, 'e');
    const hasRange = begin !== undefined && end !== undefined;
    const messages = await context.admin.queryMessage({
      topic,
      key,
      unique: true,
      maxNum: MAX_BY_UNIQUE_KEY,
      beginTimestampMs: hasRange ? begin : clock.now() - UNIQUE_KEY_RANGE_MS,
      endTimestampMs: hasRange ? end : clock.now() + UNIQUE_KEY_RANGE_MS,
      cluster: options.value('c'),
      skipped: context.warn,
    });
    const count = options.has('a') ? messages.length : 1;
    for (const [index, message] of messages.slice(0, count).entries()) await printOneOf(context, message, index);
  },
};

/** Has a push consumer handle the message now; where it can't, a line says so. Source: QueryMsgByUniqueKeySubCommand#execute. */
async function push(context: CommandContext, topic: string, key: string): Promise<void> {
  const group = context.options.text('g').trim();
  const clientId = context.options.text('d').trim();
  let isPushConsumer = false;
  try {
    const info = await context.admin.consumerRunningInfo(group, clientId);
    isPushConsumer = isPush(info);
  } catch {
    context.print('get consumer runtime info for %s client failed %n', clientId);
  }
  if (!isPushConsumer)
    return context.refuse(
      `get consumer info failed or this ${clientId} client is not push consumer, not support direct push \n`,
    );
  const message = await context.admin.viewMessage(topic, key);
  const result = await context.admin.consumeMessageDirectly(group, clientId, message);
  context.out(directResult(result));
  context.answer({ msgId: message.msgId, group, clientId, result });
}
