import { Readable } from 'node:stream';
import { MessageProperty, type MessageView } from '@rocketmq-ts/admin';
import { formatEndpoint } from '@rocketmq-ts/kernel';
import { EXPORT_LIMIT } from '../api/index.ts';
import { ConsoleError } from '../errors.ts';
import { Download } from '../http/download.ts';
import type { Looked } from '../targets/topic-place.ts';
import { MessageFinder } from './find.ts';
import { originOf } from './rows.ts';
import { bodyText, eachMessage } from './search.ts';
import { xlsx } from './xlsx.ts';

/** A message as a line of an export. */
interface ExportRow {
  readonly topic: string;
  readonly msgId: string;
  readonly offsetMsgId: string;
  readonly brokerName: string;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly bornHost: string;
  /** ISO 8601, UTC. */
  readonly bornTimestamp: string;
  readonly storeTimestamp: string;
  readonly reconsumeTimes: number;
  readonly originTopic: string;
  readonly originMsgId: string;
  readonly tags: string;
  readonly keys: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly bodyCrc: number;
  readonly bodyEncoding: 'utf8' | 'base64';
  readonly body: string;
}

type Source = AsyncIterable<{ readonly message: MessageView; readonly brokerName: string }>;

const COLUMNS = [
  ...['topic', 'msgId', 'offsetMsgId', 'brokerName', 'queueId', 'queueOffset', 'bornHost', 'bornTimestamp'],
  ...['storeTimestamp', 'reconsumeTimes', 'originTopic', 'originMsgId', 'tags', 'keys', 'properties', 'bodyCrc'],
  ...['bodyEncoding', 'body'],
] as readonly (keyof ExportRow)[];

/** Formats of an export with the type of their content. */
const FORMATS = {
  csv: { contentType: 'text/csv; charset=utf-8', write: csv },
  json: { contentType: 'application/json; charset=utf-8', write: json },
  xlsx: {
    contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    write: (source: Source) => xlsx(COLUMNS, cells(source)),
  },
} as const;

interface ExportQuery {
  readonly topic: string;
  readonly format: string;
  readonly beginMs?: number | undefined;
  readonly endMs?: number | undefined;
  /** Offset ids; absent: all in the range of time. */
  readonly ids?: readonly string[] | undefined;
}

/** Messages as a file; at most `EXPORT_LIMIT`, oldest first. It is written while they are read. Throws BAD_REQUEST. */
export async function exportMessages(
  place: Looked,
  query: ExportQuery,
  options: { readonly nowMs: number; readonly signal: AbortSignal },
): Promise<Download> {
  const format = Object.hasOwn(FORMATS, query.format) ? FORMATS[query.format as keyof typeof FORMATS] : undefined;
  if (format === undefined)
    throw new ConsoleError('BAD_REQUEST', `format must be one of ${Object.keys(FORMATS).join(', ')}`);
  const { topic, ids, beginMs = 0, endMs = options.nowMs } = query;
  const source =
    ids === undefined
      ? eachMessage(place, { topic, beginMs, endMs, limit: EXPORT_LIMIT }, options.signal)
      : chosen(place, topic, ids, options.nowMs);
  // What fails before the first message is an answer, and not a broken file.
  const iterator = source[Symbol.asyncIterator]();
  const first = await iterator.next();
  const rows = (async function* () {
    if (first.done !== true) yield first.value;
    yield* { [Symbol.asyncIterator]: () => iterator };
  })();
  return new Download(`${topic}.${query.format}`, format.contentType, Readable.from(format.write(rows)));
}

async function* chosen(
  place: Looked,
  topic: string,
  ids: readonly string[],
  nowMs: number,
): AsyncGenerator<{ readonly message: MessageView; readonly brokerName: string }> {
  const finder = new MessageFinder(place, nowMs);
  for (const id of ids) {
    const { found } = await finder.byId(topic, id);
    const one = found.at(-1);
    if (one === undefined) throw new ConsoleError('NOT_FOUND', `topic ${topic} has no message ${id}`);
    yield one;
  }
}

function rowOf(message: MessageView, brokerName: string): ExportRow {
  const { text, encoding } = bodyText(message.body);
  const origin = originOf(message);
  return {
    topic: message.topic,
    msgId: message.msgId,
    offsetMsgId: message.offsetMsgId,
    brokerName,
    queueId: message.queueId,
    queueOffset: message.queueOffset,
    bornHost: formatEndpoint(message.bornHost),
    bornTimestamp: new Date(message.bornTimestamp).toISOString(),
    storeTimestamp: new Date(message.storeTimestamp).toISOString(),
    reconsumeTimes: message.reconsumeTimes,
    originTopic: origin?.topic ?? '',
    originMsgId: origin?.msgId ?? '',
    tags: message.tags ?? '',
    keys: message.property(MessageProperty.KEYS) ?? '',
    properties: Object.fromEntries(message.properties),
    bodyCrc: message.bodyCrc >>> 0,
    bodyEncoding: encoding,
    body: text,
  };
}

/** A list with an object for each message. */
async function* json(source: Source): AsyncGenerator<string> {
  let separator = '[\n';
  for await (const { message, brokerName } of source) {
    yield separator + JSON.stringify(rowOf(message, brokerName));
    separator = ',\n';
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}

/** RFC 4180, with the mark by which spreadsheets recognize UTF-8. */
async function* csv(source: Source): AsyncGenerator<string> {
  yield `\ufeff${COLUMNS.join(',')}\r\n`;
  for await (const row of cells(source)) yield `${row.map((cell) => csvCell(cell)).join(',')}\r\n`;
}

async function* cells(source: Source): AsyncGenerator<(string | number)[]> {
  for await (const { message, brokerName } of source) {
    const row = rowOf(message, brokerName);
    yield COLUMNS.map((name) => {
      const value = row[name];
      return typeof value === 'object' ? JSON.stringify(value) : value;
    });
  }
}

/** A spreadsheet would take a text that begins so for a formula; message bodies are whatever someone has sent. */
const FORMULA = /^[=+\-@\t\r]/;

function csvCell(cell: string | number): string {
  if (typeof cell === 'number') return String(cell);
  const safe = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
