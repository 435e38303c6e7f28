import {
  CONSUMER_SEND_MSG_BACK,
  type Command,
  encodeBatch,
  PROPERTY_END,
  PROPERTY_NAME_END,
  PULL_MESSAGE,
  type RequestInput,
  readStoredRecord,
  SEND_BATCH_MESSAGE,
  SEND_MESSAGE_V2,
  type StoredRecord,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
} from '@rocketmq-ts/protocol';
import type { Response } from '@rocketmq-ts/remoting';
import { PULL_FIELDS, SEND_FIELDS } from '../requests.ts';

/** What the scenario needs of a broker of either make, real or simulated. */
export interface BrokerUnderTest {
  ask<C extends Command>(command: C, header: RequestInput<C>, body?: Buffer): Promise<Response<C>>;
  /** Lets time pass. */
  pass(ms: number): Promise<void>;
}

/** A stored record without what differs from run to run. */
export interface PlacedRecord {
  readonly topic: string;
  readonly queueId: number;
  readonly sysFlag: number;
  readonly flag: number;
  readonly reconsumeTimes: number;
  readonly body: string;
  /** In hexadecimal; ids that a broker made are replaced by their length. */
  readonly properties: string;
}

export interface PlacementStep {
  readonly name: string;
  /** Of the request; absent for steps that only look. */
  readonly code?: number;
  readonly records?: readonly PlacedRecord[];
}

/** Delay levels that a broker under test needs: short ones. */
export const PLACEMENT_DELAY_LEVELS = '1s 1s 1s 1s 1s 1s';
/** Until what was delayed is delivered, for certain. */
const DELIVERED_MS = 2600;
/** Until what was sent can be read: Apache's broker builds its queues a moment later. */
const VISIBLE_MS = 100;
export const KEY = 'AC11000100002A9F0000000000000001';
const GROUP = 'PlacementGroup';

/** A property text of pairs, each value closed. */
export function propertyText(pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs)
    .map(([name, value]) => `${name}\u0001${value}\u0002`)
    .join('');
}

/**
 * Sends messages of every kind that a broker stores in another place or form than they came in, and looks at what lies where
 * afterwards: plain ones, glued and double properties, batches, delayed ones, retries, dead letters.
 */
export async function placementScenario(broker: BrokerUnderTest): Promise<PlacementStep[]> {
  const run = new ScenarioRun(broker);
  await run.plain();
  await run.delays();
  await run.batches();
  await run.retries();
  await run.deadLetters();
  return run.steps;
}

class ScenarioRun {
  readonly steps: PlacementStep[] = [];
  readonly #broker: BrokerUnderTest;

  constructor(broker: BrokerUnderTest) {
    this.#broker = broker;
  }

