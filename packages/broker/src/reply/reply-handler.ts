import { formatEndpoint, type Logger } from '@rocketmq-ts/kernel';
import {
  MessageSysFlag,
  PropertySlot,
  ResponseCode,
  SEND_REPLY_MESSAGE,
  SEND_REPLY_MESSAGE_V2,
  storableText,
  type TopicConfig,
} from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { RecordInput } from '@rocketmq-ts/store';
import type { Feature } from '../feature.ts';
import { LONGEST_PROPERTIES, MessageKind } from '../placement/classify.ts';
import { roomLater } from '../placement/room-later.ts';
import { Refusal } from '../refusal.ts';
import { Admission } from '../send/admit.ts';
import type { SendParts } from '../send/parts.ts';
import type { SendCall } from '../send/send-answers.ts';
import { fillIndexed, SendInput } from '../send/send-input.ts';
import { ReplyAnswer } from './reply-answer.ts';
import { type PushedHeader, ReplyPush, type ReplyPushParts } from './reply-push.ts';

const { REPLY_TO_CLIENT, PUSH_REPLY_TIME, MSG_REGION, TRACE_ON } = PropertySlot;

/** A reply that was admitted, with what is pushed and what is stored of it. */
interface Reply {
  readonly requester: string | undefined;
  readonly pushed: PushedHeader;
  readonly record: RecordInput;
  readonly messageType: number;
  readonly wait: boolean;
}

/**
 * Replies of request and reply: each is pushed to the client that asked, and then stored in the topic that it was sent to, unless
 * `storeReplyMessageEnable` is off. The answer says whether the requester has it. Source: ReplyMessageProcessor.
 */
export class ReplyHandler implements Feature {
  readonly #parts: SendParts & ReplyPushParts;
  readonly #logger: Logger;
  readonly #admission: Admission;
  readonly #push: ReplyPush;
  readonly #kind = new MessageKind();
  readonly #storeHost: string;

  constructor(parts: SendParts & ReplyPushParts) {
    this.#parts = parts;
    this.#logger = parts.logger;
    this.#admission = new Admission(parts);
    this.#push = new ReplyPush(parts);
    this.#storeHost = parts.brokerAddr;
  }

  serve(server: RemotingServer): void {
    server.handle(SEND_REPLY_MESSAGE_V2, (call) => this.#reply(call));
    server.handle(SEND_REPLY_MESSAGE, (call) => this.#reply(call));
  }

  async #reply(call: SendCall): Promise<void> {
    const { answers, config } = this.#parts;
    const reply = this.#read(call);
    if (reply instanceof Refusal) return answers.refuse(call, reply);
    const why = await this.#push.push(reply.requester, reply.pushed, call.body);
    const answer = new ReplyAnswer(call, answers, reply.record, reply.messageType, why);
    if (config.storeReplyMessageEnable) this.#store(reply, answer);
    else answer.notStored();
  }

  /** Everything that the store could not take is refused before anything is pushed. */
  #read(call: SendCall): Reply | Refusal {
    const { config, answers, store } = this.#parts;
    const { header, body } = call;
    const topic = this.#admission.admit(header);
    if (topic instanceof Refusal) return topic;
    if (body.length > config.maxMessageSize) {
      const remark = `the body of the reply has ${body.length} bytes, more than maxMessageSize ${config.maxMessageSize}`;
      return new Refusal(ResponseCode.MESSAGE_ILLEGAL, remark);
    }
    if (header.properties.length > LONGEST_PROPERTIES) return answers.notStored('PROPERTIES_SIZE_EXCEEDED');
    const kind = this.#kind.read(header.properties);
    if (header.batch || kind.isInnerBatch || (header.sysFlag & MessageSysFlag.INNER_BATCH) !== 0) {
      return new Refusal(ResponseCode.MESSAGE_ILLEGAL, 'a reply is one message, not a batch');
    }
    const { messageType } = kind;
    const full = this.#push.whyFull(body.length);
    if (full !== undefined) return full;
    kind.properties.set(MSG_REGION, config.regionId);
    kind.properties.set(TRACE_ON, String(config.traceOn));
    const record = this.#record(call, topic, kind);
    const later = roomLater(record, header.topic, store.facts);
    if (later !== 'PUT_OK') return answers.notStored(later);
    const requester = kind.properties.value(REPLY_TO_CLIENT);
    return { requester, pushed: this.#pushed(call, kind), record, messageType, wait: kind.wait };
  }

  /** As it was sent, with the region and the trace switch, and not delayed. Each has its own input, since it waits for the push. */
  #record(call: SendCall, topic: TopicConfig, kind: MessageKind): RecordInput {
    const queueId = this.#admission.queueOf(call.header, topic);
    const record = new SendInput(this.#parts.storeHost).fill(call, topic, queueId);
    record.properties = storableText(kind.properties.text());
    fillIndexed(record, kind.uniqueKey, kind.keys, kind.tags);
    return record;
  }

  #pushed({ header, connection }: SendCall, { properties }: MessageKind): PushedHeader {
    const now = this.#parts.clock.now();
    properties.set(PUSH_REPLY_TIME, String(now));
    return {
      producerGroup: header.producerGroup,
      topic: header.topic,
      defaultTopic: header.defaultTopic,
      defaultTopicQueueNums: header.defaultTopicQueueNums,
      queueId: header.queueId,
      sysFlag: header.sysFlag,
      bornTimestamp: header.bornTimestamp,
      flag: header.flag,
      properties: properties.text(),
      reconsumeTimes: header.reconsumeTimes,
      unitMode: header.unitMode,
      bornHost: formatEndpoint(connection.remote),
      storeHost: this.#storeHost,
      storeTimestamp: now,
    };
  }

  /** Whether the copy is stored does not change the code of the answer, which is about the requester. */
  #store({ record, wait }: Reply, answer: ReplyAnswer): void {
    const put = this.#parts.puts.put(record, answer, wait);
    if (put.status === 'PUT_OK') {
      answer.put = put;
      return;
    }
    this.#logger.warn('a reply could not be stored', { topic: record.topic, status: put.status });
    answer.notStored();
  }
}
