import { decodeTraceRecords, type MessageView, SystemTopic, type TraceRecord } from '@rocketmq-ts/admin';
import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import { dateTime, hashOrder } from '../../java-text.ts';
import type { CommandContext, CommandEntry } from '../entry.ts';
import { integerValue } from '../values.ts';

const ROW = '%-10s %-20s %-20s %-20s %-10s %-10s%n';

/** One row of a table: a send, or a call of a listener. */
interface TraceRow {
  readonly group: string;
  /** Where the trace came from. */
  readonly clientHost: string;
  readonly timestamp: number;
  readonly costTimeMs: number;
  readonly success: boolean;
}

/** Source: QueryMsgTraceByIdSubCommand. */
export const queryMsgTraceById: CommandEntry = {
  name: 'queryMsgTraceById',
  description: 'Query a message trace.',
  className: 'QueryMsgTraceByIdSubCommand',
  options: [
    requiredOption('i', 'msgId', 'Message Id'),
    valueOption('t', 'traceTopic', 'The name value of message trace topic'),
    valueOption('b', 'beginTimestamp', 'Begin timestamp(ms). default:0, eg:1676730526212'),
    valueOption('e', 'endTimestamp', 'End timestamp(ms). default:Long.MAX_VALUE, eg:1676730526212'),
    valueOption('c', 'maxNum', 'The maximum number of messages returned by the query, default:64'),
  ],
  async run(context) {
    const { options } = context;
    const msgId = options.text('i').trim();
    const messages = await context.admin.queryMessage({
      topic: options.value('t')?.trim() ?? SystemTopic.TRACE,
      key: msgId,
      maxNum: integerValue(options, 'c') ?? 64,
      beginTimestampMs: integerValue(options, 'b') ?? 0,
      endTimestampMs: integerValue(options, 'e') ?? Number.MAX_SAFE_INTEGER,
    });
    const traces = messages.flatMap((message) =>
      decodeTraceRecords(message.body.toString())
        .filter((record) => record.msgId === msgId)
        .map((record) => ({ record, message })),
    );
    const consumers = new Map<string, TraceRow[]>();
    for (const { record, message } of traces) {
      if (record.type === 'Pub') {
        printHeads(context, '#ProducerGroup', '#SendTime');
        printRow(context, 'Pub', rowOf(record, message));
        context.print('\n');
      } else if (record.type === 'SubAfter') {
        const row = rowOf(record, message);
        consumers.set(row.group, [...(consumers.get(row.group) ?? []), row]);
      }
    }
    for (const group of hashOrder(consumers.keys())) {
      printHeads(context, '#ConsumerGroup', '#ConsumerTime');
      for (const row of consumers.get(group)!) printRow(context, 'Sub', row);
      context.print('\n');
    }
  },
};

/** Listeners' reports from clouds and of old clients name neither group nor time. */
function rowOf(record: TraceRecord & { type: 'Pub' | 'SubAfter' }, message: MessageView): TraceRow {
  const { groupName = '', timestamp = message.bornTimestamp, costTimeMs, success } = record;
  return { group: groupName, clientHost: message.bornHost.host, timestamp, costTimeMs, success };
}

function printHeads(context: CommandContext, group: string, time: string): void {
  context.print(ROW, '#Type', group, '#ClientHost', time, '#CostTimes', '#Status');
}

function printRow(context: CommandContext, type: string, row: TraceRow): void {
  const status = row.success ? 'success' : 'failed';
  context.print(ROW, type, row.group, row.clientHost, dateTime(row.timestamp), `${row.costTimeMs}ms`, status);
}
