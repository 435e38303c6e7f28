import { nodePlatform, silentLogger } from '@rocketmq-ts/kernel';
import {
  CONSUMER_SEND_MSG_BACK,
  decodeMessages,
  decodeTopicConfigSerializeWrapper,
  encodeBatch,
  formatMessageProperties,
  GET_ALL_TOPIC_CONFIG,
  GET_MAX_OFFSET,
  GET_MIN_OFFSET,
  type MessageView,
  PULL_MESSAGE,
  QUERY_CONSUMER_OFFSET,
  QUERY_MESSAGE,
  ResponseCode,
  SEND_BATCH_MESSAGE,
  SEND_MESSAGE_V2,
  UPDATE_AND_CREATE_TOPIC,
  UPDATE_CONSUMER_OFFSET,
} from '@rocketmq-ts/protocol';
import { createRemotingClient, type RemotingClient } from '@rocketmq-ts/remoting';

const TIMEOUT_MS = 10_000;
const GROUP = 'torture';

/** What a message has beside its body. */
export interface SendOptions {
  readonly delayLevel?: number;
  /** A single message gets this key. */
  readonly key?: string;
}

/** What came out of a pull. */
export interface Pulled {
  readonly messages: readonly MessageView[];
  readonly nextBeginOffset: number;
}

/** As tracing agents leave properties: names twice, of which the last counts, pieces of nothing, a separator in a value. */
const GLUED = 'DELAY\u0001-1\u0002KEYS\u0001no-key\u0002\u0002K\u0002trace\u0001a\u0001b\u0002';
/** And the end as clients before 5.0 leave it. */
const UNCLOSED = 'last\u0001value';

/** One connection to the broker that speaks plain commands: no retries, no routes, nothing that could hide a fault. */
export class BrokerClient {
  readonly #client: RemotingClient;
  readonly #address: string;
  readonly #topic: string;

  constructor(address: string, topic: string) {
    this.#address = address;
    this.#topic = topic;
    this.#client = createRemotingClient({ platform: nodePlatform, logger: silentLogger });
    this.#client.start();
  }

  async stop(): Promise<void> {
    await this.#client.stop();
  }

