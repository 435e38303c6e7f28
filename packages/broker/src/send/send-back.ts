import type { Logger, Random, WhenSaved } from '@rocketmq-ts/kernel';
import {
  CONSUMER_SEND_MSG_BACK,
  deadLetterTopic,
  MQVersion,
  offsetMessageIdOf,
  Perm,
  PropertySlot,
  PropertyTable,
  ResponseCode,
  readStoredRecord,
  retryTopic,
  type StoredRecord,
  type SubscriptionGroupConfig,
  TopicSysFlag,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import { isStored, type MessageStore, type PutMessageStatus } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import type { GroupTable } from '../group/group-table.ts';
import type { RecordMover } from '../placement/record-mover.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import type { TopicTable } from '../topic/topic-table.ts';
import { topicNotSaved } from './send-ticket.ts';

type SendBackCall = Call<typeof CONSUMER_SEND_MSG_BACK>;

const FIRST_VERSION_WITH_LIMIT = MQVersion.V3_4_9;
/** A message that failed for the first time waits for this level, then one more each time. Source: AbstractSendMessageProcessor. */
const FIRST_RETRY_LEVEL = 3;
const READ_WRITE = Perm.READ | Perm.WRITE;
const { RETRY_TOPIC, ORIGIN_MESSAGE_ID, WAIT, DELAY, MSG_REGION, TRACE_ON, CLUSTER } = PropertySlot;
/** What a message goes without where its properties would be too long with it. */
const OPTIONAL = [WAIT, ORIGIN_MESSAGE_ID, MSG_REGION, TRACE_ON, CLUSTER];

export interface SendBackParts {
  readonly config: BrokerConfig;
  readonly brokerAddr: string;
  readonly random: Random;
  readonly store: MessageStore;
  readonly logger: Logger;
  readonly mover: RecordMover;
  /** As it is in records. */
  readonly storeHost: Uint8Array;
  readonly topics: TopicTable;
  readonly groups: GroupTable;
  readonly stats: BrokerStats;
}

/** A consumer could not handle a message: it comes again later, or becomes a dead letter. Source: AbstractSendMessageProcessor#consumerSendMsgBack. */
export class SendBackHandler {
  readonly #parts: SendBackParts;
  readonly #properties = new PropertyTable();

  constructor(parts: SendBackParts) {
    this.#parts = parts;
  }

  serve(server: RemotingServer): void {
    server.handle(CONSUMER_SEND_MSG_BACK, (call) => this.#sendBack(call));
  }

  #sendBack(call: SendBackCall): void {
    const { config, groups, topics, store, brokerAddr } = this.#parts;
    const { header } = call;
    const group = groups.ofConsumer(header.group);
    if (group === undefined)
      return call.fail(
        ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
        `subscription group not exist, ${header.group}; create it with mqadmin updateSubGroup, or set autoCreateSubscriptionGroup=true on broker ${brokerAddr}`,
      );
    if (!Perm.isWriteable(config.brokerPermission)) {
      return call.fail(ResponseCode.NO_PERMISSION, `the broker[${brokerAddr}] sending message is forbidden`);
    }
    if (group.retryQueueNums <= 0) return call.answer({});
    const retries = topics.get(retryTopic(group.groupName));
    if (retries !== undefined && !Perm.isWriteable(retries.perm)) {
      const remark = `the topic[${retries.topicName}] sending message is forbidden; allow it with mqadmin updateTopicPerm`;
      return call.fail(ResponseCode.NO_PERMISSION, remark);
    }
    const bytes = store.lookup.recordAt(header.offset);
    const record = bytes && readStoredRecord(bytes);
    if (record === undefined)
      return call.fail(
        ResponseCode.SYSTEM_ERROR,
        `look message by offset failed, ${header.offset}: CONSUMER_SEND_MSG_BACK names a message that this broker does not hold, or no longer`,
      );
    const limit =
      call.version >= FIRST_VERSION_WITH_LIMIT &&
      header.maxReconsumeTimes !== undefined &&
      header.maxReconsumeTimes >= 0
        ? header.maxReconsumeTimes
        : group.retryMaxTimes;
    const isDead = header.delayLevel < 0 || record.reconsumeTimes >= limit;
    const status = isDead ? this.#giveUp(call, group, record) : this.#retry(call, group, record);
    if (status !== 'PUT_OK') call.fail(ResponseCode.SYSTEM_ERROR, this.#notStored(status));
  }

  /** The message would not be found after a restart without its topic and its group. */
  #answerWhenSaved(call: SendBackCall, topic: string): void {
    const { topics, groups } = this.#parts;
    const answer: WhenSaved = (failure) => {
      if (failure === undefined) call.answer({});
      else call.fail(ResponseCode.SYSTEM_ERROR, topicNotSaved(topic, failure));
    };
    const group: WhenSaved = (failure) => {
      if (failure === undefined && groups.isUnsaved(call.header.group)) groups.whenSaved(answer);
      else answer(failure);
    };
    if (topics.isUnsaved(topic)) topics.whenSaved(group);
    else group(undefined);
  }

  /** Later in the retry topic of its group. */
  #retry(call: SendBackCall, group: SubscriptionGroupConfig, record: StoredRecord): PutMessageStatus {
    const { header } = call;
    const { logger } = this.#parts;
    const level = header.delayLevel > 0 ? header.delayLevel : FIRST_RETRY_LEVEL + record.reconsumeTimes;
    const target = this.#retryQueue(group, header.unitMode);
    let status = this.#put(call, record, target, level);
    if (status === 'PROPERTIES_SIZE_EXCEEDED') status = this.#put(call, record, target, level, true);
    if (status !== 'PROPERTIES_SIZE_EXCEEDED' && status !== 'MESSAGE_ILLEGAL') return status;
    logger.error('a message that was sent back has no room for what a retry needs; it becomes a dead letter', {
      group: group.groupName,
      offsetMsgId: offsetMessageIdOf(record),
      status,
    });
    return this.#giveUp(call, group, record);
  }

  /** Apache's answer is the status alone. */
  #notStored(status: PutMessageStatus): string {
    const { running, failure } = this.#parts.store;
    const reason = failure?.message ?? running.notWritableBecause;
    return `${status}: CONSUMER_SEND_MSG_BACK was not stored${reason === undefined ? '' : `, since ${reason}`}; send it again`;
  }

  #giveUp(call: SendBackCall, group: SubscriptionGroupConfig, record: StoredRecord): PutMessageStatus {
    return this.#put(call, record, this.#deadLetterQueue(group), 0);
  }

  /** Level 0: a dead letter. Source: AbstractSendMessageProcessor#consumerSendMsgBack. */
  #put(
    call: SendBackCall,
    record: StoredRecord,
    target: { topic: string; queueId: number },
    delayLevel: number,
    isShort = false,
  ): PutMessageStatus {
    const properties = this.#properties.read(record.properties, 'latin1');
    if (!properties.has(RETRY_TOPIC)) properties.set(RETRY_TOPIC, record.topic);
    properties.set(WAIT, 'false');
    properties.set(DELAY, String(delayLevel));
    const origin = properties.value(ORIGIN_MESSAGE_ID);
    if (origin === undefined || origin.trim() === '') properties.set(ORIGIN_MESSAGE_ID, offsetMessageIdOf(record));
    if (isShort) for (const slot of OPTIONAL) properties.remove(slot);
    const move = {
      ...target,
      reconsumeTimes: record.reconsumeTimes + 1,
      storeHost: this.#parts.storeHost,
      delayLevel,
    };
    const { mover, stats } = this.#parts;
    const { group, originTopic } = call.header;
    const firstTopic = properties.value(RETRY_TOPIC) ?? record.topic;
    const status = mover.put(record, properties, move, {
      stored: (outcome) => {
        if (!isStored(outcome)) return call.fail(ResponseCode.SYSTEM_ERROR, this.#notStored(outcome));
        stats.sentBack(group, firstTopic, place);
        if (delayLevel <= 0) stats.sentToDeadLetters(group, originTopic, call.extFields.Owner);
        this.#answerWhenSaved(call, target.topic);
      },
    });
    const place = mover.lastPlace;
    return status;
  }

  #retryQueue(group: SubscriptionGroupConfig, unitMode: boolean): { topic: string; queueId: number } {
    const sysFlag = unitMode ? TopicSysFlag.UNIT_SUB : 0;
    const topic = this.#parts.topics.ofSystem(retryTopic(group.groupName), group.retryQueueNums, READ_WRITE, sysFlag);
    return { topic: topic.topicName, queueId: this.#parts.random.below(group.retryQueueNums) };
  }

  #deadLetterQueue(group: SubscriptionGroupConfig): { topic: string; queueId: number } {
    const topic = this.#parts.topics.ofSystem(deadLetterTopic(group.groupName), 1, READ_WRITE);
    return { topic: topic.topicName, queueId: 0 };
  }
}
