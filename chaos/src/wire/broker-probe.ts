import { WireClient } from './frame.ts';
import { readMessages, type StoredMessage } from './stored-message.ts';

const UPDATE_AND_CREATE_TOPIC = 17;
const PULL_MESSAGE = 11;
const QUERY_CONSUMER_OFFSET = 14;
const GET_ALL_TOPIC_CONFIG = 21;
const GET_MAX_OFFSET = 30;
const GET_MIN_OFFSET = 31;
const GET_BROKER_CLUSTER_INFO = 106;

const SUCCESS = 0;
const PULL_NOT_FOUND = 19;
const PULL_RETRY_IMMEDIATELY = 20;
const PULL_OFFSET_MOVED = 21;
const QUERY_NOT_FOUND = 22;

const READER = 'chaos-reader';
const TIMEOUT_MS = 3000;

/** What a pull found, and where the next one begins. */
interface Pulled {
  readonly messages: readonly StoredMessage[];
  readonly next: number;
}

/** Plain requests to one broker: no retries, no routes, nothing that could hide a fault. Each rejects where the broker refuses it. */
export class BrokerProbe {
  readonly #wire: WireClient;

  constructor(address: string) {
    this.#wire = new WireClient(address);
  }

  /** Asked of a name server: the address of each broker name's master, where it has one. */
  async masters(): Promise<Map<string, string>> {
    const { code, remark, body } = await this.#wire.request(GET_BROKER_CLUSTER_INFO, {}, TIMEOUT_MS);
    if (code !== SUCCESS) throw new Error(`the cluster's table was refused: ${code} ${remark}`);
    const masters = new Map<string, string>();
    // fastjson writes ids as they are, without quotation marks: "brokerAddrs":{0:"host:port",1:"host:port"},"brokerName":"a"
    for (const [, addresses = '', name = ''] of body
      .toString('utf8')
      .matchAll(/"brokerAddrs":\{([^}]*)\},"brokerName":"([^"]*)"/g)) {
      const master = /(?:^|,)"?0"?:"([^"]*)"/.exec(addresses)?.[1];
      if (master !== undefined) masters.set(name, master);
    }
    return masters;
  }

  async createTopic(topic: string, queues: number): Promise<void> {
    const { code, remark } = await this.#wire.request(
      UPDATE_AND_CREATE_TOPIC,
      {
        topic,
        defaultTopic: 'TBW102',
        readQueueNums: queues,
        writeQueueNums: queues,
        perm: 6,
        topicFilterType: 'SINGLE_TAG',
        topicSysFlag: 0,
        order: false,
      },
      TIMEOUT_MS,
    );
    if (code !== SUCCESS) throw new Error(`${topic} was not created: ${code} ${remark}`);
  }

  async hasTopic(topic: string): Promise<boolean> {
    const { code, body } = await this.#wire.request(GET_ALL_TOPIC_CONFIG, {}, TIMEOUT_MS);
    return code === SUCCESS && body.includes(`"topicName":"${topic}"`);
  }

  async maxOffset(topic: string, queue: number): Promise<number> {
    return this.#offset(GET_MAX_OFFSET, { topic, queueId: queue });
  }

  async minOffset(topic: string, queue: number): Promise<number> {
    return this.#offset(GET_MIN_OFFSET, { topic, queueId: queue });
  }

  /** Undefined when the broker knows no offset of the group in this queue. */
  async groupOffset(group: string, topic: string, queue: number): Promise<number | undefined> {
    // Without the flag, a broker that does not know the group answers where it would begin.
    const fields = { consumerGroup: group, topic, queueId: queue, setZeroIfNotFound: false };
    const answer = await this.#wire.request(QUERY_CONSUMER_OFFSET, fields, TIMEOUT_MS);
    if (answer.code === QUERY_NOT_FOUND) return undefined;
    if (answer.code !== SUCCESS) throw new Error(`the offset was refused: ${answer.code} ${answer.remark}`);
    return Number(answer.fields.offset);
  }

  async pull(topic: string, queue: number, offset: number): Promise<Pulled> {
    const answer = await this.#wire.request(
      PULL_MESSAGE,
      {
        consumerGroup: READER,
        topic,
        queueId: queue,
        queueOffset: offset,
        maxMsgNums: 32,
        sysFlag: 4,
        commitOffset: 0,
        suspendTimeoutMillis: 0,
        subscription: '*',
        subVersion: 0,
        expressionType: 'TAG',
      },
      TIMEOUT_MS,
    );
    const next = Number(answer.fields.nextBeginOffset);
    if (answer.code === SUCCESS) return { messages: readMessages(answer.body), next };
    if ([PULL_NOT_FOUND, PULL_RETRY_IMMEDIATELY, PULL_OFFSET_MOVED].includes(answer.code))
      return { messages: [], next };
    throw new Error(`the pull was refused: ${answer.code} ${answer.remark}`);
  }

  close(): void {
    this.#wire.close();
  }

  async #offset(code: number, fields: Readonly<Record<string, string | number>>): Promise<number> {
    const answer = await this.#wire.request(code, fields, TIMEOUT_MS);
    if (answer.code !== SUCCESS) throw new Error(`the offset was refused: ${answer.code} ${answer.remark}`);
    return Number(answer.fields.offset);
  }
}
