import {
  type CHECK_TRANSACTION_STATE,
  decodeMessage,
  END_TRANSACTION,
  encodeHeartbeatData,
  HEART_BEAT,
  MessageProperty,
  MessageSysFlag,
  type MessageView,
  PULL_MESSAGE,
  parseOffsetMessageId,
  type RequestHeader,
  type RequestInput,
  readStoredRecord,
  SEND_MESSAGE_V2,
  type StoredRecord,
  SystemTopic,
  UPDATE_BROKER_CONFIG,
} from '@rocketmq-ts/protocol';
import type { Response } from '@rocketmq-ts/remoting';
import { PULL_FIELDS, SEND_FIELDS } from '../requests.ts';
import { type BrokerUnderTest, KEY, type PlacedRecord, placed, propertyText } from './placement.ts';

/** A check as it came, without what differs from run to run. */
export interface CheckSeen {
  readonly topic: string | undefined;
  readonly msgId: string | undefined;
  readonly transactionId: string | undefined;
  readonly message: Pick<MessageView, 'topic' | 'queueId' | 'sysFlag' | 'flag' | 'reconsumeTimes'>;
  readonly body: string;
  readonly checkTimes: string | undefined;
  /** The header's offsets are those of the message in the body. */
  readonly offsetsAgree: boolean;
}

/** What the scenario needs of a broker of either make, real or simulated, and of the connection that it uses. */
export interface TransactionsUnderTest extends BrokerUnderTest {
  /** Wall clock. */
  now(): number;
  /** All checks that came so far. */
  readonly checks: readonly CheckSeen[];
}

export interface TransactionStep {
  readonly name: string;
  readonly code?: number;
  /** Only where Apache's broker has a sentence for it. */
  readonly remark?: string | undefined;
  readonly records?: readonly (PlacedRecord & { readonly isPrepared: boolean })[];
  readonly checks?: readonly CheckSeen[];
}

/** Properties that a broker under test needs: short times, but nothing is asked for before the scenario is there. */
export const TRANSACTION_PROPERTIES = {
  transactionTimeOut: '3600000',
  transactionCheckInterval: '1000',
  transactionCheckMax: '2',
  transactionOpBatchInterval: '500',
} as const;

const GROUP = 'TransactionGroup';
/** Until queues are built and ends are in the op topic. */
const SETTLED_MS = 1500;
/** How often it is looked whether what is open was asked for twice and given up. */
const LOOKS = 60;
const LOOK_MS = 500;
const { TRANSACTION_COMMIT, TRANSACTION_ROLLBACK } = MessageSysFlag;

/** A half message as its producer knows it. */
interface Half {
  readonly commitLogOffset: number;
  readonly tranStateTableOffset: number;
}

/** Half messages of every kind, their ends with right and wrong fields, checks, and what lies where afterwards. */
export async function transactionScenario(broker: TransactionsUnderTest): Promise<TransactionStep[]> {
  const run = new TransactionRun(broker);
  await run.ends();
  await run.checks();
  return run.steps;
}

class TransactionRun {
  readonly steps: TransactionStep[] = [];
  readonly #broker: TransactionsUnderTest;

  constructor(broker: TransactionsUnderTest) {
    this.#broker = broker;
  }

