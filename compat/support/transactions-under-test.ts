import { setTimeout as pause } from 'node:timers/promises';
import { nodePlatform, silentLogger } from '@rocketmq-ts/kernel';
import {
  CHECK_TRANSACTION_STATE,
  END_TRANSACTION,
  encodeHeartbeatData,
  HEART_BEAT,
  parseOffsetMessageId,
  SEND_MESSAGE_V2,
} from '@rocketmq-ts/protocol';
import { createRemotingClient } from '@rocketmq-ts/remoting';
import { SEND_FIELDS } from '@rocketmq-ts/testkit';
import { type CheckSeen, checkSeen, propertyText, type TransactionsUnderTest } from '@rocketmq-ts/testkit/scenarios';

const TIMEOUT_MS = 20_000;

/** A real broker of either make with one connection, for the scenario of transactions; `stop` closes it. */
export function transactionsUnderTest(address: string): TransactionsUnderTest & { stop(): Promise<void> } {
  const client = createRemotingClient({ platform: nodePlatform, logger: silentLogger });
  const checks: CheckSeen[] = [];
  client.handle(CHECK_TRANSACTION_STATE, (call) => void checks.push(checkSeen(call.header, call.body)));
  client.start();
  return {
    ask: (command, header, body) =>
      client.request(address, command, header, { timeoutMs: TIMEOUT_MS, ...(body === undefined ? {} : { body }) }),
    pass: (ms) => pause(ms),
    now: () => Date.now(),
    checks,
    stop: async () => {
      await client.stop();
    },
  };
}

export const COMMIT = 8;
export const ROLLBACK = 12;
const GROUP = 'TransactionGroup';

/** A half message as its producer knows it. */
export interface Half {
  readonly commitLogOffset: number;
  readonly tranStateTableOffset: number;
}

/** Sends a half message whose unique key is its body too. */
export async function sendHalf(broker: TransactionsUnderTest, body: string): Promise<Half> {
  const properties = propertyText({ UNIQ_KEY: body, TRAN_MSG: 'true', PGROUP: GROUP });
  const fields = { ...SEND_FIELDS, producerGroup: GROUP, topic: 'Taken', bornTimestamp: broker.now(), properties };
  const { code, remark, header } = await broker.ask(SEND_MESSAGE_V2, fields, Buffer.from(body));
  if (code !== 0) throw new Error(`${body}: ${code} ${remark}`);
  const { msgId, queueOffset } = header as { readonly msgId: string; readonly queueOffset: number };
  return { commitLogOffset: parseOffsetMessageId(msgId).physicalOffset, tranStateTableOffset: queueOffset };
}

export async function endHalf(broker: TransactionsUnderTest, half: Half, commitOrRollback: number): Promise<void> {
  const fields = { producerGroup: GROUP, commitOrRollback, msgId: 'x', transactionId: 'x', ...half };
  const { code, remark } = await broker.ask(END_TRANSACTION, fields);
  if (code !== 0) throw new Error(`${code} ${remark}`);
}

/** The connection is a producer of the group from now on. */
export async function registerProducer(broker: TransactionsUnderTest): Promise<void> {
  const data = { clientID: 'c', producerGroups: [GROUP], consumers: [], heartbeatFingerprint: 0, withoutSub: false };
  await broker.ask(HEART_BEAT, {}, encodeHeartbeatData(data));
}
