import { asError, type Clock, type Random } from '@rocketmq-ts/kernel';
import {
  appendProperty,
  deadLetterTopic,
  decodeBatch,
  isForbiddenToSend,
  isRetryTopic,
  MessageProperty,
  MessageSysFlag,
  MQVersion,
  Perm,
  RETRY_TOPIC_PREFIX,
  ResponseCode,
  removeProperty,
  SEND_BATCH_MESSAGE,
  SEND_MESSAGE,
  SEND_MESSAGE_V2,
  SystemTopic,
  type TopicConfig,
  type UniqueKeyGenerator,
  validateTopic,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingConnection, RemotingServer } from '@rocketmq-ts/remoting';
import { deliverTime, type MessageStore, type PutMessageStatus, type RecordInput, tagCode } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import type { GroupTable } from '../group/group-table.ts';
import type { QueueLocks } from '../group/queue-locks.ts';
import { encodeHost } from '../identity.ts';
import { hasBatchQueues } from '../topic/attributes.ts';
import type { TopicTable } from '../topic/topic-table.ts';
import { closed, PropertyScan, withoutReserved } from './message-properties.ts';
import { BROKER_BITS } from './put-again.ts';
import { codeOf, type SendAnswers, SendTicket } from './send-ticket.ts';

/** A send in any of its header forms: what all of them have. */
type SendCall = Omit<Call<typeof SEND_MESSAGE>, 'command'>;

/** Client versions below it send no limit of their own. Source: MQVersion V3_4_9. */
const FIRST_VERSION_WITH_LIMIT = MQVersion.V3_4_9;
const DEAD_LETTER_PERM = Perm.READ | Perm.WRITE;
/** A dead letter is never delayed, whatever its message asked for. Source: SendMessageProcessor#handleRetryAndDLQ. */
const DEAD_LETTER_MARK = appendProperty('', MessageProperty.DELAY_TIME_LEVEL, '-1');
/** Longest topic of a batch. Source: SendMessageProcessor#sendBatchMessage. */
const BATCH_TOPIC_MAX_LENGTH = 127;

export interface SendParts {
  readonly clock: Clock;
  readonly random: Random;
  /** Ids for messages whose producer gave none. */
  readonly uniqueKeys: UniqueKeyGenerator;
  readonly config: BrokerConfig;
  readonly delayLevelsMs: readonly number[];
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
  readonly #scan = new PropertyScan();
  readonly #bornHosts = new WeakMap<RemotingConnection, Uint8Array>();
  /** Appended to the properties of every single message. */
  readonly #suffix: string;
  readonly #input: RecordInput;

