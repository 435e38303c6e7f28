import { setTimeout as pause } from 'node:timers/promises';
import { nodePlatform, silentLogger } from '@rocketmq-ts/kernel';
import {
  CONSUMER_SEND_MSG_BACK,
  type Command,
  decodeBrokerStatsData,
  decodeConsumeStats,
  decodeGetConsumerStatusBody,
  decodeKVTable,
  encodeBatch,
  GET_BROKER_RUNTIME_INFO,
  GET_CONSUME_STATS,
  INVOKE_BROKER_TO_GET_CONSUMER_STATUS,
  PULL_MESSAGE,
  parseOffsetMessageId,
  QUERY_CONSUMER_OFFSET,
  type RequestInput,
  SEND_BATCH_MESSAGE,
  SEND_MESSAGE_V2,
  VIEW_BROKER_STATS_DATA,
} from '@rocketmq-ts/protocol';
import { createRemotingClient, type RemotingClient, type Response } from '@rocketmq-ts/remoting';
import { PULL_FIELDS, SEND_FIELDS } from '@rocketmq-ts/testkit';

const TIMEOUT_MS = 20_000;
const POLL_MS = 250;

const SEND = { ...SEND_FIELDS, topic: 'T' };

/** Counters that the load below makes, and some that it does not: each by name and key. */
export const COUNTERS: readonly (readonly [name: string, key: string])[] = [
  ...['T', 'SCHEDULE_TOPIC_XXXX', '%RETRY%G', '%DLQ%G', 'RMQ_SYS_TRACE_TOPIC', 'NOPE'].flatMap((topic) => [
    ['TOPIC_PUT_NUMS', topic] as const,
    ['TOPIC_PUT_SIZE', topic] as const,
    ['TOPIC_PUT_LATENCY', `0@${topic}`] as const,
  ]),
  ...['T@G', 'SCHEDULE_TOPIC_XXXX@SCHEDULE_CONSUMER', '%RETRY%G@G'].flatMap((key) => [
    ['GROUP_GET_NUMS', key] as const,
    ['GROUP_GET_SIZE', key] as const,
    ['SNDBCK_PUT_NUMS', key] as const,
    ['GROUP_ACK_NUMS', key] as const,
    ['GROUP_CK_NUMS', key] as const,
  ]),
  ['GROUP_GET_LATENCY', '0@T@G'],
  ['GROUP_GET_LATENCY', 'T@G'],
  ...['BROKER_PUT_NUMS', 'BROKER_GET_NUMS', 'BROKER_ACK_NUMS', 'BROKER_CK_NUMS'].map(
    (name) => [name, 'DefaultCluster'] as const,
  ),
  ['BROKER_PUT_NUMS_WITHOUT_SYSTEM_TOPIC', 'DefaultCluster'],
  ['BROKER_GET_NUMS_WITHOUT_SYSTEM_TOPIC', 'DefaultCluster'],
  ['QUEUE_PUT_NUMS', 'SCHEDULE_TOPIC_XXXX@0'],
  ['QUEUE_PUT_SIZE', 'SCHEDULE_TOPIC_XXXX@0'],
  ['QUEUE_PUT_NUMS', 'T@0'],
  ['QUEUE_GET_NUMS', 'SCHEDULE_TOPIC_XXXX@0@SCHEDULE_CONSUMER'],
  ['SNDBCK2DLQ_TIMES', 'null@T@G@SEND_BACK_TO_DLQ'],
  ['DLQ_PUT_NUMS', '%DLQ%G'],
  ['GROUP_GET_FALL_SIZE', '0@T@G'],
  ['GROUP_GET_FALL_TIME', '0@T@G'],
  ['COMMERCIAL_SEND_TIMES', 'T'],
  ['NOPE', 'T'],
];

/** What a broker reports after the load. */
export interface Statistics {
  /** `name key` to sum and average of the last minute (times of latencies left out), or to the refusal. */
  readonly counters: Readonly<Record<string, string>>;
  /** Keys with the forms of their values. */
  readonly runtimeInfo: Readonly<Record<string, string>>;
  /** Values of the runtime information that the load alone decides. */
  readonly totals: Readonly<Record<string, string | undefined>>;
  /** Rows of GET_CONSUME_STATS by what was asked. */
  readonly progress: Readonly<Record<string, readonly string[]>>;
  /** Answers of QUERY_CONSUMER_OFFSET without progress. */
  readonly noProgress: Readonly<Record<string, string>>;
}

