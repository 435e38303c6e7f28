import { tagCode } from '@rocketmq-ts/filter';
import { asError, type Clock, type Random } from '@rocketmq-ts/kernel';
import {
  type BatchMember,
  deadLetterTopic,
  decodeBatch,
  isForbiddenToSend,
  isRetryTopic,
  MessageProperty,
  MessageSysFlag,
  MQVersion,
  Perm,
  PROPERTIES_MAX_BYTES,
  PROPERTY_END,
  PropertySlot,
  propertyPiece,
  RETRY_TOPIC_PREFIX,
  ResponseCode,
  SEND_BATCH_MESSAGE,
  SEND_MESSAGE,
  SEND_MESSAGE_V2,
  storableText,
  type TopicConfig,
  transactionType,
  type UniqueKeyGenerator,
  validateTopic,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingConnection, RemotingServer } from '@rocketmq-ts/remoting';
import type { MessageStore, PutMessageStatus, RecordInput } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import type { GroupTable } from '../group/group-table.ts';
import type { QueueLocks } from '../group/queue-locks.ts';
import { encodeHost } from '../identity.ts';
import { MessageKind } from '../placement/message-kind.ts';
import { type Placement, roomLater } from '../placement/placement.ts';
import { hasBatchQueues } from '../topic/attributes.ts';
import type { TopicTable } from '../topic/topic-table.ts';
import { codeOf, type SendAnswers, SendTicket } from './send-ticket.ts';

/** A send in any of its header forms: what all of them have. */
type SendCall = Omit<Call<typeof SEND_MESSAGE>, 'command'>;

/** Client versions below it send no limit of their own. Source: MQVersion V3_4_9. */
const FIRST_VERSION_WITH_LIMIT = MQVersion.V3_4_9;
/** Longer property texts are not looked at: no record could hold what is left of them. */
const LONGEST_PROPERTIES = 2 * PROPERTIES_MAX_BYTES;
const INNER_BATCH_TEXT = 'a message is not a batch that is stored as one';
const DEAD_LETTER_PERM = Perm.READ | Perm.WRITE;
/** DELAY of a dead letter that a client sends: it is never delayed, whatever it asked for. Source: SendMessageProcessor#handleRetryAndDLQ. */
const NEVER_DELAYED = '-1';
/** Bits of the sys flag that the broker decides on, whatever a client sent: the kind of transaction and the hosts' forms. */
const BROKER_BITS = MessageSysFlag.TRANSACTION_MASK | MessageSysFlag.BORNHOST_V6 | MessageSysFlag.STOREHOST_V6;
/** Longest topic of a batch. Source: SendMessageProcessor#sendBatchMessage. */
const BATCH_TOPIC_MAX_LENGTH = 127;

export interface SendParts {
  readonly clock: Clock;
  readonly random: Random;
  /** Ids for messages whose producer gave none. */
  readonly uniqueKeys: UniqueKeyGenerator;
  readonly config: BrokerConfig;
  readonly placement: Placement;
  readonly brokerAddr: string;
  readonly clusterName: string;
  /** As it stands in records. */
  readonly storeHost: Uint8Array;
  readonly store: MessageStore;
  readonly topics: TopicTable;
  readonly groups: GroupTable;
  readonly locks: QueueLocks;
  readonly answers: SendAnswers;
}

/** Sends of one message and of batches, in every header form. Source: SendMessageProcessor, AbstractSendMessageProcessor. */
export class SendHandler {
  readonly #parts: SendParts;
  readonly #kind = new MessageKind();
  readonly #bornHosts = new WeakMap<RemotingConnection, Uint8Array>();
  /** What every single message gets. */
  readonly #region: string;
  readonly #trace: string;
  readonly #cluster: string;
  readonly #input: RecordInput;

