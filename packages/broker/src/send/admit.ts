import { isForbiddenToSend, Perm, ResponseCode, type TopicConfig, validateTopic } from '@rocketmq-ts/protocol';
import { Refusal } from '../refusal.ts';
import type { SendParts } from './parts.ts';
import type { SendCall } from './send-answers.ts';

/** The checks that every send passes, in Apache's order. Source: AbstractSendMessageProcessor#msgCheck. */
export class Admission {
  readonly #parts: SendParts;

  constructor(parts: SendParts) {
    this.#parts = parts;
  }

  /** The topic that is sent to, which may be made now, or why nothing is sent to it. */
  admit(header: SendCall['header']): TopicConfig | Refusal {
    const { config, topics, clock } = this.#parts;
    if (config.startAcceptSendRequestTimeStamp > 0 && clock.now() < config.startAcceptSendRequestTimeStamp) {
      const remark = `broker unable to service, until ${config.startAcceptSendRequestTimeStamp}`;
      return new Refusal(ResponseCode.SYSTEM_ERROR, remark);
    }
    let topic = topics.get(header.topic);
    // Only order topics: others are kept from a broker that takes no writes by the routes it registers, and what is sent by
    // an older route is still stored. The same holds for topics without the bit.
    if (topic?.order === true && !Perm.isWriteable(config.brokerPermission)) {
      const remark = `the broker[${this.#parts.brokerAddr}] sending message is forbidden: brokerPermission=${config.brokerPermission}`;
      return new Refusal(ResponseCode.NO_PERMISSION, remark);
    }
    if (topic === undefined) {
      const reason = validateTopic(header.topic);
      if (reason !== undefined) return new Refusal(ResponseCode.INVALID_PARAMETER, reason);
    }
    if (isForbiddenToSend(header.topic)) {
      return new Refusal(ResponseCode.NO_PERMISSION, `Sending message to topic[${header.topic}] is forbidden.`);
    }
    topic ??= topics.ofSend(header.topic, header.defaultTopic, header.defaultTopicQueueNums, header.unitMode);
    if (topic === undefined) return new Refusal(ResponseCode.TOPIC_NOT_EXIST, this.#noTopic(header.topic));
    const queues = Math.max(topic.writeQueueNums, topic.readQueueNums);
    if (header.queueId >= queues) {
      const remark = `request queueId[${header.queueId}] is illegal, topic[${header.topic}] has ${queues} queues on broker ${this.#parts.brokerAddr}`;
      return new Refusal(ResponseCode.INVALID_PARAMETER, remark);
    }
    return topic;
  }

  /** The queue that an admitted send names, or one by chance. Source: AbstractSendMessageProcessor#randomQueueId. */
  queueOf({ queueId }: SendCall['header'], { writeQueueNums }: TopicConfig): number {
    return queueId < 0 ? this.#parts.random.below(Math.max(1, writeQueueNums)) : queueId;
  }

  #noTopic(topic: string): string {
    const { config, brokerAddr, clusterName } = this.#parts;
    return `topic[${topic}] not exist, apply first please!\nautoCreateTopicEnable is ${config.autoCreateTopicEnable} on broker ${brokerAddr}; create it with: mqadmin updateTopic -c ${clusterName} -t ${topic}`;
  }
}
