import assert from 'node:assert/strict';
import {
  CHECK_TRANSACTION_STATE,
  decodeMessages,
  END_TRANSACTION,
  MessageSysFlag,
  type MessageView,
  parseOffsetMessageId,
  type RequestHeader,
  type RequestInput,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import type { Response } from '@rocketmq-ts/remoting';
import { type Caller, properties } from './stage.ts';

export const HALF = 'RMQ_SYS_TRANS_HALF_TOPIC';
export const OPS = 'RMQ_SYS_TRANS_OP_HALF_TOPIC';
export const DISCARDED = 'TRANS_CHECK_MAX_TIME_TOPIC';
export const COMMIT = MessageSysFlag.TRANSACTION_COMMIT;
export const ROLLBACK = MessageSysFlag.TRANSACTION_ROLLBACK;

/** A half message as its producer knows it. */
export interface SentHalf {
  readonly commitLogOffset: number;
  readonly tranStateTableOffset: number;
  readonly transactionId: string;
}

/** A check that a producer got. */
export interface Check {
  readonly header: RequestHeader<typeof CHECK_TRANSACTION_STATE>;
  readonly message: MessageView;
  readonly half: SentHalf;
}

/** Sends a half message of group PG; `more`: further properties. */
export async function sendHalf(
  caller: Caller,
  topic: string,
  key: string,
  more: Record<string, string> = {},
  body = `body of ${key}`,
): Promise<SentHalf> {
  const response = await caller.send(topic, body, {
    properties: properties({ UNIQ_KEY: key, TRAN_MSG: 'true', PGROUP: 'PG', ...more }),
    bornTimestamp: caller.stage.clock.now(),
  });
  assert.equal(response.code, ResponseCode.SUCCESS, response.remark);
  return {
    commitLogOffset: parseOffsetMessageId(response.header.msgId).physicalOffset,
    tranStateTableOffset: response.header.queueOffset,
    transactionId: response.header.transactionId ?? '',
  };
}

export function end(
  caller: Caller,
  half: SentHalf,
  commitOrRollback: number,
  header: Partial<RequestInput<typeof END_TRANSACTION>> = {},
): Promise<Response<typeof END_TRANSACTION>> {
  return caller.request(END_TRANSACTION, { producerGroup: 'PG', commitOrRollback, ...half, ...header });
}

/** Collects the checks that come over a caller's connection; with an answer each is answered so. */
export function collectChecks(caller: Caller, answer?: (check: Check) => number | undefined): Check[] {
  const checks: Check[] = [];
  caller.remoting.handle(CHECK_TRANSACTION_STATE, (call) => {
    const [message] = decodeMessages(call.body, { inflate: false });
    assert.ok(message);
    const { commitLogOffset, tranStateTableOffset, transactionId = '' } = call.header;
    const check = { header: call.header, message, half: { commitLogOffset, tranStateTableOffset, transactionId } };
    checks.push(check);
    const commitOrRollback = answer?.(check);
    if (commitOrRollback === undefined) return;
    call.connection.notify(END_TRANSACTION, {
      ...{ producerGroup: 'PG', commitOrRollback, fromTransactionCheck: true, ...check.half },
    });
  });
  return checks;
}

/** Lets time pass with a heartbeat of producer group PG each 20 seconds. */
export async function pass(caller: Caller, ms: number, group = 'PG', clientID = 'c1'): Promise<void> {
  for (let left = ms; left > 0; left -= 20_000) {
    await caller.heartbeat({ clientID, producerGroups: [group] });
    await caller.stage.clock.advance(Math.min(left, 20_000));
  }
}
