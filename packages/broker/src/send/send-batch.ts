import { asError } from '@rocketmq-ts/kernel';
import {
  type BatchMember,
  decodeBatch,
  isRetryTopic,
  PROPERTY_END,
  PropertySlot,
  propertyPiece,
  ResponseCode,
  type TopicConfig,
} from '@rocketmq-ts/protocol';
import type { RecordInput } from '@rocketmq-ts/store';
import { LONGEST_PROPERTIES, MessageKind, whyNoBatch, whyNoMember } from '../placement/classify.ts';
import { roomLater } from '../placement/room-later.ts';
import { Refusal } from '../refusal.ts';
import { hasBatchQueues } from '../topic/attributes.ts';
import { fillInnerBatch, whyNotOneRecord } from './inner-batch.ts';
import type { SendParts } from './parts.ts';
import type { SendCall } from './send-answers.ts';
import { fillIndexed, SendInput } from './send-input.ts';
import { SendTicket } from './send-ticket.ts';

/** Longest topic of a batch. Source: SendMessageProcessor#sendBatchMessage. */
const TOPIC_MAX_LENGTH = 127;

/** Sends of batches: all members are stored one after the other in one queue, with nothing added, or as one record in a batch queue; or none is. Source: SendMessageProcessor#sendBatchMessage. */
export class BatchSend {
  readonly #parts: SendParts;
  readonly #kind = new MessageKind();
  readonly #input: SendInput;
  /** Of batches that are stored as one record. */
  readonly #whole: SendInput;
  readonly #cluster: string;

  constructor(parts: SendParts) {
    this.#parts = parts;
    this.#input = new SendInput(parts.storeHost);
    this.#input.record.charset = 'latin1';
    this.#whole = new SendInput(parts.storeHost);
    this.#cluster = propertyPiece(PropertySlot.CLUSTER, parts.clusterName);
  }

  /** Undefined: the store has the batch, and its ticket answers. */
  take(call: SendCall, topic: TopicConfig, queueId: number): Refusal | undefined {
    const { config, answers, puts } = this.#parts;
    const { header, body } = call;
    if (topic.topicName.length > TOPIC_MAX_LENGTH) {
      return illegal(`message topic length too long ${topic.topicName.length}`);
    }
    if (isRetryTopic(header.topic)) return illegal(`batch request does not support retry group ${header.topic}`);
    if (body.length > config.maxMessageSize) {
      return illegal(`the batch has ${body.length} bytes, more than maxMessageSize ${config.maxMessageSize}`);
    }
    const members = membersOf(body);
    if (typeof members === 'string') return illegal(members);
    if (header.properties.length > LONGEST_PROPERTIES) return answers.notStored('PROPERTIES_SIZE_EXCEEDED');
    const kind = this.#kind.read(header.properties);
    // A producer of before 5.0 gives a batch no key of its own.
    const staysWhole = kind.uniqueKey !== undefined && hasBatchQueues(topic);
    const noBatch =
      whyNoBatch(kind, header.sysFlag, staysWhole) ?? (staysWhole ? whyNotOneRecord(members.length) : undefined);
    if (noBatch !== undefined) return illegal(`the batch can not be stored: ${noBatch}`);
    const { wait, uniqueKey, messageType } = kind;
    const input = this.#input.fill(call, topic, queueId);
    for (const [index, member] of members.entries()) {
      const why = this.#readMember(member, topic.topicName);
      if (why === undefined) continue;
      const place = `message ${index + 1} of ${members.length}`;
      return illegal(`the batch can not be stored, nothing of it is: ${place}: ${why}`);
    }
    if (staysWhole) return this.#putWhole(call, topic, queueId, members.length);
    const ticket = new SendTicket(call, answers, input.topic, queueId, input, uniqueKey);
    ticket.messageType = messageType;
    const next = (index: number): RecordInput => this.#fillMember(members[index]!);
    const { status, records } = puts.putBatch(members.length, body.length, next, ticket, wait);
    if (status !== 'PUT_OK') return answers.notStored(status);
    ticket.taken(records[0]!, records);
    return undefined;
  }

  /** One record holds all messages. */
  #putWhole(call: SendCall, topic: TopicConfig, queueId: number, messageCount: number): Refusal | undefined {
    const { answers, puts, store } = this.#parts;
    const kind = this.#kind.read(call.header.properties);
    const { wait, uniqueKey, messageType } = kind;
    const queue = store.queue(topic.topicName, queueId);
    const input = fillInnerBatch(this.#whole.fill(call, topic, queueId), kind, messageCount, queue, this.#cluster);
    const ticket = new SendTicket(call, answers, input.topic, queueId, input, uniqueKey);
    ticket.innerMessages = messageCount;
    ticket.messageType = messageType;
    const put = puts.put(input, ticket, wait);
    if (put.status !== 'PUT_OK') return answers.notStored(put.status);
    ticket.taken(put, undefined);
    return undefined;
  }

  /** Reads what the index needs of a member, whose bytes are stored as they are; the reason when it can't be stored. */
  #readMember(member: Member, topic: string): string | undefined {
    const kind = this.#kind.read(member.propertiesText, 'latin1');
    member.uniqueKey = kind.uniqueKey ?? '';
    member.keys = kind.keys ?? '';
    member.tags = kind.tags ?? '';
    // A record that ends in a zero looks like one whose end was never written.
    if (member.propertiesText.endsWith('\0')) member.propertiesText += PROPERTY_END;
    const { store, answers } = this.#parts;
    const later = roomLater(this.#fillMember(member), topic, store.facts);
    return later === 'PUT_OK' ? whyNoMember(kind) : answers.notStored(later).remark;
  }

  #fillMember(member: Member): RecordInput {
    const { record } = this.#input;
    record.flag = member.flag;
    record.body = member.body;
    record.properties = member.propertiesText;
    fillIndexed(record, member.uniqueKey, member.keys, member.tags);
    return record;
  }
}

/** A member of a batch on its way to the store. */
interface Member extends BatchMember {
  propertiesText: string;
  uniqueKey: string;
  keys: string;
  tags: string;
}

/** The members of a batch body, their properties as bytes, or why it is none. */
function membersOf(body: Buffer): Member[] | string {
  try {
    const members = decodeBatch(body, 'latin1');
    if (members.length === 0) return 'the batch holds no message';
    return members.map(({ flag, body: bytes, propertiesText }) => ({
      flag,
      body: bytes,
      propertiesText,
      uniqueKey: '',
      keys: '',
      tags: '',
    }));
  } catch (error) {
    return asError(error).message;
  }
}

function illegal(remark: string): Refusal {
  return new Refusal(ResponseCode.MESSAGE_ILLEGAL, remark);
}
