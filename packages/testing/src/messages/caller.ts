import { nodePlatform, silentLogger } from '@rocketmq-ts/kernel';
import {
  type Command,
  decodeMessages,
  decodeTopicConfig,
  decodeTopicRouteData,
  GET_MAX_OFFSET,
  GET_MIN_OFFSET,
  GET_ROUTEINFO_BY_TOPIC,
  GET_TOPIC_CONFIG,
  type MessageView,
  Perm,
  PULL_MESSAGE,
  PullSysFlag,
  type RequestInput,
  ResponseCode,
  UPDATE_AND_CREATE_TOPIC,
} from '@rocketmq-ts/protocol';
import { createRemotingClient, type RemotingClient, type Response } from '@rocketmq-ts/remoting';
import { TestingError } from '../errors.ts';
import { MachineNetwork, type SharedNetwork } from '../network/machine-network.ts';

const TIMEOUT_MS = 5000;
const BATCH = 32;
/** The machine that the cluster itself asks from: no partition is about it. */
const OWN_MACHINE = 'testing';
/** The group that the cluster itself reads with; its reads are no deliveries. */
export const OWN_GROUP = 'ROCKETMQ_TS_TESTING';

/** The cluster's own requests to its servers; links that are severed do not hold them up. */
export class Caller {
  readonly #client: RemotingClient;

  constructor(shared: SharedNetwork) {
    const network = new MachineNetwork(OWN_MACHINE, shared);
    this.#client = createRemotingClient({
      platform: { ...nodePlatform, clock: shared.clock, network },
      logger: silentLogger,
    });
  }

  async start(): Promise<void> {
    await this.#client.start();
  }

  async stop(): Promise<void> {
    await this.#client.stop();
  }

  /** Makes a topic on a broker, or changes it. Rejects with `TOPIC_REFUSED`. */
  async createTopic(address: string, topic: string, queues: number): Promise<void> {
    const perm = Perm.READ | Perm.WRITE;
    const fields = { topic, readQueueNums: queues, writeQueueNums: queues, perm };
    const { code, remark } = await this.#ask(address, UPDATE_AND_CREATE_TOPIC, fields);
    if (code === ResponseCode.SUCCESS) return;
    throw new TestingError('TOPIC_REFUSED', `The broker refused the topic ${topic}: ${remark ?? `code ${code}`}`);
  }

  /** Names of the brokers that a name server has for a topic. */
  async brokersOf(nameServer: string, topic: string): Promise<readonly string[]> {
    const { code, body } = await this.#ask(nameServer, GET_ROUTEINFO_BY_TOPIC, { topic });
    if (code !== ResponseCode.SUCCESS || body.length === 0) return [];
    return decodeTopicRouteData(body).queueDatas.map(({ brokerName }) => brokerName);
  }

  /** All messages that a broker has in a topic, queue by queue; none when it does not know the topic. */
  async messagesOf(address: string, topic: string): Promise<MessageView[]> {
    const config = await this.#ask(address, GET_TOPIC_CONFIG, { topic });
    if (config.code !== ResponseCode.SUCCESS || config.body.length === 0) return [];
    const messages: MessageView[] = [];
    const { readQueueNums } = decodeTopicConfig(config.body);
    for (let queueId = 0; queueId < readQueueNums; queueId++) {
      messages.push(...(await this.#messagesOfQueue(address, topic, queueId)));
    }
    return messages;
  }

  async #messagesOfQueue(address: string, topic: string, queueId: number): Promise<MessageView[]> {
    const min = await this.#ask(address, GET_MIN_OFFSET, { topic, queueId });
    const max = await this.#ask(address, GET_MAX_OFFSET, { topic, queueId });
    const messages: MessageView[] = [];
    const end = Number(max.header.offset ?? 0);
    for (let at = Number(min.header.offset ?? 0); at < end; ) {
      const pull = { consumerGroup: OWN_GROUP, topic, queueId, queueOffset: at, maxMsgNums: BATCH, subscription: '*' };
      const { code, body, header } = await this.#ask(address, PULL_MESSAGE, {
        ...pull,
        sysFlag: PullSysFlag.SUBSCRIPTION,
      });
      if (code === ResponseCode.SUCCESS && body.length > 0) messages.push(...decodeMessages(body));
      const next = Number(header.nextBeginOffset ?? end);
      // Behind it nothing can be read, whatever the reason is.
      if (next <= at) break;
      at = next;
    }
    return messages;
  }

  async #ask<C extends Command>(address: string, command: C, fields: RequestInput<C>): Promise<Response<C>> {
    return await this.#client.request(address, command, fields, { timeoutMs: TIMEOUT_MS });
  }
}
