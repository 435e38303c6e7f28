import { nodePlatform, silentLogger } from '@rocketmq-ts/kernel';
import {
  type Command,
  decodeMessages,
  GET_ALL_CONSUMER_OFFSET,
  GET_ALL_DELAY_OFFSET,
  GET_ALL_SUBSCRIPTIONGROUP_CONFIG,
  GET_ALL_TOPIC_CONFIG,
  GET_EARLIEST_MSG_STORETIME,
  GET_MAX_OFFSET,
  GET_MIN_OFFSET,
  type MessageView,
  PULL_MESSAGE,
  parseJson,
  QUERY_MESSAGE,
  ResponseCode,
  SEARCH_OFFSET_BY_TIMESTAMP,
  VIEW_MESSAGE_BY_ID,
} from '@rocketmq-ts/protocol';
import { createRemotingClient } from '@rocketmq-ts/remoting';

const TIMEOUT_MS = 20_000;

/** One message as a broker hands it out: its stored bytes, all fields in them. */
export interface SeenMessage {
  readonly topic: string;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly physicalOffset: number;
  readonly storeTimestamp: number;
  readonly uniqueKey: string | undefined;
  readonly keys: readonly string[];
  readonly tags: string | undefined;
  readonly body: string;
  readonly bytes: string;
}

export interface SeenQueue {
  readonly minOffset: number;
  readonly maxOffset: number;
  readonly earliestStoreTime: number;
  readonly messages: readonly SeenMessage[];
  /** `<timestamp> LOWER|UPPER` → queue offset, around every store time of the queue. */
  readonly offsetsByTime: Readonly<Record<string, number>>;
}

/** All that a broker shows of its store over the wire. */
export interface StoreView {
  /** Read and write queues and permission of each topic asked for. */
  readonly topics: Readonly<Record<string, string>>;
  /** `<topic> <queue>` */
  readonly queues: Readonly<Record<string, SeenQueue>>;
  /** `<topic>@<group>` → queue → offset. */
  readonly consumerOffsets: unknown;
  readonly groups: readonly string[];
  readonly delayOffsets: unknown;
  /** `<topic> <kind> <key>` → physical offsets of what a query finds, ascending. */
  readonly byKey: Readonly<Record<string, readonly number[]>>;
  /** Physical offset → stored bytes, as a query by offset message id gets them. */
  readonly byId: Readonly<Record<string, string>>;
}

