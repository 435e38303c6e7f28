import type { WhenSaved } from '@rocketmq-ts/kernel';
import {
  CONSUMER_SEND_MSG_BACK,
  MessageSysFlag,
  offsetMessageIdOf,
  Perm,
  PropertySlot,
  PropertyTable,
  ResponseCode,
  readStoredRecord,
  retryTopic,
  type StoredRecord,
  type SubscriptionGroupConfig,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import type { PutMessageStatus } from '@rocketmq-ts/store';
import type { Place } from '../placement/real-place.ts';
import { isTriedTooOften, retryLevel } from '../placement/retry.ts';
import { Refusal } from '../refusal.ts';
import type { SendParts } from './parts.ts';
import { topicNotSaved } from './send-answers.ts';

type SendBackCall = Call<typeof CONSUMER_SEND_MSG_BACK>;

const { RETRY_TOPIC, ORIGIN_MESSAGE_ID, WAIT, DELAY, MSG_REGION, TRACE_ON, CLUSTER } = PropertySlot;
/** Left out where the properties would be too long with them. */
const OPTIONAL = [WAIT, ORIGIN_MESSAGE_ID, MSG_REGION, TRACE_ON, CLUSTER];

/** A consumer could not handle a message: it comes again later, or becomes a dead letter. Source: AbstractSendMessageProcessor#consumerSendMsgBack. */
export class SendBackHandler {
  readonly #parts: SendParts;
  readonly #properties = new PropertyTable();

  constructor(parts: SendParts) {
    this.#parts = parts;
  }

  serve(server: RemotingServer): void {
    server.handle(CONSUMER_SEND_MSG_BACK, (call) => {
      const refusal = this.#take(call);
      if (refusal !== undefined) call.fail(refusal.code, refusal.remark);
    });
  }

  /** Undefined: answered, or the store has the message and its ticket answers. */
  #take(call: SendBackCall): Refusal | undefined {
    const { config, groups, topics, store, brokerAddr } = this.#parts;
    const { header } = call;
    const group = groups.ofConsumer(header.group);
    if (group === undefined) {
      const remark = `subscription group not exist, ${header.group}; create it with mqadmin updateSubGroup, or set autoCreateSubscriptionGroup=true on broker ${brokerAddr}`;
      return new Refusal(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, remark);
    }
    if (!Perm.isWriteable(config.brokerPermission)) {
      return new Refusal(ResponseCode.NO_PERMISSION, `the broker[${brokerAddr}] sending message is forbidden`);
    }
    if (group.retryQueueNums <= 0) {
      call.answer({});
      return undefined;
    }
    const retries = topics.get(retryTopic(group.groupName));
    if (retries !== undefined && !Perm.isWriteable(retries.perm)) {
      const remark = `the topic[${retries.topicName}] sending message is forbidden; allow it with mqadmin updateTopicPerm`;
      return new Refusal(ResponseCode.NO_PERMISSION, remark);
    }
    const bytes = store.recordAt(header.offset);
    const record = bytes && readStoredRecord(bytes);
    if (record === undefined) {
      const remark = `look message by offset failed, ${header.offset}: CONSUMER_SEND_MSG_BACK names a message that this broker does not hold, or no longer`;
      return new Refusal(ResponseCode.SYSTEM_ERROR, remark);
    }
    if ((record.sysFlag & MessageSysFlag.INNER_BATCH) !== 0) {
      // Nothing says which of its messages failed. Source: HookUtils#checkInnerBatch.
      const remark =
        'MESSAGE_ILLEGAL: CONSUMER_SEND_MSG_BACK names a batch that is stored as one record; send the message to the retry topic';
      return new Refusal(ResponseCode.SYSTEM_ERROR, remark);
    }
    const { delayLevel, maxReconsumeTimes = -1 } = header;
    const attempt = record.reconsumeTimes + 1;
    const limit = maxReconsumeTimes < 0 ? undefined : maxReconsumeTimes;
    const isDead = delayLevel < 0 || isTriedTooOften(attempt, group, call.version, limit);
    const status = isDead ? this.#giveUp(call, group, record) : this.#retry(call, group, record);
    return status === 'PUT_OK' ? undefined : this.#notStored(status);
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
    const { logger, retryPlaces } = this.#parts;
    const level = retryLevel(header.delayLevel, record.reconsumeTimes + 1);
    const target = retryPlaces.retryQueue(group, header.unitMode);
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
  #notStored(status: PutMessageStatus): Refusal {
    const { failure, notWritableBecause, busyBecause } = this.#parts.store.facts;
    const reason = failure?.message ?? notWritableBecause ?? busyBecause;
    const remark = `${status}: CONSUMER_SEND_MSG_BACK was not stored${reason === undefined ? '' : `, since ${reason}`}; send it again`;
    return new Refusal(ResponseCode.SYSTEM_ERROR, remark);
  }

  #giveUp(call: SendBackCall, group: SubscriptionGroupConfig, record: StoredRecord): PutMessageStatus {
    return this.#put(call, record, this.#parts.retryPlaces.deadLetters(group), 0);
  }

  /** Level 0: a dead letter. Source: AbstractSendMessageProcessor#consumerSendMsgBack. */
  #put(call: SendBackCall, record: StoredRecord, target: Place, delayLevel: number, isShort = false): PutMessageStatus {
    const properties = this.#properties.read(record.properties, 'latin1');
    if (!properties.has(RETRY_TOPIC)) properties.set(RETRY_TOPIC, record.topic);
    properties.set(WAIT, 'false');
    properties.set(DELAY, String(delayLevel));
    const origin = properties.value(ORIGIN_MESSAGE_ID);
    if (origin === undefined || origin.trim() === '') properties.set(ORIGIN_MESSAGE_ID, offsetMessageIdOf(record));
    if (isShort) for (const slot of OPTIONAL) properties.remove(slot);
    const { mover, stats, storeHost } = this.#parts;
    const { group, originTopic } = call.header;
    const firstTopic = properties.value(RETRY_TOPIC) ?? record.topic;
    const move = { ...target, delayLevel, reconsumeTimes: record.reconsumeTimes + 1, storeHost };
    const moved = mover.move(record, properties, move, {
      stored: (outcome) => {
        // Also what is stored but not flushed or copied in time: the group counts the message as handled once this is answered.
        // Source: AbstractSendMessageProcessor#consumerSendMsgBack, which takes PUT_OK alone.
        if (outcome !== 'PUT_OK') return call.fail(ResponseCode.SYSTEM_ERROR, this.#notStored(outcome).remark);
        stats.sentBack(group, firstTopic, moved);
        if (delayLevel <= 0) stats.sentToDeadLetters(group, originTopic, call.extFields.Owner);
        this.#answerWhenSaved(call, target.topic);
      },
    });
    return moved.status;
  }
}