/** Sends, delays, returns, loses and pulls messages, then reads the statistics when all is counted. */
export async function statisticsOf(address: string): Promise<Statistics> {
  const client = createRemotingClient({ platform: nodePlatform, logger: silentLogger });
  await client.start();
  const broker = new RawBroker(client, address);
  try {
    await load(broker);
    await allIsCounted(broker);
    const counters: Record<string, string> = {};
    for (const [name, key] of COUNTERS) counters[`${name} ${key}`] = await counter(broker, name, key);
    const info = decodeKVTable((await broker.ask(GET_BROKER_RUNTIME_INFO, {})).body);
    const totals = ['putMessageTimesTotal', 'putMessageSizeTotal', 'putMessageFailedTimes', 'scheduleMessageOffset_1'];
    const days = ['Now', 'Morning'].flatMap((when) => [`msgPutTotalToday${when}`, `msgGetTotalToday${when}`]);
    return {
      counters,
      runtimeInfo: Object.fromEntries([...info].map(formOf).sort()),
      totals: Object.fromEntries([...totals, ...days].map((key) => [key, info.get(key)])),
      progress: {
        all: await progress(broker, {}),
        topic: await progress(broker, { topic: 'T' }),
        list: await progress(broker, { topic: 'T', topicList: 'RMQ_SYS_TRACE_TOPIC;;NOPE' }),
      },
      noProgress: {
        young: await committed(broker, 'T', undefined),
        strict: await committed(broker, 'T', false),
        unknown: await committed(broker, 'NOPE', undefined),
      },
    };
  } finally {
    await client.stop();
  }
}

/** `queue offset` of each queue that the one member of a group holds. */
export async function consumerStatus(address: string, topic: string, group: string): Promise<string[]> {
  const client = createRemotingClient({ platform: nodePlatform, logger: silentLogger });
  await client.start();
  try {
    const broker = new RawBroker(client, address);
    const answer = await broker.ask(INVOKE_BROKER_TO_GET_CONSUMER_STATUS, { topic, group });
    if (answer.code !== 0) throw new Error(`${answer.code} ${answer.remark}`);
    const tables = [...decodeGetConsumerStatusBody(answer.body).consumerTable.values()];
    if (tables.length !== 1) throw new Error(`${tables.length} members answered`);
    return tables[0]!.map(([{ queueId }, offset]) => `${queueId} ${offset}`).sort();
  } finally {
    await client.stop();
  }
}

class RawBroker {
  readonly #client: RemotingClient;
  readonly #address: string;
  #sent = 0;

  constructor(client: RemotingClient, address: string) {
    this.#client = client;
    this.#address = address;
  }

  ask<C extends Command>(command: C, header: RequestInput<C>, body?: Buffer): Promise<Response<C>> {
    return this.#client.request(this.#address, command, header, { timeoutMs: TIMEOUT_MS, body });
  }

  /** Each message has a key of the same length, so that records of two brokers are equally long. */
  async send(header: Partial<RequestInput<typeof SEND_MESSAGE_V2>> = {}): Promise<number> {
    this.#sent += 1;
    const key = `UNIQ_KEY\u00017F00000100000000${String(this.#sent).padStart(16, '0')}\u0002`;
    const properties = `${header.properties ?? ''}${key}`;
    const answer = await this.ask(SEND_MESSAGE_V2, { ...SEND, ...header, properties }, Buffer.from('body'));
    if (answer.code !== 0) throw new Error(`a send was refused: ${answer.code} ${answer.remark}`);
    return parseOffsetMessageId(answer.header.msgId).physicalOffset;
  }

  async pull(topic: string, queueId: number): Promise<void> {
    await this.ask(PULL_MESSAGE, {
      ...PULL_FIELDS,
      topic,
      queueId,
    });
  }
}