  constructor(parts: SendParts) {
    this.#parts = parts;
    this.#region = propertyPiece(PropertySlot.MSG_REGION, parts.config.regionId);
    this.#trace = propertyPiece(PropertySlot.TRACE_ON, String(parts.config.traceOn));
    this.#cluster = propertyPiece(PropertySlot.CLUSTER, parts.clusterName);
    this.#input = {
      topic: '',
      queueId: 0,
      flag: 0,
      sysFlag: 0,
      bornTimestamp: 0,
      bornHost: parts.storeHost,
      storeHost: parts.storeHost,
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
      body: Buffer.alloc(0),
      properties: '',
      charset: 'utf8',
      tagsCode: 0,
      delayMs: undefined,
      uniqueKey: '',
      keys: '',
      tags: '',
    };
  }

  serve(server: RemotingServer): void {
    server.handle(SEND_MESSAGE_V2, (call) => this.#send(call));
    server.handle(SEND_BATCH_MESSAGE, (call) => this.#send(call));
    server.handle(SEND_MESSAGE, (call) => this.#send(call));
  }

  #send(call: SendCall): void {
    const topic = this.#admit(call);
    if (topic === undefined) return;
    const { header } = call;
    const queueId = header.queueId < 0 ? this.#parts.random.below(Math.max(1, topic.writeQueueNums)) : header.queueId;
    this.#fillCommon(call, topic, queueId);
    if (header.batch) this.#sendBatch(call, topic, queueId);
    else if (isRetryTopic(header.topic)) this.#sendRetry(call, topic, queueId);
    else this.#sendOne(call, queueId);
  }

  /** The checks that every send passes, in Apache's order; undefined when it was refused. Source: AbstractSendMessageProcessor#msgCheck. */
  #admit(call: SendCall): TopicConfig | undefined {
    const { config, topics, clock } = this.#parts;
    const { header } = call;
    if (config.startAcceptSendRequestTimeStamp > 0 && clock.now() < config.startAcceptSendRequestTimeStamp) {
      return this.#refuse(
        call,
        ResponseCode.SYSTEM_ERROR,
        `broker unable to service, until ${config.startAcceptSendRequestTimeStamp}`,
      );
    }
    let topic = topics.get(header.topic);
    // Only order topics: others are kept from a broker that takes no writes by the routes it registers, and what is sent by
    // an older route is still stored. The same holds for topics without the bit.
    if (topic?.order === true && !Perm.isWriteable(config.brokerPermission)) {
      return this.#refuse(
        call,
        ResponseCode.NO_PERMISSION,
        `the broker[${this.#parts.brokerAddr}] sending message is forbidden: brokerPermission=${config.brokerPermission}`,
      );
    }
    if (topic === undefined) {
      const reason = validateTopic(header.topic);
      if (reason !== undefined) return this.#refuse(call, ResponseCode.INVALID_PARAMETER, reason);
    }
    if (isForbiddenToSend(header.topic)) {
      return this.#refuse(call, ResponseCode.NO_PERMISSION, `Sending message to topic[${header.topic}] is forbidden.`);
    }
    topic ??= topics.ofSend(header.topic, header.defaultTopic, header.defaultTopicQueueNums, header.unitMode);
    if (topic === undefined) {
      return this.#refuse(
        call,
        ResponseCode.TOPIC_NOT_EXIST,
        `topic[${header.topic}] not exist, apply first please!\nautoCreateTopicEnable is ${config.autoCreateTopicEnable} on broker ${this.#parts.brokerAddr}; create it with: mqadmin updateTopic -c ${this.#parts.clusterName} -t ${header.topic}`,
      );
    }
    if (hasBatchQueues(topic)) {
      return this.#refuse(
        call,
        ResponseCode.NO_PERMISSION,
        `topic[${header.topic}] has batch consume queues, which this broker does not serve`,
      );
    }
    const queues = Math.max(topic.writeQueueNums, topic.readQueueNums);
    if (header.queueId >= queues) {
      return this.#refuse(
        call,
        ResponseCode.INVALID_PARAMETER,
        `request queueId[${header.queueId}] is illegal, topic[${header.topic}] has ${queues} queues on broker ${this.#parts.brokerAddr}`,
      );
    }
    return topic;
  }

  #fillCommon(call: SendCall, topic: TopicConfig, queueId: number): void {
    const input = this.#input;
    const { header } = call;
    input.topic = topic.topicName;
    input.queueId = queueId;
    input.flag = header.flag;
    input.sysFlag = header.sysFlag & ~BROKER_BITS;
    if (topic.topicFilterType === 'MULTI_TAG') input.sysFlag |= MessageSysFlag.MULTI_TAGS;
    input.bornTimestamp = header.bornTimestamp;
    input.bornHost = this.#bornHost(call.connection);
    input.reconsumeTimes = header.reconsumeTimes;
    input.preparedTransactionOffset = 0;
    input.body = call.body;
    input.charset = 'utf8';
    input.delayMs = undefined;
  }

  /** The peer's real address, also behind a PROXY preface: as Apache stores it. */
  #bornHost(connection: RemotingConnection): Uint8Array {
    let host = this.#bornHosts.get(connection);
    if (host === undefined) {
      host = encodeHost(connection.remote);
      this.#bornHosts.set(connection, host);
    }
    return host;
  }

  /** `isDead`: the input names a dead letter queue already. The answer tells the queue that was asked for. */
  #sendOne(call: SendCall, queueId: number, isDead = false): void {
    const { config, store, answers, placement } = this.#parts;
    const input = this.#input;
    const { header } = call;
    if (call.body.length > config.maxMessageSize) {
      return this.#reject(
        call,
        ResponseCode.MESSAGE_ILLEGAL,
        `the message body has ${call.body.length} bytes, more than maxMessageSize ${config.maxMessageSize}`,
      );
    }
    if (header.properties.length > LONGEST_PROPERTIES) return this.#notStored(call, 'PROPERTIES_SIZE_EXCEEDED');
    const kind = this.#kind.read(header.properties, 'utf8', header.reconsumeTimes);
    if (!this.#takes(call, kind, isDead)) return;
    const { properties } = kind;
    properties.remove(PropertySlot.POP_CK);
    properties.setPiece(PropertySlot.MSG_REGION, this.#region);
    properties.setPiece(PropertySlot.TRACE_ON, this.#trace);
    if (isDead) properties.set(PropertySlot.DELAY, NEVER_DELAYED);
    let { uniqueKey } = kind;
    if (uniqueKey === undefined) {
      uniqueKey = this.#parts.uniqueKeys.next();
      properties.set(PropertySlot.UNIQ_KEY, uniqueKey);
    }
    properties.setPiece(PropertySlot.CLUSTER, this.#cluster);
    input.uniqueKey = uniqueKey;
    input.keys = kind.keys ?? '';
    input.tags = kind.tags ?? '';
    input.tagsCode = tagCode(kind.tags);
    placement.park(input, properties, isDead ? 0 : kind.delayLevel);
    input.properties = storableText(properties.text());
    // A retry that its consumer sends itself has in it already what the room is for.
    const later = isRetryTopic(header.topic) ? 'PUT_OK' : roomLater(input, header.topic, store);
    if (later !== 'PUT_OK') return this.#notStored(call, later);
    const ticket = new SendTicket(call, answers, queueId, uniqueKey);
    ticket.storedTopic = input.topic;
    ticket.storedQueueId = input.queueId;
    const result = placement.put(input, ticket, kind.wait);
    if (result.status !== 'PUT_OK') return this.#notStored(call, result.status);
    ticket.queueOffset = result.queueOffset;
    ticket.physicalOffset = result.physicalOffset;
    ticket.storedBytes = result.storedBytes;
  }

  /** Kinds of messages that are refused; false when this one was. */
  #takes(call: SendCall, kind: MessageKind, isDead: boolean): boolean {
    if (kind.badDelay !== undefined && !isDead) {
      this.#reject(call, ResponseCode.SYSTEM_ERROR, badDelay(kind.badDelay));
    } else if (kind.isHalf) {
      this.#reject(
        call,
        ResponseCode.NO_PERMISSION,
        `the broker[${this.#parts.brokerAddr}] sending transaction message is forbidden`,
      );
    } else if (kind.isTimer && !isDead) {
      this.#reject(
        call,
        ResponseCode.MESSAGE_ILLEGAL,
        'this broker serves delay levels but no timer properties yet; use the DELAY level of the message',
      );
    } else if (kind.isInnerBatch || (call.header.sysFlag & MessageSysFlag.INNER_BATCH) !== 0) {
      this.#reject(call, ResponseCode.MESSAGE_ILLEGAL, INNER_BATCH_TEXT);
    } else return true;
    return false;
  }

  /** A message that a client sends to a retry topic itself; too many tries make it a dead letter. Source: SendMessageProcessor#handleRetryAndDLQ. */
  #sendRetry(call: SendCall, topic: TopicConfig, queueId: number): void {
    const { groups, topics, locks } = this.#parts;
    const { header } = call;
    const groupName = header.topic.slice(RETRY_TOPIC_PREFIX.length);
    const group = groups.ofConsumer(groupName);
    if (group === undefined) {
      return this.#reject(
        call,
        ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
        `subscription group not exist, ${groupName}`,
      );
    }
    const limit =
      call.version >= FIRST_VERSION_WITH_LIMIT && header.maxReconsumeTimes !== undefined
        ? header.maxReconsumeTimes
        : group.retryMaxTimes;
    if (header.reconsumeTimes <= limit && !locks.isAnyLocked(groupName)) return this.#sendOne(call, queueId);
    const deadLetters = topics.ofSystem(deadLetterTopic(groupName), 1, DEAD_LETTER_PERM, topic.topicSysFlag);
    this.#input.topic = deadLetters.topicName;
    this.#input.queueId = 0;
    this.#sendOne(call, queueId, true);
  }

  #sendBatch(call: SendCall, topic: TopicConfig, queueId: number): void {
    const { config, store, answers } = this.#parts;
    if (topic.topicName.length > BATCH_TOPIC_MAX_LENGTH) {
      return this.#reject(
        call,
        ResponseCode.MESSAGE_ILLEGAL,
        `message topic length too long ${topic.topicName.length}`,
      );
    }
    if (isRetryTopic(call.header.topic)) {
      return this.#reject(
        call,
        ResponseCode.MESSAGE_ILLEGAL,
        `batch request does not support retry group ${call.header.topic}`,
      );
    }
    if (call.body.length > config.maxMessageSize) {
      return this.#reject(
        call,
        ResponseCode.MESSAGE_ILLEGAL,
        `the batch has ${call.body.length} bytes, more than maxMessageSize ${config.maxMessageSize}`,
      );
    }
    const members = membersOf(call.body);
    if (typeof members === 'string') return this.#reject(call, ResponseCode.MESSAGE_ILLEGAL, members);
    if (call.header.properties.length > LONGEST_PROPERTIES) return this.#notStored(call, 'PROPERTIES_SIZE_EXCEEDED');
    const kind = this.#kind.read(call.header.properties);
    const refusal =
      transactionType(call.header.sysFlag) === 0 && (call.header.sysFlag & MessageSysFlag.INNER_BATCH) === 0
        ? whyNoMember(kind)
        : 'its system flags say what no batch can be';
    if (refusal !== undefined) {
      return this.#reject(call, ResponseCode.MESSAGE_ILLEGAL, `the batch can not be stored: ${refusal}`);
    }
    const { wait, uniqueKey } = kind;
    for (const [index, member] of members.entries()) {
      const why = this.#readMember(member, topic.topicName);
      if (why === undefined) continue;
      const text = `the batch can not be stored, nothing of it is: message ${index + 1} of ${members.length}: ${why}`;
      return this.#reject(call, ResponseCode.MESSAGE_ILLEGAL, text);
    }
    const ticket = new SendTicket(call, answers, queueId, uniqueKey);
    ticket.storedTopic = topic.topicName;
    ticket.storedQueueId = queueId;
    ticket.storedMessages = members.length;
    const input = this.#input;
    input.charset = 'latin1';
    const next = (index: number): RecordInput => {
      const member = members[index]!;
      input.flag = member.flag;
      input.body = member.body;
      input.properties = member.propertiesText;
      input.uniqueKey = member.uniqueKey;
      input.keys = member.keys;
      input.tags = member.tags;
      input.tagsCode = tagCode(member.tags);
      return input;
    };
    const { status, records } = store.putBatch(members.length, call.body.length, next, ticket, wait);
    if (status !== 'PUT_OK') return this.#notStored(call, status);
    ticket.queueOffset = records[0]!.queueOffset;
    ticket.members = records.map(({ physicalOffset }) => physicalOffset);
    for (const { storedBytes } of records) ticket.storedBytes += storedBytes;
  }

  /** Reads what the index wants of a member, whose bytes are stored as they are; the reason when it can't be stored. */
  #readMember(member: Member, topic: string): string | undefined {
    const kind = this.#kind.read(member.propertiesText, 'latin1');
    member.uniqueKey = kind.uniqueKey ?? '';
    member.keys = kind.keys ?? '';
    member.tags = kind.tags ?? '';
    // A record that ends in a zero looks like one whose end was never written.
    if (member.propertiesText.endsWith('\0')) member.propertiesText += PROPERTY_END;
    const input = this.#input;
    input.body = member.body;
    input.properties = member.propertiesText;
    input.charset = 'latin1';
    const later = roomLater(input, topic, this.#parts.store);
    return later === 'PUT_OK' ? whyNoMember(kind) : this.#remarkOf(later);
  }

  #notStored(call: SendCall, status: PutMessageStatus): void {
    this.#reject(call, codeOf(status), this.#remarkOf(status));
  }

  #remarkOf(status: PutMessageStatus): string {
    switch (status) {
      case 'SERVICE_NOT_AVAILABLE':
        return this.#parts.answers.storeFailure();
      case 'OS_PAGE_CACHE_BUSY':
        return `[PC_SYNCHRONIZED]broker busy, ${this.#parts.store.unconfirmedBytes} bytes wait for the disk`;
      case 'PROPERTIES_SIZE_EXCEEDED':
        return 'the message is illegal, its properties have more than 32767 bytes, together with what is added when it is delivered or sent back';
      case 'MESSAGE_ILLEGAL':
        return 'the message is illegal, it does not fit into a commit log file';
      case 'CREATE_MAPPED_FILE_FAILED':
        return 'create mapped file failed, see store.log of the broker';
      default:
        return status;
    }
  }

  #refuse(call: SendCall, code: number, remark: string): undefined {
    this.#reject(call, code, remark);
    return undefined;
  }

  #reject(call: SendCall, code: number, remark: string): void {
    const { answers } = this.#parts;
    call.fail(code, remark, { regionId: answers.regionId, traceOn: answers.traceOn });
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

/** What a batch, or one of its messages, must not ask for: members go to the queue of the batch at once. Source: MessageBatch#generateFromList. */
function whyNoMember(kind: MessageKind): string | undefined {
  if (kind.badDelay !== undefined) return badDelay(kind.badDelay);
  if (kind.delayLevel > 0 || kind.isTimer) return 'messages of a batch can not be delayed';
  if (kind.isHalf) return 'messages of a batch can not be halves of transactions';
  return kind.isInnerBatch ? INNER_BATCH_TEXT : undefined;
}

function badDelay(text: string): string {
  return `${MessageProperty.DELAY_TIME_LEVEL} ${JSON.stringify(text.slice(0, 100))} is not a number; it takes a delay level, 1 and up`;
}