  async plain(): Promise<void> {
    const common = { UNIQ_KEY: KEY, WAIT: 'true', TAGS: 'A', KEYS: 'k1 k2' };
    await this.#send('plain', 'Plain', propertyText({ ...common, a: '1', b: '2', zz: '3', Aa: 'x', BB: 'y', é: 'ü' }));
    await this.#send('without a key', 'NoKey', propertyText({ x: '1' }));
    const brokers = { MSG_REGION: 'm', TRACE_ON: 'no', CLUSTER: 'c', POP_CK: 'x', '__RMQ.TRANSIENT.T': '1' };
    await this.#send('what brokers write', 'Brokers', propertyText({ UNIQ_KEY: KEY, ...brokers, REAL_TOPIC: 'evil' }));
    const glued =
      'DELAY\u00010\u0002X\u0001a\u0001b\u0002TAGS\u0001one\u0002TAGS\u0001two\u0002K\u0002\u0001v\u0002E\u0001\u0002';
    await this.#send('glued and double', 'Glued', `${glued}UNIQ_KEY\u0001${KEY}\u0002\u0002L\u0001last`);
    await this.#send('zeros', 'Odd', propertyText({ UNIQ_KEY: KEY, z: 'a\0b', t: 'x\0' }).slice(0, -1));
    await this.#send('half a surrogate pair', 'Odd', propertyText({ UNIQ_KEY: KEY, z: 'a\ud800b', '\udc00': '😀' }));
    const many = Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`p${i}`, `${i}`]));
    await this.#send('130 properties', 'Many', propertyText({ UNIQ_KEY: KEY, ...many }));
    await this.#send('an inner batch', 'Inner', propertyText({ UNIQ_KEY: KEY, INNER_NUM: '1' }));
    await this.#send('the flag of an inner batch', 'Inner', propertyText({ UNIQ_KEY: KEY }), { sysFlag: 128 });
    for (const topic of ['Plain', 'NoKey', 'Brokers', 'Glued', 'Odd', 'Many']) await this.#look(topic, topic);
  }

  async delays(): Promise<void> {
    const levels = ['x', '1x', ' 1', '1.0', '+', '2147483648', '+1', '-1', '0', '-0', '１', '٣', '002', '99'];
    for (const level of levels) {
      const properties = propertyText({ UNIQ_KEY: KEY, DELAY: level });
      await this.#send(`DELAY ${JSON.stringify(level)}`, 'Delays', properties);
    }
    const timers = { TIMER_DELAY_MS: '5', TIMER_DELIVER_MS: '5', TIMER_DELAY_SEC: '5' };
    await this.#send('DELAY and timers', 'Timers', propertyText({ UNIQ_KEY: KEY, TAGS: 'A', ...timers, DELAY: '2' }));
    await this.#send(
      'DELAY twice',
      'Twice',
      `DELAY\u0001x\u0002UNIQ_KEY\u0001${KEY}\u0002X\u0001a\u0001b\u0002DELAY\u00012`,
    );
    for (const queueId of [0, 1, 2, 5]) await this.#look(`level ${queueId + 1}`, 'SCHEDULE_TOPIC_XXXX', queueId);
    await this.#broker.pass(DELIVERED_MS);
    for (const topic of ['Delays', 'Timers', 'Twice']) await this.#look(`delivered to ${topic}`, topic);
  }

  async batches(): Promise<void> {
    const member = (properties: string) => ({ flag: 7, body: Buffer.from('m'), propertiesText: properties });
    const batch = async (name: string, topic: string, header: Readonly<Record<string, unknown>>): Promise<void> => {
      const members = [
        member(propertyText({ UNIQ_KEY: KEY, TAGS: 'a', é: '\0ü' })),
        member('TAGS\u0001a\u0002TAGS\u0001b'),
      ];
      const fields = { ...SEND_FIELDS, producerGroup: 'PlacementProducer', topic, batch: true, ...header };
      const { code } = await this.#broker.ask(SEND_BATCH_MESSAGE, fields, encodeBatch(members));
      this.steps.push({ name: `batch ${name}`, code });
    };
    await batch('plain', 'Batch', {});
    await batch('delayed', 'Batch', { properties: propertyText({ DELAY: '1' }) });
    await batch('inner', 'Batch', { properties: propertyText({ INNER_NUM: '1' }) });
    await batch('prepared', 'Batch', { sysFlag: 4 });
    await batch('flagged as inner', 'Batch', { sysFlag: 128 });
    await batch('to a retry topic', '%RETRY%G', {});
    await this.#look('batch', 'Batch');
  }

  async retries(): Promise<void> {
    const group = { groupName: GROUP, retryMaxTimes: 2, retryQueueNums: 1 };
    await this.#broker.ask(UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, {}, Buffer.from(JSON.stringify(group)));
    const properties = { UNIQ_KEY: KEY, WAIT: 'true', TAGS: 'A', KEYS: 'k', DELAY: '1', u: 'é', g: 'a\u0001b' };
    await this.#send('delayed, to fail', 'Fails', propertyText(properties), { flag: 3 });
    await this.#broker.pass(DELIVERED_MS);
    let failing = await this.#last('Fails');
    for (let attempt = 1; attempt <= 3; attempt++) {
      await this.#sendBack(`back ${attempt}`, failing, GROUP, 0);
      if (attempt < 3) {
        await this.#look(`parked ${attempt}`, 'SCHEDULE_TOPIC_XXXX', attempt + 1);
        await this.#broker.pass(DELIVERED_MS);
      }
      await this.#look(`retry ${attempt}`, `%RETRY%${GROUP}`);
      failing = await this.#last(`%RETRY%${GROUP}`);
    }
    await this.#look('dead after retries', `%DLQ%${GROUP}`);
    await this.#sendBack('with the level of a client', await this.#last('Plain'), 'LevelGroup', 99);
    await this.#look('level 6', 'SCHEDULE_TOPIC_XXXX', 5);
  }

  async deadLetters(): Promise<void> {
    await this.#sendBack('delayed, dead at once', await this.#last('Fails'), 'DeadDelayed', -1);
    await this.#look('delayed and dead', '%DLQ%DeadDelayed');
    await this.#sendBack('plain, dead at once', await this.#last('Plain'), 'DeadPlain', -1);
    await this.#look('plain and dead', '%DLQ%DeadPlain');
    await this.#sendBack('of a batch, dead at once', await this.#last('Batch'), 'DeadBatch', -1);
    await this.#look('of a batch and dead', '%DLQ%DeadBatch');
    const retry = propertyText({ UNIQ_KEY: KEY, DELAY: '3', RETRY_TOPIC: 'T' });
    await this.#send('retry by the client, too many', '%RETRY%ByClient', retry, { reconsumeTimes: 17 });
    await this.#look('dead by the client', '%DLQ%ByClient');
    await this.#send('retry by the client', '%RETRY%ByClient', retry, { reconsumeTimes: 1 });
    await this.#broker.pass(DELIVERED_MS);
    await this.#look('retried by the client', '%RETRY%ByClient');
  }

  async #send(name: string, topic: string, properties: string, header: object = {}): Promise<void> {
    const fields = { ...SEND_FIELDS, producerGroup: 'PlacementProducer', topic, properties, ...header };
    const { code } = await this.#broker.ask(SEND_MESSAGE_V2, fields, Buffer.from(name));
    this.steps.push({ name: `send ${name}`, code });
  }

  async #sendBack(name: string, record: StoredRecord, group: string, delayLevel: number): Promise<void> {
    const { physicalOffset: offset, topic: originTopic } = record;
    const { code } = await this.#broker.ask(CONSUMER_SEND_MSG_BACK, {
      offset,
      group,
      delayLevel,
      originMsgId: '',
      originTopic,
      unitMode: false,
    });
    this.steps.push({ name: `send back ${name}`, code });
  }

  async #look(name: string, topic: string, queueId = 0): Promise<void> {
    await this.#broker.pass(VISIBLE_MS);
    const records = (await this.#records(topic, queueId)).map(placed);
    // Several levels are delivered to one queue at once, in any order.
    this.steps.push({ name: `look at ${name}`, records: records.sort(byBody) });
  }

  async #last(topic: string): Promise<StoredRecord> {
    const last = (await this.#records(topic, 0)).at(-1);
    if (last === undefined) throw new Error(`${topic} has no message`);
    return last;
  }

  async #records(topic: string, queueId: number): Promise<StoredRecord[]> {
    const records: StoredRecord[] = [];
    for (;;) {
      const { code, body } = await this.#broker.ask(PULL_MESSAGE, {
        ...PULL_FIELDS,
        consumerGroup: 'PlacementView',
        topic,
        queueId,
        queueOffset: records.length,
      });
      if (code !== 0) return records;
      for (let at = 0; at < body.length; ) {
        const record = readStoredRecord(body, at);
        if (record === undefined) throw new Error(`${topic} ${queueId}: a record does not hold together`);
        records.push(record);
        at += record.storeSize;
      }
    }
  }
}

function byBody(a: PlacedRecord, b: PlacedRecord): number {
  if (a.body === b.body) return a.reconsumeTimes - b.reconsumeTimes;
  return a.body < b.body ? -1 : 1;
}

/** Ids hold addresses and places: their length is left. */
export function placed(record: StoredRecord): PlacedRecord {
  const { topic, queueId, sysFlag, flag, reconsumeTimes, body } = record;
  const pieces = record.properties.split(PROPERTY_END).map((piece) => {
    const [name, id, ...rest] = piece.split(PROPERTY_NAME_END);
    const isId = (name === 'ORIGIN_MESSAGE_ID' || name === 'UNIQ_KEY') && rest.length === 0;
    return isId && /^[0-9A-F]{32,56}$/.test(id ?? '') && id !== KEY ? `${name}${PROPERTY_NAME_END}id` : piece;
  });
  const properties = pieces.join(PROPERTY_END);
  return {
    topic,
    queueId,
    sysFlag,
    flag,
    reconsumeTimes,
    body: body.toString('utf8'),
    properties: Buffer.from(properties, 'latin1').toString('hex'),
  };
}