  async ends(): Promise<void> {
    const plain = await this.#half(
      'committed',
      { TAGS: 'A', KEYS: 'k1 k2', WAIT: 'true', zz: '3', é: 'ü' },
      { queueId: 2 },
    );
    const packed = await this.#half('compressed', {}, { sysFlag: 0x301, flag: 7 });
    const undone = await this.#half('rolled back', { TAGS: 'B' }, { sysFlag: 0x4 });
    const glued = await this.#half('with what brokers write', {
      REAL_TOPIC: 'evil',
      REAL_QID: '9',
      __transactionId__: 'x',
    });
    const retried = await this.#half('retried', {}, { reconsumeTimes: 2 });
    await this.#look('halves', SystemTopic.TRANS_HALF);
    await this.#end('of another group', plain, TRANSACTION_COMMIT, { producerGroup: 'Other' });
    await this.#end('with another queue offset', plain, TRANSACTION_COMMIT, { tranStateTableOffset: 77 });
    await this.#end('beyond the log', { ...plain, commitLogOffset: 1_000_000 }, TRANSACTION_COMMIT);
    await this.#end('of another group, rolled back', plain, TRANSACTION_ROLLBACK, { producerGroup: 'Other' });
    for (const [name, half] of Object.entries({ plain, packed, glued, retried }))
      await this.#end(name, half, TRANSACTION_COMMIT);
    await this.#end('rolled back', undone, TRANSACTION_ROLLBACK);
    await this.#broker.pass(SETTLED_MS);
    await this.#look('committed in queue 2', 'Committed', 2);
    await this.#look('committed in queue 0', 'Committed', 0);
    await this.#look('op messages', SystemTopic.TRANS_OP_HALF);
  }

  async checks(): Promise<void> {
    await registerProducer(this.#broker);
    await this.#half('never ended', { TAGS: 'A' }, { queueId: 1, sysFlag: 0x301 });
    await this.#broker.ask(UPDATE_BROKER_CONFIG, {}, Buffer.from('transactionTimeOut=1000'));
    for (let looks = 0; looks < LOOKS; looks++) {
      await this.#broker.pass(LOOK_MS);
      if ((await this.#records(SystemTopic.TRANS_CHECK_MAX_TIME, 0)).length > 0) break;
    }
    await this.#broker.pass(SETTLED_MS);
    this.steps.push({ name: 'checks', checks: [...this.#broker.checks] });
    await this.#look('halves that were asked for', SystemTopic.TRANS_HALF);
    await this.#look('given up', SystemTopic.TRANS_CHECK_MAX_TIME);
  }

  async #half(name: string, properties: Readonly<Record<string, string>>, header: object = {}): Promise<Half> {
    return await sendHalf(this.#broker, { ...header, topic: 'Committed' }, name, { UNIQ_KEY: KEY, ...properties });
  }

  async #end(
    name: string,
    half: Half,
    commitOrRollback: number,
    header: Partial<RequestInput<typeof END_TRANSACTION>> = {},
  ): Promise<void> {
    const { code, remark } = await endHalf(this.#broker, half, commitOrRollback, header);
    // Apache's broker answers a rollback with a sentence that says nothing.
    this.steps.push({ name: `end ${name}`, code, ...(code === 0 ? {} : { remark }) });
  }

  async #look(name: string, topic: string, queueId = 0): Promise<void> {
    await this.#broker.pass(100);
    const records = await this.#records(topic, queueId);
    this.steps.push({ name: `look at ${name}`, records: records.map(withPrepared) });
  }

  async #records(topic: string, queueId: number): Promise<ReadRecord[]> {
    const records: ReadRecord[] = [];
    for (;;) {
      const { code, body } = await this.#broker.ask(PULL_MESSAGE, {
        ...PULL_FIELDS,
        ...{ consumerGroup: 'TransactionView', topic, queueId, queueOffset: records.length },
      });
      if (code !== 0) return records;
      for (let at = 0; at < body.length; ) {
        const record = readStoredRecord(body, at);
        if (record === undefined) throw new Error(`${topic} ${queueId}: a record does not hold together`);
        records.push({ ...record, preparedOffset: body.readBigInt64BE(at + 76) });
        at += record.storeSize;
      }
    }
  }
}

/** Sends a half message, which must be stored. */
export async function sendHalf(
  broker: TransactionsUnderTest,
  header: Partial<RequestInput<typeof SEND_MESSAGE_V2>> & { readonly topic: string },
  body: string,
  properties: Readonly<Record<string, string>>,
): Promise<Half> {
  const fields = {
    ...{ ...SEND_FIELDS, producerGroup: GROUP, bornTimestamp: broker.now(), ...header },
    properties: propertyText({ TRAN_MSG: 'true', PGROUP: GROUP, ...properties }),
  };
  const response = await broker.ask(SEND_MESSAGE_V2, fields, Buffer.from(body));
  if (response.code !== 0) throw new Error(`${body}: ${response.code} ${response.remark}`);
  const { msgId, queueOffset } = response.header;
  return { commitLogOffset: parseOffsetMessageId(msgId).physicalOffset, tranStateTableOffset: queueOffset };
}

/** Commits or rolls back a half message, by the flags of `MessageSysFlag`. */
export function endHalf(
  broker: TransactionsUnderTest,
  half: Half,
  commitOrRollback: number,
  header: Partial<RequestInput<typeof END_TRANSACTION>> = {},
): Promise<Response<typeof END_TRANSACTION>> {
  const fields = { producerGroup: GROUP, commitOrRollback, msgId: KEY, transactionId: KEY, ...half, ...header };
  return broker.ask(END_TRANSACTION, fields);
}

/** The connection is a producer of the group from now on. */
export async function registerProducer(broker: TransactionsUnderTest): Promise<void> {
  const data = { clientID: 'c', producerGroups: [GROUP], consumers: [], heartbeatFingerprint: 0, withoutSub: false };
  await broker.ask(HEART_BEAT, {}, encodeHeartbeatData(data));
}

interface ReadRecord extends StoredRecord {
  readonly preparedOffset: bigint;
}

function withPrepared(record: ReadRecord): PlacedRecord & { readonly isPrepared: boolean } {
  return { ...placed(record), isPrepared: record.preparedOffset > 0n };
}

/** What the scenario keeps of a check: its header, and the message in its body. */
export function checkSeen(header: RequestHeader<typeof CHECK_TRANSACTION_STATE>, body: Buffer): CheckSeen {
  const seen = decodeMessage(body, 0, { inflate: false });
  const { topic, queueId, sysFlag, flag, reconsumeTimes } = seen;
  return {
    ...{ topic: header.topic, msgId: header.msgId, transactionId: header.transactionId },
    message: { topic, queueId, sysFlag, flag, reconsumeTimes },
    body: seen.body.toString(),
    checkTimes: seen.properties.get(MessageProperty.TRANSACTION_CHECK_TIMES),
    offsetsAgree:
      header.tranStateTableOffset === seen.queueOffset &&
      header.commitLogOffset === seen.physicalOffset &&
      header.offsetMsgId === seen.offsetMsgId,
  };
}
