import { deadLetterTopic, type MessageView } from '@rocketmq-ts/admin';
import { formatEndpoint, formatLocalTime } from '@rocketmq-ts/kernel';
import { auditResults } from '../audit/record.ts';
import { reasonOf } from '../http/failure.ts';
import { type OldCall, type OldEndpoint, Plain } from './endpoint.ts';
import { consumeDirectly } from './message-paths.ts';
import { groupOf } from './topic-of.ts';
import { listOf, OldPathError, type Values } from './values.ts';
import { workbook } from './workbook.ts';

/** Apache's sheet has these columns. Source: DlqMessageExcelModel. */
const COLUMNS = [
  ...['topic', 'msgId', 'bornHost', 'bornTimestamp', 'storeTimestamp', 'reconsumeTimes', 'properties', 'messageBody'],
  ...['bodyCRC', 'exception'],
];
const SHEET_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const TIME_FORM = 'yyyy-MM-dd HH:mm:ss';
const MAX_MESSAGES = 1000;

/** `/dlqMessage/…`. Source: DlqMessageController, DlqMessageServiceImpl. */
export const deadLetterPaths: readonly OldEndpoint[] = [
  {
    method: 'GET',
    path: '/dlqMessage/exportDlqMessage.do',
    access: 'read',
    async run(call) {
      const group = groupOf(call);
      const row = rowOf(await call.admin.viewMessage(deadLetterTopic(group), call.values.text('msgId')));
      return sheet([row], 'dlq');
    },
  },
  {
    method: 'POST',
    path: '/dlqMessage/batchExportDlqMessage.do',
    access: 'read',
    async run(call) {
      const rows: string[][] = [];
      for (const wanted of wantedOf(call)) {
        const [topic, msgId] = [topicOfWanted(wanted), wanted.text('msgId')];
        rows.push(
          await call.admin
            .viewMessage(topic, msgId)
            .then(rowOf, (error: unknown) => failedRow(topic, msgId, reasonOf(error))),
        );
      }
      return sheet(rows, 'dlqs');
    },
  },
  { method: 'POST', path: '/dlqMessage/batchResendDlqMessage.do', access: 'write', run: resendAll },
];

/** Hands each message to a member of its group; what becomes of one does not stop the others. */
async function resendAll(call: OldCall): Promise<unknown> {
  const results: object[] = [];
  const failed: string[] = [];
  for (const wanted of wantedOf(call)) {
    const msgId = wanted.text('msgId');
    try {
      const message = await call.admin.viewMessage(topicOfWanted(wanted), msgId);
      const group = groupOf({ values: wanted });
      const { consumeResult, remark } = await consumeDirectly(call, message, wanted.optional('clientId'), group);
      results.push({ consumeResult, remark, msgId });
      if (consumeResult !== 'CR_SUCCESS') failed.push(`${msgId}: ${consumeResult}`);
    } catch (error) {
      results.push({ consumeResult: 'CR_THROW_EXCEPTION', remark: reasonOf(error), msgId });
      failed.push(`${msgId}: ${reasonOf(error)}`);
    }
  }
  auditResults(call.request, [], failed.length === 0 ? undefined : failed.slice(0, 5).join('; '));
  return results;
}

function wantedOf(call: OldCall): Values[] {
  const wanted = listOf(call.body);
  if (wanted.length > MAX_MESSAGES)
    throw new OldPathError(`At most ${MAX_MESSAGES} messages at a time, not ${wanted.length}.`);
  return wanted;
}

function topicOfWanted(wanted: Values): string {
  return wanted.optional('topicName') ?? deadLetterTopic(groupOf({ values: wanted }));
}

function rowOf(message: MessageView): string[] {
  return [
    message.topic,
    message.msgId,
    formatEndpoint(message.bornHost),
    formatLocalTime(message.bornTimestamp, TIME_FORM),
    formatLocalTime(message.storeTimestamp, TIME_FORM),
    String(message.reconsumeTimes),
    JSON.stringify(Object.fromEntries(message.properties)),
    message.body.toString(),
    String(message.bodyCrc),
    '',
  ];
}

function failedRow(topic: string, msgId: string, reason: string): string[] {
  return [topic, msgId, ...COLUMNS.slice(3).map(() => ''), reason];
}

function sheet(rows: readonly string[][], name: string): Plain {
  return new Plain(workbook(name, [COLUMNS, ...rows]), SHEET_TYPE, `${name}.xlsx`);
}