  constructor(parts: SendParts) {
    this.#parts = parts;
    const region = appendProperty('', MessageProperty.MSG_REGION, parts.config.regionId);
    const trace = appendProperty(region, MessageProperty.TRACE_SWITCH, String(parts.config.traceOn));
    this.#suffix = appendProperty(trace, MessageProperty.CLUSTER, parts.clusterName);
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
      tagsCode: 0,
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
    const { config, store, answers } = this.#parts;
    const input = this.#input;
    const scan = this.#scan.read(call.header.properties);
    if (call.body.length > config.maxMessageSize) {
      return this.#reject(
        call,
        ResponseCode.MESSAGE_ILLEGAL,
        `the message body has ${call.body.length} bytes, more than maxMessageSize ${config.maxMessageSize}`,
      );
    }
    if (scan.isTransaction) {
      return this.#reject(
        call,
        ResponseCode.NO_PERMISSION,
        `the broker[${this.#parts.brokerAddr}] sending transaction message is forbidden`,
      );
    }
    if (scan.isTimer && scan.delayLevel <= 0) {
      return this.#reject(
        call,
        ResponseCode.MESSAGE_ILLEGAL,
        'this broker serves delay levels but no timer properties yet; use the DELAY level of the message',
      );
    }
    let properties = scan.hasReserved ? withoutReserved(call.header.properties) : closed(call.header.properties);
    let uniqueKey = scan.uniqueKey;
    if (uniqueKey === undefined) {
      uniqueKey = this.#parts.uniqueKeys.next();
      properties = appendProperty(properties, MessageProperty.UNIQ_CLIENT_MESSAGE_ID, uniqueKey);
    }
    if (isDead) properties = removeProperty(properties, MessageProperty.DELAY_TIME_LEVEL) + DEAD_LETTER_MARK;
    properties += this.#suffix;
    input.uniqueKey = uniqueKey;
    input.keys = scan.keys ?? '';
    input.tags = scan.tags ?? '';
    this.#place(properties, scan.tags, isDead ? 0 : scan.delayLevel);
    const ticket = new SendTicket(call, answers, queueId, uniqueKey);
    ticket.storedTopic = input.topic;
    ticket.storedQueueId = input.queueId;
    const status = store.put(input, ticket, scan.wait);
    if (status !== 'PUT_OK') return this.#notStored(call, status);
    ticket.queueOffset = store.lastQueueOffset;
    ticket.physicalOffset = store.lastPhysicalOffset;
    ticket.storedBytes = store.lastRecordBytes;
  }

  /** Sets properties and tags code; a delayed message is parked in the schedule topic. Source: HookUtils#handleScheduleMessage. */
  #place(properties: string, tags: string | undefined, delayLevel: number): void {
    const input = this.#input;
    if (delayLevel <= 0) {
      input.properties = properties;
      input.tagsCode = tagCode(tags);
      return;
    }
    const { delayLevelsMs, store } = this.#parts;
    const level = Math.min(delayLevel, delayLevelsMs.length);
    const realTopic = appendProperty(properties, MessageProperty.REAL_TOPIC, input.topic);
    input.properties = appendProperty(realTopic, MessageProperty.REAL_QUEUE_ID, String(input.queueId));
    input.topic = SystemTopic.SCHEDULE;
    input.queueId = level - 1;
    input.tagsCode = deliverTime(level, store.nextStoreTimestamp(), delayLevelsMs);
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
    const scan = this.#scan.read(call.header.properties);
    if (scan.delayLevel > 0 || scan.isTransaction || scan.isTimer) {
      return this.#reject(call, ResponseCode.MESSAGE_ILLEGAL, 'a batch can neither be delayed nor transactional');
    }
    const wait = scan.wait;
    const ticket = new SendTicket(call, answers, queueId, scan.uniqueKey);
    ticket.storedTopic = topic.topicName;
    ticket.storedQueueId = queueId;
    const placed: number[] = [];
    ticket.members = placed;
    ticket.storedMessages = members.length;
    const input = this.#input;
    const next = (index: number): RecordInput => {
      const member = members[index]!;
      input.flag = member.flag;
      input.body = member.body;
      input.properties = member.propertiesText;
      const { uniqueKey, keys, tags } = this.#scan.read(member.propertiesText);
      input.uniqueKey = uniqueKey ?? '';
      input.keys = keys ?? '';
      input.tags = tags ?? '';
      input.tagsCode = tagCode(tags);
      return input;
    };
    const note = (index: number): void => {
      if (index === 0) ticket.queueOffset = store.lastQueueOffset;
      placed.push(store.lastPhysicalOffset);
      ticket.storedBytes += store.lastRecordBytes;
    };
    const status = store.putBatch(members.length, call.body.length, next, note, ticket, wait);
    if (status !== 'PUT_OK') this.#notStored(call, status);
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
        return 'the message is illegal, its properties have more than 32767 bytes';
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

/** The members of a batch body, or why it is none. */
function membersOf(body: Buffer): ReturnType<typeof decodeBatch> | string {
  try {
    const members = decodeBatch(body);
    return members.length === 0 ? 'the batch holds no message' : members;
  } catch (error) {
    return asError(error).message;
  }
}
