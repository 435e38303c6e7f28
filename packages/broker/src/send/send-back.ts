import type { Random, WhenSaved } from '@rocketmq-ts/kernel';
import {
  CONSUMER_SEND_MSG_BACK,
  deadLetterTopic,
  decodeMessage,
  MessageProperty,
  type MessageView,
  MQVersion,
  Perm,
  ResponseCode,
  retryTopic,
  type SubscriptionGroupConfig,
  TopicSysFlag,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import { isStored, type MessageStore } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import type { GroupTable } from '../group/group-table.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import type { TopicTable } from '../topic/topic-table.ts';
import type { MessageMover } from './put-again.ts';
import { topicNotSaved } from './send-ticket.ts';

type SendBackCall = Call<typeof CONSUMER_SEND_MSG_BACK>;

const FIRST_VERSION_WITH_LIMIT = MQVersion.V3_4_9;
/** A message that failed for the first time waits for this level, then one more each time. Source: AbstractSendMessageProcessor. */
const FIRST_RETRY_LEVEL = 3;
const READ_WRITE = Perm.READ | Perm.WRITE;

export interface SendBackParts {
  readonly config: BrokerConfig;
  readonly brokerAddr: string;
  readonly random: Random;
  readonly store: MessageStore;
  readonly mover: MessageMover;
  readonly topics: TopicTable;
  readonly groups: GroupTable;
  readonly stats: BrokerStats;
}

/** A consumer could not handle a message: it comes again later, or becomes a dead letter. Source: AbstractSendMessageProcessor#consumerSendMsgBack. */
export class SendBackHandler {
  readonly #parts: SendBackParts;

  constructor(parts: SendBackParts) {
    this.#parts = parts;
  }

  serve(server: RemotingServer): void {
    server.handle(CONSUMER_SEND_MSG_BACK, (call) => this.#sendBack(call));
  }

  #sendBack(call: SendBackCall): void {
    const { config, groups, store, brokerAddr } = this.#parts;
    const { header } = call;
    const group = groups.ofConsumer(header.group);
    if (group === undefined)
      return call.fail(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `subscription group not exist, ${header.group}`);
    if (!Perm.isWriteable(config.brokerPermission)) {
      return call.fail(ResponseCode.NO_PERMISSION, `the broker[${brokerAddr}] sending message is forbidden`);
    }
    if (group.retryQueueNums <= 0) return call.answer({});
    const record = store.lookup.recordAt(header.offset);
    if (record === undefined)
      return call.fail(ResponseCode.SYSTEM_ERROR, `look message by offset failed, ${header.offset}`);
    this.#store(call, group, decodeMessage(record, 0, { inflate: false }));
  }

  #store(call: SendBackCall, group: SubscriptionGroupConfig, message: MessageView): void {
    const { header } = call;
    const properties = new Map(message.properties);
    if (!properties.has(MessageProperty.RETRY_TOPIC)) properties.set(MessageProperty.RETRY_TOPIC, message.topic);
    if (!properties.has(MessageProperty.ORIGIN_MESSAGE_ID))
      properties.set(MessageProperty.ORIGIN_MESSAGE_ID, message.offsetMsgId);
    properties.set(MessageProperty.WAIT_STORE_MSG_OK, 'false');
    properties.delete(MessageProperty.DELAY_TIME_LEVEL);
    properties.delete(MessageProperty.REAL_TOPIC);
    properties.delete(MessageProperty.REAL_QUEUE_ID);
    const limit =
      call.version >= FIRST_VERSION_WITH_LIMIT &&
      header.maxReconsumeTimes !== undefined &&
      header.maxReconsumeTimes >= 0
        ? header.maxReconsumeTimes
        : group.retryMaxTimes;
    const dead = header.delayLevel < 0 || message.reconsumeTimes >= limit;
    const target = dead ? this.#deadLetterQueue(group) : this.#retryQueue(group, header.unitMode);
    if (dead) properties.set(MessageProperty.DELAY_TIME_LEVEL, '0');
    const { mover, stats } = this.#parts;
    const status = mover.put(
      {
        message,
        ...target,
        properties,
        reconsumeTimes: message.reconsumeTimes + 1,
        delayLevel: dead ? 0 : header.delayLevel > 0 ? header.delayLevel : FIRST_RETRY_LEVEL + message.reconsumeTimes,
      },
      {
        stored: (outcome) => {
          if (!isStored(outcome)) return call.fail(ResponseCode.SYSTEM_ERROR, outcome);
          stats.sentBack(header.group, properties.get(MessageProperty.RETRY_TOPIC) ?? message.topic, place);
          if (dead) stats.sentToDeadLetters(header.group, header.originTopic, call.extFields.Owner);
          this.#answerWhenSaved(call, target.topic);
        },
      },
    );
    if (status !== 'PUT_OK') return call.fail(ResponseCode.SYSTEM_ERROR, status);
    const place = mover.lastPlace;
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