  async createTopic(queueCount: number, topic = this.#topic): Promise<void> {
    const header = { topic, readQueueNums: queueCount, writeQueueNums: queueCount, perm: 6 };
    const { code, remark } = await this.#client.request(this.#address, UPDATE_AND_CREATE_TOPIC, header, {
      timeoutMs: TIMEOUT_MS,
    });
    if (code !== ResponseCode.SUCCESS) throw new Error(`the topic could not be created: ${code} ${remark}`);
  }

  /** Queue offset of the (first) message when the broker answers SEND_OK; undefined for any other answer. Rejects without one. */
  async send(queueId: number, bodies: readonly Buffer[], options: SendOptions = {}): Promise<number | undefined> {
    const { code, queueOffset } = await this.trySend(queueId, bodies, options);
    return code === ResponseCode.SUCCESS ? queueOffset : undefined;
  }

  /** Without an answer. */
  async sendOneway(queueId: number, body: Buffer): Promise<void> {
    const header = {
      producerGroup: GROUP,
      topic: this.#topic,
      queueId,
      bornTimestamp: nodePlatform.clock.now(),
      batch: false,
    };
    await this.#client.notify(this.#address, SEND_MESSAGE_V2, header, { body });
  }

  /** As `send`, and what the broker answered. */
  async trySend(
    queueId: number,
    bodies: readonly Buffer[],
    options: SendOptions = {},
  ): Promise<{ readonly code: number; readonly remark: string; readonly queueOffset: number }> {
    const batch = bodies.length > 1;
    const properties: [string, string][] = [];
    if (options.delayLevel !== undefined) properties.push(['DELAY', String(options.delayLevel)]);
    if (options.key !== undefined) properties.push(['KEYS', options.key]);
    const header = {
      producerGroup: GROUP,
      topic: this.#topic,
      queueId,
      bornTimestamp: nodePlatform.clock.now(),
      batch,
      properties: GLUED + formatMessageProperties(properties) + UNCLOSED,
    };
    const member = { flag: 0, propertiesText: GLUED + UNCLOSED };
    const body = batch ? encodeBatch(bodies.map((each) => ({ ...member, body: each }))) : bodies[0]!;
    const response = batch
      ? await this.#client.request(this.#address, SEND_BATCH_MESSAGE, header, { timeoutMs: TIMEOUT_MS, body })
      : await this.#client.request(this.#address, SEND_MESSAGE_V2, header, { timeoutMs: TIMEOUT_MS, body });
    const { code, remark = '' } = response;
    return { code, remark, queueOffset: code === ResponseCode.SUCCESS ? response.header.queueOffset : -1 };
  }

  async pull(queueId: number, queueOffset: number): Promise<Pulled> {
    const response = await this.#client.request(
      this.#address,
      PULL_MESSAGE,
      {
        consumerGroup: GROUP,
        topic: this.#topic,
        queueId,
        queueOffset,
        maxMsgNums: 32,
        sysFlag: 0x4,
        subscription: '*',
        expressionType: 'TAG',
      },
      { timeoutMs: TIMEOUT_MS },
    );
    const messages = response.code === ResponseCode.SUCCESS ? decodeMessages(response.body, { verifyCrc: true }) : [];
    return { messages, nextBeginOffset: response.header.nextBeginOffset };
  }

  /** False when the broker refused it. */
  async sendBack(physicalOffset: number, delayLevel: number): Promise<boolean> {
    const header = { group: GROUP, offset: physicalOffset, delayLevel, originTopic: this.#topic };
    const response = await this.#client.request(this.#address, CONSUMER_SEND_MSG_BACK, header, {
      timeoutMs: TIMEOUT_MS,
    });
    return response.code === ResponseCode.SUCCESS;
  }

  /** Bodies of the messages under a key; undefined when the broker keeps no index. */
  async query(key: string): Promise<Buffer[] | undefined> {
    const header = { topic: this.#topic, key, maxNum: 32, beginTimestamp: 0, endTimestamp: Number.MAX_SAFE_INTEGER };
    const response = await this.#client.request(this.#address, QUERY_MESSAGE, header, { timeoutMs: TIMEOUT_MS });
    if (response.code === ResponseCode.REQUEST_CODE_NOT_SUPPORTED) return undefined;
    return response.code === ResponseCode.SUCCESS ? decodeMessages(response.body).map(({ body }) => body) : [];
  }

  /** Names of all topics. */
  async topics(): Promise<Set<string>> {
    const response = await this.#client.request(this.#address, GET_ALL_TOPIC_CONFIG, {}, { timeoutMs: TIMEOUT_MS });
    return new Set(decodeTopicConfigSerializeWrapper(response.body).topicConfigTable.keys());
  }

  async maxOffset(queueId: number): Promise<number> {
    const header = { topic: this.#topic, queueId };
    return (await this.#client.request(this.#address, GET_MAX_OFFSET, header, { timeoutMs: TIMEOUT_MS })).header.offset;
  }

  async minOffset(queueId: number): Promise<number> {
    const header = { topic: this.#topic, queueId };
    return (await this.#client.request(this.#address, GET_MIN_OFFSET, header, { timeoutMs: TIMEOUT_MS })).header.offset;
  }

  /** False when the broker refused it: while it stops. */
  async commit(queueId: number, commitOffset: number): Promise<boolean> {
    const header = { consumerGroup: GROUP, topic: this.#topic, queueId, commitOffset };
    const { code } = await this.#client.request(this.#address, UPDATE_CONSUMER_OFFSET, header, {
      timeoutMs: TIMEOUT_MS,
    });
    return code === ResponseCode.SUCCESS;
  }

  /** Where the group is; 0 when the broker does not know it. Throws when the broker refuses the request. */
  async progress(queueId: number): Promise<number> {
    const header = { consumerGroup: GROUP, topic: this.#topic, queueId };
    const response = await this.#client.request(this.#address, QUERY_CONSUMER_OFFSET, header, {
      timeoutMs: TIMEOUT_MS,
    });
    if (response.code === ResponseCode.QUERY_NOT_FOUND) return 0;
    // A broker that stops refuses the request; nothing follows from that for the group.
    if (response.code !== ResponseCode.SUCCESS) throw new Error(`the progress was refused with ${response.code}`);
    return response.header.offset;
  }
}
