import { type MessageFilter, tagCode } from '@rocketmq-ts/filter';
import { decodeMessages, encodeBatch, MessageSysFlag, type MessageView, unwrapInnerBatch } from '@rocketmq-ts/protocol';
import { recordOf } from '@rocketmq-ts/testkit';
import type {
  GetMessageResult,
  GetMessageStatus,
  MessageStore,
  PutMessageStatus,
  QueryMessageResult,
  RecordInput,
} from '../src/index.ts';

/** A message as tests write it down. */
export interface TestMessage {
  readonly topic?: string;
  readonly queueId?: number;
  readonly body?: string | Buffer;
  readonly tags?: string;
  readonly sysFlag?: number;
  readonly uniqueKey?: string;
  readonly keys?: string;
  /** Bodies of the messages of an inner batch, in place of `body`. */
  readonly members?: readonly string[];
  /** Default true. */
  readonly wait?: boolean;
}

export interface PutOutcome {
  /** The result of the put. */
  readonly status: PutMessageStatus;
  readonly queueOffset: number;
  readonly physicalOffset: number;
  readonly storeTimestamp: number;
  /** The answer of the ticket; undefined as long as the producer waits. */
  answer: PutMessageStatus | undefined;
  readonly answered: Promise<PutMessageStatus>;
}

export function recordInput(message: TestMessage): RecordInput {
  const { members, tags } = message;
  const body = members === undefined ? (message.body ?? 'body') : innerBody(members);
  return recordOf({
    topic: message.topic ?? 'T',
    queueId: message.queueId ?? 0,
    sysFlag: (message.sysFlag ?? 0) | (members === undefined ? 0 : INNER_BATCH),
    body: typeof body === 'string' ? Buffer.from(body) : body,
    properties: propertiesText({
      ...{ TAGS: tags, UNIQ_KEY: message.uniqueKey, KEYS: message.keys },
      INNER_NUM: members && String(members.length),
    }),
    tagsCode: tagCode(tags),
  });
}

const INNER_BATCH = MessageSysFlag.INNER_BATCH | MessageSysFlag.NEED_UNWRAP;

function innerBody(members: readonly string[]): Buffer {
  return encodeBatch(members.map((text) => ({ flag: 0, body: Buffer.from(text), propertiesText: '' })));
}

function propertiesText(properties: Readonly<Record<string, string | undefined>>): string {
  const pieces = Object.entries(properties).filter(([, value]) => value !== undefined);
  return pieces.map(([name, value]) => `${name}\x01${value}\x02`).join('');
}

export function put(store: MessageStore, message: TestMessage = {}): PutOutcome {
  const { ticket, outcome } = newTicket();
  const { status, queueOffset, physicalOffset, storeTimestamp } = store.put(
    recordInput(message),
    ticket,
    message.wait ?? true,
  );
  return Object.assign(outcome, { status, queueOffset, physicalOffset, storeTimestamp });
}

export function putBatch(store: MessageStore, messages: readonly TestMessage[]): PutOutcome & { offsets: number[] } {
  const { ticket, outcome } = newTicket();
  const inputs = messages.map(recordInput);
  const bytes = inputs.reduce((sum, { body, properties }) => sum + body.length + properties.length + 22, 0);
  const { status, records } = store.putBatch(inputs.length, bytes, (index) => inputs[index]!, ticket, true);
  return Object.assign(outcome, {
    status,
    queueOffset: records[0]?.queueOffset ?? -1,
    physicalOffset: records[0]?.physicalOffset ?? -1,
    storeTimestamp: records[0]?.storeTimestamp ?? -1,
    offsets: records.map(({ physicalOffset }) => physicalOffset),
  });
}

/** Puts and waits for the producer's answer. */
export async function putAndWait(store: MessageStore, message: TestMessage = {}): Promise<PutOutcome> {
  const outcome = put(store, message);
  if (outcome.status === 'PUT_OK') await outcome.answered;
  return outcome;
}

export interface ReadOutcome {
  readonly status: GetMessageStatus;
  readonly nextBeginOffset: number;
  readonly minOffset: number;
  readonly maxOffset: number;
  readonly messages: readonly MessageView[];
}

export interface ReadCall {
  readonly topic?: string;
  readonly queueId?: number;
  readonly from?: number;
  readonly maxNums?: number;
  readonly maxBytes?: number;
  readonly filter?: MessageFilter;
}

export function read(store: MessageStore, call: ReadCall = {}): Promise<ReadOutcome> {
  return new Promise((resolve) => {
    const queue = store.queue(call.topic ?? 'T', call.queueId ?? 0);
    const done = (result: GetMessageResult): void => {
      const messages =
        result.body === undefined
          ? []
          : decodeMessages(Buffer.from(result.body), { verifyCrc: true, inflate: false }).flatMap(unwrapInnerBatch);
      if (messages.length !== result.messageCount) throw new Error('the count of messages is wrong');
      result.release();
      const { status, nextBeginOffset, minOffset, maxOffset } = result;
      resolve({ status, nextBeginOffset, minOffset, maxOffset, messages });
    };
    queue.read(call.from ?? 0, call.maxNums ?? 32, call.maxBytes ?? 1e9, call.filter, done);
  });
}

/** All messages of a queue, from its first to its last. */
export async function readAll(store: MessageStore, topic = 'T', queueId = 0): Promise<MessageView[]> {
  const found: MessageView[] = [];
  const queue = store.findQueue(topic, queueId);
  if (queue === undefined) return found;
  for (let from = queue.minOffset; from < queue.maxOffset; ) {
    const { messages, nextBeginOffset } = await read(store, { topic, queueId, from });
    found.push(...messages);
    if (nextBeginOffset <= from) break;
    from = nextBeginOffset;
  }
  return found;
}

export async function readBodies(store: MessageStore, topic = 'T', queueId = 0): Promise<string[]> {
  return (await readAll(store, topic, queueId)).map((message) => message.body.toString());
}

function newTicket(): {
  ticket: { stored(status: PutMessageStatus): void };
  outcome: { answer: PutMessageStatus | undefined; answered: Promise<PutMessageStatus> };
} {
  const { promise, resolve } = Promise.withResolvers<PutMessageStatus>();
  const outcome: { answer: PutMessageStatus | undefined; answered: Promise<PutMessageStatus> } = {
    answer: undefined,
    answered: promise,
  };
  const ticket = {
    stored(status: PutMessageStatus): void {
      if (outcome.answer !== undefined) throw new Error('a producer was answered twice');
      outcome.answer = status;
      resolve(status);
    },
  };
  return { ticket, outcome };
}

export interface QueryCall {
  readonly topic?: string;
  readonly maxNum?: number;
  readonly begin?: number;
  readonly end?: number;
  readonly kind?: 'KEY' | 'TAG';
}

/** Bodies of what is found under a key, in the order of the log. */
export async function query(store: MessageStore, key: string, call: QueryCall = {}): Promise<string[]> {
  const { records } = await queryResult(store, key, call);
  return records.flatMap((record) => decodeMessages(record).map((message) => message.body.toString()));
}

export function queryResult(store: MessageStore, key: string, call: QueryCall = {}): Promise<QueryMessageResult> {
  const { topic = 'T', maxNum = 64, begin = 0, end = Number.MAX_SAFE_INTEGER, kind } = call;
  return new Promise((resolve) => store.query({ topic, key, maxNum, begin, end, kind }, resolve));
}
