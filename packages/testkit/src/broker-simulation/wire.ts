import { silentLogger } from '@rocketmq-ts/kernel';
import * as protocol from '@rocketmq-ts/protocol';
import { type Answer, PlainCaller } from '../plain-caller.ts';
import type { SimulatedPlatform } from '../platform.ts';
import { PULL_FIELDS, SEND_FIELDS } from '../requests.ts';

const TIMEOUT_MS = 60_000;
/** Group of the reader that checks; it commits nothing. */
const READER = 'reader';

/** What a reader got from one place of a queue. */
interface FoundMessage {
  readonly queueId: number;
  readonly queueOffset: number;
  readonly physicalOffset: number;
  readonly body: string;
}

/** A client of one broker that makes single requests. */
export class Wire {
  readonly #caller: PlainCaller;
  readonly #address: string;

  constructor(platform: SimulatedPlatform, address: string) {
    this.#address = address;
    this.#caller = new PlainCaller(platform, silentLogger, TIMEOUT_MS);
  }

  start(): Promise<void> {
    return this.#caller.start();
  }

  stop(): Promise<void> {
    return this.#caller.stop();
  }

  ask<C extends protocol.Command>(command: C, header: protocol.RequestInput<C>, body?: Buffer): Promise<Answer<C>> {
    return this.#caller.ask(this.#address, command, header, body);
  }

  send(
    topic: string,
    queueId: number,
    body: string,
    properties = '',
  ): Promise<Answer<typeof protocol.SEND_MESSAGE_V2>> {
    const header = { ...SEND_FIELDS, topic, queueId, bornTimestamp: 1, properties };
    return this.ask(protocol.SEND_MESSAGE_V2, header, Buffer.from(body));
  }

  sendBatch(
    topic: string,
    queueId: number,
    bodies: readonly string[],
  ): Promise<Answer<typeof protocol.SEND_BATCH_MESSAGE>> {
    const members = bodies.map((body) => ({ flag: 0, body: Buffer.from(body), propertiesText: '' }));
    const header = { ...SEND_FIELDS, topic, queueId, bornTimestamp: 1, batch: true };
    return this.ask(protocol.SEND_BATCH_MESSAGE, header, protocol.encodeBatch(members));
  }

  /** As a consumer without subscriptions. */
  join(group: string): Promise<Answer<typeof protocol.HEART_BEAT>> {
    const body = protocol.encodeHeartbeatData({
      clientID: `${group}-1`,
      producerGroups: [],
      consumers: [
        {
          groupName: group,
          consumeType: 'CONSUME_PASSIVELY',
          messageModel: 'CLUSTERING',
          consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
          subscriptionDataSet: [],
          unitMode: false,
        },
      ],
      heartbeatFingerprint: 0,
      withoutSub: false,
    });
    return this.ask(protocol.HEART_BEAT, {}, body);
  }

  /** Read queues of a topic; undefined when the broker does not know it. */
  async queueNums(topic: string): Promise<number | undefined> {
    const answer = await this.ask(protocol.GET_TOPIC_CONFIG, { topic });
    if (answer === undefined || answer.code !== protocol.ResponseCode.SUCCESS) return undefined;
    return protocol.decodeTopicConfig(answer.body).readQueueNums;
  }

  async maxOffset(topic: string, queueId: number): Promise<number> {
    const answer = await this.ask(protocol.GET_MAX_OFFSET, { topic, queueId });
    return answer?.code === protocol.ResponseCode.SUCCESS ? answer.header.offset : 0;
  }

  /** All messages of a queue, as a consumer gets them. */
  async read(topic: string, queueId: number): Promise<FoundMessage[]> {
    const found: FoundMessage[] = [];
    for (let offset = 0; ; ) {
      const answer = await this.#pull(topic, queueId, offset);
      if (answer === undefined) return found;
      if (answer.code === protocol.ResponseCode.SUCCESS) {
        for (const message of protocol.decodeMessages(answer.body, { verifyCrc: true, inflate: false })) {
          const { queueOffset, physicalOffset, body } = message;
          found.push({ queueId, queueOffset, physicalOffset, body: body.toString() });
        }
      }
      const { nextBeginOffset } = answer.header;
      if (nextBeginOffset === undefined || nextBeginOffset <= offset) return found;
      offset = nextBeginOffset;
    }
  }

  #pull(topic: string, queueId: number, queueOffset: number): Promise<Answer<typeof protocol.PULL_MESSAGE>> {
    return this.ask(protocol.PULL_MESSAGE, {
      ...PULL_FIELDS,
      consumerGroup: READER,
      topic,
      queueId,
      queueOffset,
    });
  }
}