/** Reads everything of the given topics from a broker of either make, with plain commands. */
export async function viewStore(address: string, topics: readonly string[]): Promise<StoreView> {
  const client = createRemotingClient({ platform: nodePlatform, logger: silentLogger });
  client.start();
  const ask = (command: Command, header: object) =>
    client.request(address, command, header as never, { timeoutMs: TIMEOUT_MS });
  const json = async (command: Command): Promise<Record<string, unknown>> => {
    const { code, remark, body } = await ask(command, {});
    if (code !== ResponseCode.SUCCESS) throw new Error(`${command.name}: ${code} ${remark}`);
    return parseJson(body) as Record<string, unknown>;
  };
  const offset = async (command: Command, header: object): Promise<number> => {
    const response = await ask(command, header);
    if (response.code !== ResponseCode.SUCCESS) throw new Error(`${command.name}: ${response.code} ${response.remark}`);
    const { offset: found, timestamp } = response.header as { offset?: number; timestamp?: number };
    return found ?? timestamp ?? Number.NaN;
  };

  const pullAll = async (topic: string, queueId: number, from: number, to: number): Promise<SeenMessage[]> => {
    const messages: SeenMessage[] = [];
    for (let queueOffset = from; queueOffset < to; ) {
      const response = await ask(PULL_MESSAGE, {
        consumerGroup: 'store_view',
        topic,
        queueId,
        queueOffset,
        maxMsgNums: 32,
        sysFlag: 0x4,
        subscription: '*',
        expressionType: 'TAG',
      });
      if (response.code !== ResponseCode.SUCCESS) {
        throw new Error(`pull of ${topic} ${queueId} at ${queueOffset}: ${response.code} ${response.remark}`);
      }
      let at = 0;
      for (const message of decodeMessages(response.body, { verifyCrc: true, inflate: false })) {
        messages.push(seen(message, response.body.subarray(at, at + message.storeSize)));
        at += message.storeSize;
      }
      queueOffset = (response.header as { nextBeginOffset: number }).nextBeginOffset;
    }
    return messages;
  };

  const viewQueue = async (topic: string, queueId: number): Promise<SeenQueue> => {
    const place = { topic, queueId };
    const minOffset = await offset(GET_MIN_OFFSET, place);
    const maxOffset = await offset(GET_MAX_OFFSET, place);
    const messages = await pullAll(topic, queueId, minOffset, maxOffset);
    const times = new Set(messages.flatMap(({ storeTimestamp: time }) => [time - 1, time, time + 1]));
    const offsetsByTime: Record<string, number> = {};
    for (const timestamp of [...times].sort((a, b) => a - b)) {
      for (const boundaryType of ['LOWER', 'UPPER']) {
        const found = await offset(SEARCH_OFFSET_BY_TIMESTAMP, { ...place, timestamp, boundaryType });
        offsetsByTime[`${timestamp} ${boundaryType}`] = found;
      }
    }
    const earliestStoreTime = messages.length === 0 ? -1 : await offset(GET_EARLIEST_MSG_STORETIME, place);
    return { minOffset, maxOffset, earliestStoreTime, messages, offsetsByTime };
  };

  const query = async (topic: string, key: string, more: object): Promise<number[]> => {
    const times = { beginTimestamp: 0, endTimestamp: 4_102_444_800_000 };
    const response = await ask(QUERY_MESSAGE, { topic, key, maxNum: 64, ...times, ...more });
    if (response.code === ResponseCode.QUERY_NOT_FOUND) return [];
    if (response.code !== ResponseCode.SUCCESS) throw new Error(`query ${key}: ${response.code} ${response.remark}`);
    const found = decodeMessages(response.body, { verifyCrc: true, inflate: false });
    // Apache's broker has entries twice when it was killed in the middle of them.
    return [...new Set(found.map(({ physicalOffset }) => physicalOffset))].sort((a, b) => a - b);
  };

  try {
    const table = (await json(GET_ALL_TOPIC_CONFIG)).topicConfigTable as Record<string, Record<string, number>>;
    const view = {
      topics: {} as Record<string, string>,
      queues: {} as Record<string, SeenQueue>,
      consumerOffsets: offsetsOfGroups((await json(GET_ALL_CONSUMER_OFFSET)).offsetTable),
      groups: Object.keys((await json(GET_ALL_SUBSCRIPTIONGROUP_CONFIG)).subscriptionGroupTable as object).sort(),
      delayOffsets: withoutZeros((await json(GET_ALL_DELAY_OFFSET)).offsetTable),
      byKey: {} as Record<string, readonly number[]>,
      byId: {} as Record<string, string>,
    };
    for (const topic of topics) {
      const config = table[topic];
      view.topics[topic] = config ? `${config.readQueueNums} ${config.writeQueueNums} ${config.perm}` : 'none';
      for (let queueId = 0; queueId < (config?.readQueueNums ?? 0); queueId++) {
        view.queues[`${topic} ${queueId}`] = await viewQueue(topic, queueId);
      }
    }
    const messages = Object.values(view.queues).flatMap((queue) => queue.messages);
    for (const { topic, physicalOffset, uniqueKey, keys, tags } of messages) {
      const { code, body } = await ask(VIEW_MESSAGE_BY_ID, { topic, offset: physicalOffset });
      view.byId[physicalOffset] = code === ResponseCode.SUCCESS ? body.toString('hex') : `code ${code}`;
      if (uniqueKey !== undefined) {
        view.byKey[`${topic} U ${uniqueKey}`] ??= await query(topic, uniqueKey, { uniqueKeyQuery: true });
      }
      for (const key of keys) view.byKey[`${topic} K ${key}`] ??= await query(topic, key, { indexType: 'K' });
      if (tags !== undefined) view.byKey[`${topic} T ${tags}`] ??= await query(topic, tags, { indexType: 'T' });
    }
    return view;
  } finally {
    await client.stop();
  }
}

function seen(message: MessageView, bytes: Buffer): SeenMessage {
  const { topic, queueId, queueOffset, physicalOffset, storeTimestamp, properties } = message;
  return {
    topic,
    queueId,
    queueOffset,
    physicalOffset,
    storeTimestamp,
    uniqueKey: properties.get('UNIQ_KEY'),
    keys: (properties.get('KEYS') ?? '').split(' ').filter((key) => key !== ''),
    tags: properties.get('TAGS'),
    body: message.body.toString('latin1'),
    bytes: bytes.toString('hex'),
  };
}

/** A level that has delivered nothing is at 0, named or not. */
export function withoutZeros(table: unknown): unknown {
  return Object.fromEntries(Object.entries(table as Record<string, number>).filter(([, offset]) => offset > 0));
}

/** Without progress that a broker keeps for itself. */
export function offsetsOfGroups(table: unknown): unknown {
  const own = Object.entries(table as Record<string, unknown>).filter(
    ([name]) => !/@CID_RMQ_SYS|store_view/.test(name),
  );
  return Object.fromEntries(own.sort(([a], [b]) => (a < b ? -1 : 1)));
}
