import { formatEndpoint } from '@rocketmq-ts/kernel';
import { compressionType, MessageSysFlag, transactionType } from '@rocketmq-ts/protocol';
import { type DumpedMessage, dumpMessages } from '@rocketmq-ts/store';
import type { CommandContext, CommandEntry } from './command.ts';
import { isoTime } from './text.ts';

const BODY_FORMS = ['text', 'base64', 'hex', 'none'] as const;
type BodyForm = (typeof BODY_FORMS)[number];

/** Lines are gathered up to so many characters before they go out. */
const PIECE_CHARACTERS = 64 * 1024;

/** Prints messages as JSON lines. */
export const dumpCommand: CommandEntry = {
  name: 'dump',
  summary: 'print messages as JSON lines, in the order of the commit log',
  description: `Prints one JSON object for each message, in the order of the commit log. All conditions hold together.
Damaged places are passed over and named on standard error; then the exit code is 1.`,
  options: {
    topic: { kind: 'text', value: 'TOPIC', meaning: 'messages of this topic' },
    queue: { kind: 'count', value: 'ID', meaning: 'messages of this queue' },
    from: { kind: 'count', value: 'OFFSET', meaning: 'from this queue offset on' },
    to: { kind: 'count', value: 'OFFSET', meaning: 'up to this queue offset, included' },
    key: { kind: 'text', value: 'KEY', meaning: 'messages with this key or unique key' },
    after: {
      kind: 'time',
      value: 'TIME',
      meaning: 'stored at this time or later: milliseconds, or 2026-01-31T08:00:00Z',
    },
    before: { kind: 'time', value: 'TIME', meaning: 'stored at this time or earlier' },
    limit: { kind: 'count', value: 'N', meaning: 'end after so many messages' },
    body: {
      kind: BODY_FORMS,
      meaning: 'how bodies are printed; default text, and base64 where a body is not UTF-8',
    },
  },
  async run(context: CommandContext): Promise<number> {
    const { options, progress } = context;
    const form = (options.text('body') ?? 'text') as BodyForm;
    let damaged = false;
    const messages = dumpMessages({
      ...context.view,
      topic: options.text('topic'),
      queueId: options.number('queue'),
      fromQueueOffset: options.number('from'),
      toQueueOffset: options.number('to'),
      key: options.text('key'),
      after: options.number('after'),
      before: options.number('before'),
      limit: options.number('limit'),
      onProgress: progress.show,
      onDamage({ file, position, bytes, detail }) {
        damaged = true;
        context.note(`${bytes} bytes are damaged and passed over: ${file} at byte ${position}: ${detail}`);
      },
    });
    let piece = '';
    for (const each of messages) {
      piece += `${messageLine(each, form)}\n`;
      if (piece.length < PIECE_CHARACTERS) continue;
      if (!(await context.out(piece))) return 0;
      piece = '';
    }
    if (piece !== '') await context.out(piece);
    return damaged ? 1 : 0;
  },
};

function messageLine({ message, sysFlag, bodyError }: DumpedMessage, form: BodyForm): string {
  return JSON.stringify({
    topic: message.topic,
    queueId: message.queueId,
    queueOffset: message.queueOffset,
    commitLogOffset: message.physicalOffset,
    storeSize: message.storeSize,
    bornTimestamp: message.bornTimestamp,
    bornTime: isoTime(message.bornTimestamp),
    bornHost: formatEndpoint(message.bornHost),
    storeTimestamp: message.storeTimestamp,
    storeTime: isoTime(message.storeTimestamp),
    storeHost: formatEndpoint(message.storeHost),
    msgId: message.msgId,
    offsetMsgId: message.offsetMsgId,
    tags: message.tags,
    keys: message.keys,
    properties: Object.fromEntries(message.properties),
    flag: message.flag,
    sysFlag,
    sysFlags: flagNames(sysFlag),
    reconsumeTimes: message.reconsumeTimes,
    preparedTransactionOffset: message.preparedTransactionOffset,
    bodyCRC: message.bodyCrc,
    bodyLength: message.body.length,
    ...(bodyError === undefined ? {} : { bodyError }),
    ...bodyMembers(message.body, form, bodyError !== undefined),
  });
}

function bodyMembers(body: Buffer, form: BodyForm, stored: boolean): { body?: string; bodyEncoding?: string } {
  if (form === 'none') return {};
  if (form === 'hex') return { body: body.toString('hex'), bodyEncoding: 'hex' };
  if (form === 'text' && !stored) {
    const text = utf8Text(body);
    if (text !== undefined) return { body: text };
  }
  return { body: body.toString('base64'), bodyEncoding: 'base64' };
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8Text(bytes: Buffer): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

const SINGLE_BITS = ['MULTI_TAGS', 'BORNHOST_V6', 'STOREHOST_V6', 'NEED_UNWRAP', 'INNER_BATCH'] as const;
const TRANSACTION_TYPES = ['TRANSACTION_PREPARED', 'TRANSACTION_COMMIT', 'TRANSACTION_ROLLBACK'] as const;

function flagNames(sysFlag: number): string[] {
  const type = compressionType(sysFlag);
  const transaction = TRANSACTION_TYPES.find((name) => transactionType(sysFlag) === MessageSysFlag[name]);
  return [
    ...(type === undefined ? [] : ['COMPRESSED', `COMPRESSION_${type}`]),
    ...(transaction === undefined ? [] : [transaction]),
    ...SINGLE_BITS.filter((name) => (sysFlag & MessageSysFlag[name]) !== 0),
  ];
}
