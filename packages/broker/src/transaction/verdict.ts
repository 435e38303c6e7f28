import { PropertySlot, type PropertyTable, parseJavaInt, type StoredRecord } from '@rocketmq-ts/protocol';
import type { BrokerConfig } from '../config-table.ts';
import type { HalfStates } from './half-states.ts';
import { immunityOfCheckMs } from './immunity.ts';

const { TRANSACTION_CHECK_TIMES, TRAN_PREPARED_QUEUE_OFFSET } = PropertySlot;
const HOUR_MS = 3_600_000;

export type CheckConfig = Pick<BrokerConfig, 'transactionTimeOut' | 'transactionCheckMax' | 'fileReservedTime'>;

/** What a round does with a half message that is open. */
export type Verdict =
  /** Its producer is asked. `checkTimes`: with this one. */
  | { readonly what: 'CHECK'; readonly checkTimes: number }
  /** It was asked for too often, or is too old: given up. */
  | { readonly what: 'DISCARD'; readonly reason: string }
  /** Too young: and those behind it are younger still. */
  | { readonly what: 'TOO_YOUNG' }
  /** It asked not to be checked before this moment of the wall clock; others behind it may be due. */
  | { readonly what: 'IMMUNE'; readonly untilMs: number }
  /** Copy of one that is over. */
  | { readonly what: 'OVER' };

/**
 * Judges an open half message by its properties and times, in Apache's order. Apache's broker also discards, without a check,
 * what was born longer ago than files are kept, and asks at once for what seems to be born in the future, as by the clock of
 * another machine; here it is asked for at least once, and when it was stored long enough ago. The answer to the last check has
 * the time of a round, where Apache's broker gives up at once.
 * Source: TransactionalMessageServiceImpl#check, #needDiscard, #needSkip.
 */
export function judge(
  record: StoredRecord,
  properties: PropertyTable,
  states: Pick<HalfStates, 'isOver'>,
  {
    config,
    nowMs,
    roundStartMs,
  }: { readonly config: CheckConfig; readonly nowMs: number; readonly roundStartMs: number },
): Verdict {
  const { transactionTimeOut, transactionCheckMax, fileReservedTime } = config;
  // Also what this round stored once more: its producer was asked just now.
  const storedMs = nowMs - record.storeTimestamp;
  if (storedMs >= 0 && record.storeTimestamp >= roundStartMs) return { what: 'TOO_YOUNG' };
  const checked = properties.value(TRANSACTION_CHECK_TIMES);
  const times = checked === undefined ? 0 : (parseJavaInt(checked) ?? -1);
  if (checked !== undefined && times >= transactionCheckMax)
    return { what: 'DISCARD', reason: `it was asked for ${times} times` };
  const bornMs = nowMs - record.bornTimestamp;
  if (times > 0 && bornMs > fileReservedTime * HOUR_MS)
    return { what: 'DISCARD', reason: `it is older than ${fileReservedTime} hours` };
  const ageMs = bornMs >= 0 ? bornMs : storedMs;
  const immunityMs = immunityOfCheckMs(properties, transactionTimeOut);
  if (immunityMs === undefined) {
    if (ageMs >= 0 && ageMs <= transactionTimeOut) return { what: 'TOO_YOUNG' };
  } else if (ageMs >= 0 && ageMs <= immunityMs) {
    // Apache's broker stores such a message again in each round, and names the first one.
    const first = parseJavaInt(properties.value(TRAN_PREPARED_QUEUE_OFFSET) ?? '');
    if (first !== undefined && first >= 0 && states.isOver(first)) return { what: 'OVER' };
    return { what: 'IMMUNE', untilMs: nowMs - ageMs + immunityMs };
  }
  return { what: 'CHECK', checkTimes: Math.max(0, times) + 1 };
}
