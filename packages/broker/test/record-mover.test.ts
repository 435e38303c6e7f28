import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  MessageSysFlag,
  PropertySlot,
  PropertyTable,
  readStoredRecord,
  type StoredRecord,
  SystemTopic,
} from '@rocketmq-ts/protocol';
import type { MessageStore, RecordInput } from '@rocketmq-ts/store';
import { recordOf } from '@rocketmq-ts/testkit';
import { DelayLevels } from '../src/delay/delay-levels.ts';
import { Placement } from '../src/placement/place.ts';
import { RecordPuts } from '../src/placement/put.ts';
import { readRealPlace, writeRealPlace } from '../src/placement/real-place.ts';
import { type Move, type MovedRecord, RecordMover } from '../src/placement/record-mover.ts';
import { properties, Stage } from './stage.ts';

const { TRANSACTION_PREPARED, TRANSACTION_COMMIT, TRANSACTION_ROLLBACK, MULTI_TAGS } = MessageSysFlag;
const HOST = Buffer.from('0a00000100002a9f', 'hex');

let stage: Stage;
let store: MessageStore;
let mover: RecordMover;
const table = new PropertyTable();

beforeEach(async () => {
  stage = new Stage();
  store = await stage.store();
  const levels = new DelayLevels(stage.clock, [1000, 5000]);
  mover = new RecordMover(
    new Placement({
      halves: { park: () => {}, parked: () => {} },
      levels,
      timers: { park: () => undefined, whyNot: () => undefined },
    }),
    new RecordPuts(store, levels),
    { where: 'own', put: () => 'SERVICE_NOT_AVAILABLE' },
    (_, queueId) => queueId,
  );
});
afterEach(async () => {
  await stage.clock.run(store.stop());
  await stage.dispose();
});

/** Bytes 76 to 83 of a record with addresses of IPv4. Source: MessageDecoder#decode. */
const preparedOffsetOf = (physicalOffset: number): number => Number(store.recordAt(physicalOffset)!.readBigInt64BE(76));

function recordAt(physicalOffset: number): StoredRecord {
  const record = readStoredRecord(store.recordAt(physicalOffset)!);
  assert.ok(record);
  return record;
}

async function stored(changes: Partial<RecordInput>): Promise<StoredRecord> {
  const fields = { queueId: 1, flag: 3, bornTimestamp: 1, bornHost: HOST, storeHost: HOST, reconsumeTimes: 2 };
  const input = recordOf({ ...fields, body: Buffer.from('x'), ...changes });
  const put = store.put(input, undefined, true);
  await stage.clock.advance(10);
  return recordAt(put.physicalOffset);
}

async function moved(record: StoredRecord, move: Move): Promise<MovedRecord> {
  const put = mover.move(record, table.read(record.properties, 'latin1'), move, { stored: () => {} });
  await stage.clock.advance(10);
  return put;
}

// Source: EndTransactionProcessor#endMessageTransaction.
test('a half message is committed to its queue with the kind of transaction and its own offset', async () => {
  const text = properties({ TRAN_MSG: 'true', REAL_TOPIC: 'T', REAL_QID: '1', UNIQ_KEY: 'U' });
  await stored({});
  const half = await stored({ topic: SystemTopic.TRANS_HALF, queueId: 0, properties: text });
  const place = readRealPlace(table.read(half.properties, 'latin1'));
  assert.deepEqual(place, { topic: 'T', queueId: 1 });
  const sysFlag = half.sysFlag | TRANSACTION_COMMIT;
  const move = { ...place, delayLevel: 0, sysFlag, preparedTransactionOffset: half.physicalOffset };
  const { status, physicalOffset, queueOffset, storedTopic } = await moved(half, move);
  assert.deepEqual([status, storedTopic, queueOffset], ['PUT_OK', 'T', 1]);
  const record = recordAt(physicalOffset);
  assert.equal(record.sysFlag, TRANSACTION_COMMIT);
  assert.equal(preparedOffsetOf(physicalOffset), half.physicalOffset);
  assert.deepEqual([record.topic, record.queueId, record.flag, record.reconsumeTimes], ['T', 1, 3, 2]);
  assert.deepEqual(record.body, half.body);
});

test('a record that moves keeps its other fields; only a committed message stays part of its transaction', async () => {
  const cases: [sysFlag: number, kept: number][] = [
    [MULTI_TAGS, MULTI_TAGS],
    [TRANSACTION_COMMIT | MULTI_TAGS, TRANSACTION_COMMIT | MULTI_TAGS],
    [TRANSACTION_PREPARED | MULTI_TAGS, MULTI_TAGS],
    [TRANSACTION_ROLLBACK, 0],
  ];
  for (const [sysFlag, kept] of cases) {
    const record = await stored({ sysFlag, preparedTransactionOffset: 77 });
    const { physicalOffset } = await moved(record, { topic: 'U', queueId: 0, delayLevel: 0 });
    assert.equal(recordAt(physicalOffset).sysFlag, kept, `sys flag ${sysFlag}`);
    assert.equal(preparedOffsetOf(physicalOffset), 0);
    assert.deepEqual(recordAt(physicalOffset).bornHost, record.bornHost);
  }
});

test('a record that moves with a delay waits in the queue of its level and names the queue that it is for', async () => {
  const record = await stored({ properties: properties({ DELAY: '9', TAGS: 'A' }) });
  const put = await moved(record, { topic: 'T', queueId: 1, delayLevel: 9, reconsumeTimes: 3 });
  assert.deepEqual([put.storedTopic, put.storedQueueId], [SystemTopic.SCHEDULE, 1]);
  const waiting = recordAt(put.physicalOffset);
  table.read(waiting.properties, 'latin1');
  assert.deepEqual(readRealPlace(table), { topic: 'T', queueId: 1 });
  assert.deepEqual([table.value(PropertySlot.DELAY), waiting.reconsumeTimes], ['2', 3]);
});

// Source: ScheduleMessageService#messageTimeUp.
test('a place that no message may be delivered to is refused with the reason', () => {
  const reasons: [topic: string, queueId: number, reason: RegExp][] = [
    [SystemTopic.TRANS_HALF, 0, /takes no messages from here/],
    [SystemTopic.SCHEDULE, 0, /takes no messages from here/],
    ['../etc', 0, /illegal characters/],
    ['T', -1, /names no queue/],
  ];
  for (const [topic, queueId, reason] of reasons) {
    table.read('', 'latin1');
    writeRealPlace(table, { topic, queueId });
    assert.match(String(readRealPlace(table)), reason);
  }
  assert.equal(readRealPlace(table.read('', 'latin1')), 'it names no topic');
});
