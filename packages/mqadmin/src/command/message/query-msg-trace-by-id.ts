import { decodeTraceRecords, type MessageView, SystemTopic, type TraceRecord } from '@rocketmq-ts/admin';
import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import { dateTime, hashOrder } from '../../java-text.ts';
import { TextTable } from '../../text-table.ts';
import type { Command } from '../entry.ts';
import { integerValue } from '../values.ts';

/** One row of a table: a send, or a call of a listener. */
interface TraceRow {
  readonly group: string;
  /** Where the trace came from. */
  readonly clientHost: string;
  readonly timestamp: number;
  readonly costTimeMs: number;
  readonly success: boolean;
}

function traceTable(type: string, group: string, time: string): TextTable<TraceRow> {
  return new TextTable<TraceRow>([
    { head: '#Type', pattern: '%-10s ', of: () => type },
    { head: group, pattern: '%-20s ', of: 'group' },
    { head: '#ClientHost', pattern: '%-20s ', of: 'clientHost' },
    { head: time, pattern: '%-20s ', of: ({ timestamp }) => dateTime(timestamp) },
    { head: '#CostTimes', pattern: '%-10s ', of: ({ costTimeMs }) => `${costTimeMs}ms` },
    { head: '#Status', pattern: '%-10s', of: ({ success }) => (success ? 'success' : 'failed') },
  ]);
}

const PUBS = traceTable('Pub', '#ProducerGroup', '#SendTime');
const SUBS = traceTable('Sub', '#ConsumerGroup', '#ConsumerTime');

/** Source: QueryMsgTraceByIdSubCommand. */
export const queryMsgTraceById: Command = {
  className: 'QueryMsgTraceByIdSubCommand',
  options: [
    requiredOption('i', 'msgId', 'Message Id'),
    valueOption('t', 'traceTopic', 'The name value of message trace topic'),
    valueOption('b', 'beginTimestamp', 'Begin timestamp(ms). default:0, eg:1676730526212'),
    valueOption('e', 'endTimestamp', 'End timestamp(ms). default:Long.MAX_VALUE, eg:1676730526212'),
    valueOption('c', 'maxNum', 'The maximum number of messages returned by the query, default:64'),
  ],
  examples: [
    { line: '-i AC1100013BF00055DE0000000001', does: 'Who sent a message and who consumed it, where clients trace.' },
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
      skipped: context.warn,
    });
    const traces = messages.flatMap((message) =>
      decodeTraceRecords(message.body.toString())
        .filter((record) => record.msgId === msgId)
        .map((record) => ({ record, message })),
    );
    const consumers = new Map<string, TraceRow[]>();
    const sends: TraceRow[] = [];
    for (const { record, message } of traces) {
      if (record.type === 'Pub') {
        const row = rowOf(record, message);
        PUBS.print(context, [row]);
        context.out('\n');
        sends.push(row);
      } else if (record.type === 'SubAfter') {
        const row = rowOf(record, message);
        consumers.set(row.group, [...(consumers.get(row.group) ?? []), row]);
      }
    }
    for (const group of hashOrder(consumers.keys())) {
      SUBS.print(context, consumers.get(group)!);
      context.out('\n');
    }
    context.answer({ msgId, sends, consumes: [...consumers.values()].flat() });
  },
};

/** Listeners' reports from clouds and of old clients name neither group nor time. */
function rowOf(record: TraceRecord & { type: 'Pub' | 'SubAfter' }, message: MessageView): TraceRow {
  const { groupName = '', timestamp = message.bornTimestamp, costTimeMs, success } = record;
  return { group: groupName, clientHost: message.bornHost.host, timestamp, costTimeMs, success };
}
