import { encodeJson } from '../json/write.ts';
import { integerOf, Members } from './members.ts';
import { type QueueTable, queueTableJson, readQueueTable } from './message-queue.ts';

/** New offsets of a group. Source: ResetOffsetBody. */
export function encodeResetOffsetBody(offsetTable: QueueTable<number>): Buffer {
  return encodeJson({ offsetTable: queueTableJson(offsetTable, (offset) => offset) });
}

/** Reads the form with object keys, and the list that C++ gets. */
export function decodeResetOffsetBody(body: Uint8Array): QueueTable<number> {
  const members = Members.parse(body, 'ResetOffsetBody');
  return members.isListOfObjects('offsetTable')
    ? members.objects('offsetTable').map((entry) => [
        {
          topic: entry.text('topic'),
          brokerName: entry.text('brokerName'),
          queueId: entry.integer('queueId', 0),
        },
        entry.integer('offset'),
      ])
    : readQueueTable(members, 'offsetTable', integerOf);
}

/** The same as a list, for clients whose language is CPP. Source: ResetOffsetBodyForC. */
export function encodeResetOffsetBodyForC(offsetTable: QueueTable<number>): Buffer {
  return encodeJson({
    offsetTable: offsetTable.map(([{ topic, brokerName, queueId }, offset]) => ({
      brokerName,
      offset,
      queueId,
      topic,
    })),
  });
}

/** Offsets that clients hold. Source: GetConsumerStatusBody. */
export interface GetConsumerStatusBody {
  /** From a client: its own. */
  readonly messageQueueTable: QueueTable<number>;
  /** From a broker: by client id. */
  readonly consumerTable: ReadonlyMap<string, QueueTable<number>>;
}

/** The body, as Apache writes it. */
export function encodeGetConsumerStatusBody(body: GetConsumerStatusBody): Buffer {
  return encodeJson({
    consumerTable: new Map(
      [...body.consumerTable].map(([clientId, table]) => [clientId, queueTableJson(table, (offset) => offset)]),
    ),
    messageQueueTable: queueTableJson(body.messageQueueTable, (offset) => offset),
  });
}

/** Throws BAD_BODY. */
export function decodeGetConsumerStatusBody(body: Uint8Array): GetConsumerStatusBody {
  const members = Members.parse(body, 'GetConsumerStatusBody');
  return {
    messageQueueTable: readQueueTable(members, 'messageQueueTable', integerOf),
    consumerTable: members.values('consumerTable', (value, where) =>
      readQueueTable(new Members({ table: value }, where), 'table', integerOf),
    ),
  };
}

/** Queue id to the offset that other groups allow; Number.MAX_SAFE_INTEGER: no limit. Source: QueryCorrectionOffsetBody. */
export function encodeQueryCorrectionOffsetBody(correctionOffsets: ReadonlyMap<number, number>): Buffer {
  return encodeJson({ correctionOffsets });
}

/** Throws BAD_BODY. */
export function decodeQueryCorrectionOffsetBody(body: Uint8Array): Map<number, number> {
  return Members.parse(body, 'QueryCorrectionOffsetBody').numberedTable('correctionOffsets', integerOf);
}