async function load(broker: RawBroker): Promise<void> {
  let last = 0;
  for (let i = 0; i < 20; i++) last = await broker.send({ queueId: i % 4 });
  await broker.send({ properties: 'DELAY\u00011\u0002' });
  await broker.send({ topic: 'RMQ_SYS_TRACE_TOPIC' });
  for (let queueId = 0; queueId < 4; queueId++) await broker.pull('T', queueId);
  await broker.pull('RMQ_SYS_TRACE_TOPIC', 0);
  const back = { offset: last, group: 'G', originTopic: 'T' };
  await broker.ask(CONSUMER_SEND_MSG_BACK, { ...back, delayLevel: 1 });
  await broker.ask(CONSUMER_SEND_MSG_BACK, { ...back, delayLevel: -1 });
  await broker.send({ topic: '%RETRY%G', reconsumeTimes: 20, maxReconsumeTimes: 3 });
  const members = ['one', 'two'].map((body) => ({ flag: 0, body: Buffer.from(body), propertiesText: '' }));
  await broker.ask(SEND_BATCH_MESSAGE, { ...SEND, properties: '', batch: true }, encodeBatch(members));
}

/** Both delayed messages are delivered, and a snapshot was taken since. */
async function allIsCounted(broker: RawBroker): Promise<void> {
  const deadline = Date.now() + 60_000;
  const wanted: readonly (readonly [string, string, number])[] = [
    ['TOPIC_PUT_NUMS', 'T', 23],
    ['TOPIC_PUT_NUMS', '%RETRY%G', 1],
  ];
  for (const [name, key, sum] of wanted) {
    for (;;) {
      const { code, body } = await broker.ask(VIEW_BROKER_STATS_DATA, { statsName: name, statsKey: key });
      if (code === 0 && decodeBrokerStatsData(body).statsMinute.sum === sum) break;
      if (Date.now() > deadline) throw new Error(`${name} ${key} does not become ${sum} within a minute`);
      await pause(POLL_MS);
    }
  }
}

async function counter(broker: RawBroker, statsName: string, statsKey: string): Promise<string> {
  const answer = await broker.ask(VIEW_BROKER_STATS_DATA, { statsName, statsKey });
  if (answer.code !== 0) return `${answer.code} ${answer.remark}`;
  const { statsMinute, statsHour } = decodeBrokerStatsData(answer.body);
  const { sum, avgpt, tps } = statsMinute;
  // One snapshot or two lie between the first message and the last.
  const seconds = Math.round(sum / tps / 10) * 10;
  if (sum > 0 && (seconds < 10 || seconds > 60)) throw new Error(`${statsName} ${statsKey}: ${sum} at ${tps} a second`);
  if (statsHour.sum !== 0) throw new Error(`${statsName} ${statsKey} has an hour already`);
  return statsName.endsWith('LATENCY') ? 'milliseconds' : `sum ${sum}, average ${avgpt}`;
}

function formOf([key, value]: readonly [string, string]): [string, string] {
  // These differ with the moment: whether a window has passed, how much is not flushed.
  if (/Tps$/.test(key)) return [key, `${value.split(' ').length} windows`];
  const form = value
    .replace(/\d+\.\d+(E-?\d+)?/g, '<double>')
    .replace(/\d+/g, '<int>')
    .replace(/(<double>|<int>) ([KMGT]i)?B/g, '<bytes>');
  return [key.replace(/^(commitLogDiskRatio_).*/, '$1<folder>'), form];
}

async function progress(broker: RawBroker, header: { topic?: string; topicList?: string }): Promise<string[]> {
  const answer = await broker.ask(GET_CONSUME_STATS, { consumerGroup: 'G', ...header });
  return decodeConsumeStats(answer.body)
    .offsetTable.map(([queue, offset]) => `${queue.topic} ${queue.queueId} ${JSON.stringify(offset)}`)
    .sort();
}

async function committed(broker: RawBroker, topic: string, setZeroIfNotFound: boolean | undefined): Promise<string> {
  const header = { consumerGroup: 'G', topic, queueId: 0, setZeroIfNotFound };
  const answer = await broker.ask(QUERY_CONSUMER_OFFSET, header);
  return `${answer.code} ${answer.code === 0 ? answer.header.offset : answer.remark}`;
}
