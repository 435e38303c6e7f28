import { SEND_BATCH_MESSAGE, SEND_MESSAGE, SEND_MESSAGE_V2 } from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../config-table.ts';
import { Refusal } from '../refusal.ts';
import { Admission } from './admit.ts';
import { whyNotOfType } from './message-type.ts';
import type { SendParts } from './parts.ts';
import type { SendAnswers, SendCall } from './send-answers.ts';
import { BatchSend } from './send-batch.ts';
import { SingleSend } from './send-one.ts';

/**
 * Sends of one message and of batches, in every header form: each is admitted, classified, placed and put.
 * Source: SendMessageProcessor, AbstractSendMessageProcessor.
 */
export class SendHandler {
  readonly #config: Pick<BrokerConfig, 'enableTopicMessageTypeCheck'>;
  readonly #answers: SendAnswers;
  readonly #admission: Admission;
  readonly #single: SingleSend;
  readonly #batch: BatchSend;

  constructor(parts: SendParts) {
    this.#config = parts.config;
    this.#answers = parts.answers;
    this.#admission = new Admission(parts);
    this.#single = new SingleSend(parts);
    this.#batch = new BatchSend(parts);
  }

  serve(server: RemotingServer): void {
    server.handle(SEND_MESSAGE_V2, (call) => this.#send(call));
    server.handle(SEND_BATCH_MESSAGE, (call) => this.#send(call));
    server.handle(SEND_MESSAGE, (call) => this.#send(call));
  }

  #send(call: SendCall): void {
    const refusal = this.#answers.whyBusy() ?? this.#take(call);
    if (refusal !== undefined) this.#answers.refuse(call, refusal);
  }

  /** Undefined: the store has the message, and its ticket answers. */
  #take(call: SendCall): Refusal | undefined {
    const { header } = call;
    const topic = this.#admission.admit(header);
    if (topic instanceof Refusal) return topic;
    if (this.#config.enableTopicMessageTypeCheck) {
      const wrongType = whyNotOfType(call, topic);
      if (wrongType !== undefined) return wrongType;
    }
    const busy = this.#answers.whyTopicBusy(topic.topicName);
    if (busy !== undefined) return busy;
    const queueId = this.#admission.queueOf(header, topic);
    return header.batch ? this.#batch.take(call, topic, queueId) : this.#single.take(call, topic, queueId);
  }
}
