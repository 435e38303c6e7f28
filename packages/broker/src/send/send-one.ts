import {
  encodeRecallHandle,
  isRetryTopic,
  MessageSysFlag,
  PropertySlot,
  propertyPiece,
  RETRY_TOPIC_PREFIX,
  ResponseCode,
  SystemTopic,
  storableText,
  type TopicConfig,
} from '@rocketmq-ts/protocol';
import { LONGEST_PROPERTIES, MessageKind, whyKindRefused } from '../placement/classify.ts';
import type { Place } from '../placement/real-place.ts';
import { isTriedTooOften } from '../placement/retry.ts';
import { roomLater } from '../placement/room-later.ts';
import { Refusal } from '../refusal.ts';
import { hasBatchQueues } from '../topic/attributes.ts';
import { setInnerBase, whyNotItsMembers } from './inner-batch.ts';
import type { SendParts } from './parts.ts';
import type { SendCall } from './send-answers.ts';
import { fillIndexed, SendInput } from './send-input.ts';
import { SendTicket } from './send-ticket.ts';

/** DELAY of a dead letter that a client sends: it is never delayed, whatever it asked for. Source: SendMessageProcessor#handleRetryAndDLQ. */
const NEVER_DELAYED = '-1';

const TRACED = propertyPiece(PropertySlot.TRACE_ON, 'true');
const NOT_TRACED = propertyPiece(PropertySlot.TRACE_ON, 'false');

/** Sends of one message. Source: SendMessageProcessor#sendMessage. */
export class SingleSend {
  readonly #parts: SendParts;
  readonly #kind = new MessageKind();
  readonly #input: SendInput;
  /** Properties that every message gets. */
  #region: string;
  #regionId: string;
  readonly #cluster: string;

  constructor(parts: SendParts) {
    this.#parts = parts;
    this.#input = new SendInput(parts.storeHost);
    this.#regionId = parts.config.regionId;
    this.#region = propertyPiece(PropertySlot.MSG_REGION, this.#regionId);
    this.#cluster = propertyPiece(PropertySlot.CLUSTER, parts.clusterName);
  }

  /** Undefined: the store has the message, and its ticket answers. The answer names the queue that was asked for. */
  take(call: SendCall, topic: TopicConfig, queueId: number): Refusal | undefined {
    const { config, store, answers, placement, puts, halves } = this.#parts;
    const { header, body } = call;
    const input = this.#input.fill(call, topic, queueId);
    const isRetry = isRetryTopic(header.topic);
    const deadLetters = isRetry ? this.#deadLettersOf(call, topic) : undefined;
    if (deadLetters instanceof Refusal) return deadLetters;
    if (body.length > config.maxMessageSize) {
      const remark = `the message body has ${body.length} bytes, more than maxMessageSize ${config.maxMessageSize}`;
      return new Refusal(ResponseCode.MESSAGE_ILLEGAL, remark);
    }
    if (header.properties.length > LONGEST_PROPERTIES) return answers.notStored('PROPERTIES_SIZE_EXCEEDED');
    const kind = this.#kind.read(header.properties, 'utf8', header.reconsumeTimes);
    if (isRetry) kind.isRetryCopy();
    if (deadLetters !== undefined) {
      kind.dropDelay();
      input.topic = deadLetters.topic;
      input.queueId = deadLetters.queueId;
    }
    const { messageType } = kind;
    const refusal = whyKindRefused(kind, header.sysFlag, this.#parts, hasBatchQueues(topic));
    if (refusal !== undefined) return refusal;
    const uniqueKey = this.#completeProperties(kind, deadLetters !== undefined);
    fillIndexed(input, uniqueKey, kind.keys, kind.tags);
    if ((input.sysFlag & MessageSysFlag.INNER_BATCH) !== 0) {
      const why = whyNotItsMembers(kind.properties, input.sysFlag, body);
      if (why !== undefined) return new Refusal(ResponseCode.MESSAGE_ILLEGAL, why);
      setInnerBase(kind.properties, store.queue(input.topic, queueId));
    }
    const target = input.topic;
    const noPlace = placement.place(input, kind.properties, kind);
    if (noPlace !== undefined) return noPlace;
    input.properties = storableText(kind.properties.text());
    // A retry that its consumer sends itself has in it already what the room is for.
    const later = isRetry ? 'PUT_OK' : roomLater(input, header.topic, store.facts);
    if (later !== 'PUT_OK') return answers.notStored(later);
    const ticket = new SendTicket(call, answers, target, queueId, input, uniqueKey);
    ticket.messageType = messageType;
    const put = puts.put(input, ticket, kind.wait);
    if (put.status !== 'PUT_OK') return answers.notStored(put.status);
    ticket.taken(put, undefined);
    if (kind.isHalf) halves.parked(target);
    // Source: SendMessageProcessor#attachRecallHandle.
    if (kind.isTimer && !isRetry && input.topic === SystemTopic.WHEEL_TIMER)
      ticket.recallHandle = this.#recallHandle(kind, target, uniqueKey);
    return undefined;
  }

  /** The property is made once for a region, not for every message. */
  #follow(regionId: string): void {
    this.#regionId = regionId;
    this.#region = propertyPiece(PropertySlot.MSG_REGION, regionId);
  }

  /** The time in it is that of the slot, so that a recall goes to the same one. */
  #recallHandle({ properties }: MessageKind, topic: string, messageId: string): string {
    const timestamp = Number(properties.value(PropertySlot.TIMER_OUT_MS)) + 1;
    return encodeRecallHandle({ topic, brokerName: this.#parts.brokerName, timestamp, messageId });
  }

  /** Adds what every message gets, and returns the unique key. */
  #completeProperties({ properties, uniqueKey }: MessageKind, isDead: boolean): string {
    properties.remove(PropertySlot.POP_CK);
    const { regionId, traceOn } = this.#parts.config;
    if (regionId !== this.#regionId) this.#follow(regionId);
    properties.setPiece(PropertySlot.MSG_REGION, this.#region);
    properties.setPiece(PropertySlot.TRACE_ON, traceOn ? TRACED : NOT_TRACED);
    if (isDead) properties.set(PropertySlot.DELAY, NEVER_DELAYED);
    const key = uniqueKey ?? this.#parts.uniqueKeys.next();
    if (uniqueKey === undefined) properties.set(PropertySlot.UNIQ_KEY, key);
    properties.setPiece(PropertySlot.CLUSTER, this.#cluster);
    return key;
  }

  /**
   * The dead letters of a message that a client sends to a retry topic itself; undefined when it is tried again. What an ordered
   * group sends is given up: it has tried again itself. Source: SendMessageProcessor#handleRetryAndDLQ.
   */
  #deadLettersOf({ header, version }: SendCall, topic: TopicConfig): Place | Refusal | undefined {
    const { groups, retryPlaces, locks, stats } = this.#parts;
    const groupName = header.topic.slice(RETRY_TOPIC_PREFIX.length);
    const group = groups.ofConsumer(groupName);
    if (group === undefined) {
      const remark = `subscription group not exist, ${groupName}`;
      return new Refusal(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, remark);
    }
    const isOver = isTriedTooOften(header.reconsumeTimes, group, version, header.maxReconsumeTimes);
    if (!isOver && !locks.isAnyLocked(groupName)) return undefined;
    stats.exposed?.sentToDeadLetters(header.producerGroup, header.topic);
    return retryPlaces.deadLetters(group, topic.topicSysFlag);
  }
}
