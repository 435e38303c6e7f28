import { type Admin, AdminError, SystemTopic, type UnendedTransaction } from '@rocketmq-ts/admin';
import { compareText, inTurns } from '@rocketmq-ts/kernel';
import type { PageQuery, ResumeResult, TransactionPage, TransactionRow } from '../api/index.ts';
import { reasonOf } from '../http/failure.ts';
import { cutPage, sortKeyOf } from '../http/page-of.ts';
import { decodeId } from '../messages/ids.ts';
import { BrokerCalls } from '../targets/broker-calls.ts';
import { addressesOf, allBrokers, type BrokerTarget } from '../targets/broker-target.ts';
import { missingBrokers } from '../targets/missing.ts';
import type { Looked } from '../targets/topic-place.ts';

/** Transactions of one broker that are shown; a broker with more has a defect elsewhere, which these show as well. */
const MAX_OF_BROKER = 5000;
const READ_MS = 3000;
const RESUMED_AT_A_TIME = 4;

interface TransactionQuery extends PageQuery {
  readonly state?: TransactionRow['state'] | undefined;
  readonly topic?: string | undefined;
  readonly brokerName?: string | undefined;
}

/** Columns that rows are sorted by; the oldest first when none is asked for. */
const FIGURES: Readonly<Record<string, (row: TransactionRow) => number | string>> = {
  bornTimestampMs: (row) => row.bornTimestampMs,
  checkTimes: (row) => row.checkTimes,
  producerGroup: (row) => row.producerGroup,
  topic: (row) => row.topic,
  brokerName: (row) => row.brokerName,
  state: (row) => row.state,
};

/** Transactions that were not ended, on all brokers. */
export async function openTransactions(
  place: Looked,
  query: TransactionQuery,
  monotonicMs: () => number,
): Promise<TransactionPage> {
  const { state, topic, brokerName, filter = '' } = query;
  const order = orderOf(query);
  const calls = new BrokerCalls();
  const brokers = await allBrokers(place.admin);
  calls.add(missingBrokers(place.model, brokers));
  const asked = brokers.filter((each) => brokerName === undefined || each.brokerName === brokerName);
  const parts = await calls.askEach(asked, (address, broker) =>
    transactionsOf(place.admin, broker, address, { state, monotonicMs }),
  );
  const wanted = filter.trim().toLowerCase();
  const rows = parts
    .flatMap(({ value }) => value.rows)
    .filter((row) => state === undefined || row.state === state)
    .filter((row) => topic === undefined || row.topic === topic)
    .filter((row) => [row.producerGroup, row.topic, row.transactionId].join('\n').toLowerCase().includes(wanted))
    .sort(order);
  const isWhole = parts.every(({ value }) => value.isWhole);
  return { ...cutPage(rows, query), isWhole, failures: calls.failures };
}

function orderOf({
  sort = 'bornTimestampMs',
  descending = false,
}: PageQuery): (a: TransactionRow, b: TransactionRow) => number {
  const figure = sortKeyOf(FIGURES, sort);
  const sign = descending ? -1 : 1;
  return (a, b) => {
    const [x, y] = [figure(a), figure(b)];
    const order = typeof x === 'number' && typeof y === 'number' ? x - y : compareText(String(x), String(y));
    return sign * order || a.bornTimestampMs - b.bornTimestampMs || compareText(a.offsetMsgId, b.offsetMsgId);
  };
}

async function transactionsOf(
  admin: Admin,
  { brokerName }: BrokerTarget,
  address: string,
  { state, monotonicMs }: { readonly state: TransactionRow['state'] | undefined; readonly monotonicMs: () => number },
): Promise<{ rows: TransactionRow[]; isWhole: boolean }> {
  const deadlineMs = monotonicMs() + READ_MS;
  const rows: TransactionRow[] = [];
  const take =
    (storedIn: string) =>
    (each: UnendedTransaction): void => {
      if (rows.length < MAX_OF_BROKER) rows.push(rowOf(each, brokerName, address, storedIn));
    };
  const isEnough = (): boolean => rows.length >= MAX_OF_BROKER || monotonicMs() >= deadlineMs;
  const open = state === 'DISCARDED' || (await admin.openTransactions(address, take(SystemTopic.TRANS_HALF), isEnough));
  const given =
    state === 'OPEN' ||
    state === 'UNKNOWN' ||
    (await admin.discardedTransactions(address, take(SystemTopic.TRANS_CHECK_MAX_TIME), isEnough));
  return { rows, isWhole: open && given };
}

function rowOf(each: UnendedTransaction, brokerName: string, address: string, storedIn: string): TransactionRow {
  const { state, transactionId, topic, producerGroup, checkTimes, bornTimestamp, storeTimestamp, offsetMsgId } = each;
  return {
    ...{ state, brokerName, address, transactionId, topic, producerGroup, checkTimes },
    ...{ bornTimestampMs: bornTimestamp, storeTimestampMs: storeTimestamp, offsetMsgId, storedIn },
  };
}

/**
 * Starts the checks of discarded transactions again, each by itself. Ids of other addresses than the cluster's brokers are
 * refused.
 */
export async function resumeTransactions(
  place: Looked,
  ids: readonly string[],
  nowMs: number,
): Promise<ResumeResult[]> {
  const addresses = addressesOf(await allBrokers(place.admin));
  return inTurns([...new Set(ids)], RESUMED_AT_A_TIME, async (id) => {
    if (decodeId(id, nowMs, (address) => addresses.has(address)).kind !== 'OFFSET')
      return { id, ok: false, message: 'this is no offset message id of a broker of this cluster' };
    try {
      await place.admin.resumeCheckHalfMessage(id);
      return { id, ok: true };
    } catch (error) {
      if (error instanceof AdminError) return { id, ok: false, message: reasonOf(error) };
      throw error;
    }
  });
}
