import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeMessage, encodeMessage } from '@rocketmq-ts/protocol';
import { checkRecord, layOutRecord, RecordHead, type RecordInput } from '../src/log/record.ts';
import { recordInput } from './store-calls.ts';

function layOut(input: RecordInput, queueOffset: number, physicalOffset: number, storeTimestamp: number): Buffer {
  const buffer = Buffer.alloc(200_000, 0xee);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  const size = layOutRecord(
    buffer,
    view,
    10,
    input,
    Buffer.from(input.topic),
    queueOffset,
    physicalOffset,
    storeTimestamp,
  );
  return size < 0 ? Buffer.alloc(0) : Buffer.from(buffer.subarray(10, 10 + size));
}

/** Source: MessageDecoder of 5.4.0. */
test('a record has the bytes that Apache writes', () => {
  const input = { ...recordInput({ topic: 'T', queueId: 3, body: 'body' }), properties: 'TAGS\x01a\x02' };
  assert.equal(
    layOut(input, 7, 1234, 2000).toString('hex'),
    '00000067daa320a75ba80bb20000000300000000000000000000000700000000000004d20000000000000000000003e8010203040000162e' +
      '00000000000007d00a00000100002a9f00000000000000000000000000000004626f647901540007' +
      '54414753016102',
  );
});

test('IPv6 hosts, long topics and characters beyond ASCII are laid out as the protocol decodes and encodes them', () => {
  const v6 = Buffer.from('20010db80000000000000000000000010000162e', 'hex');
  const v4 = Buffer.from('0a00000100002a9f', 'hex');
  for (const [bornHost, storeHost] of [
    [v4, v6],
    [v6, v4],
    [v6, v6],
  ] as const) {
    for (const topic of ['T', `%RETRY%${'g'.repeat(240)}`]) {
      const input: RecordInput = {
        ...recordInput({ topic, queueId: 2, body: Buffer.from('Grüße 你好') }),
        flag: -5,
        sysFlag: 0x1,
        bornTimestamp: 1_700_000_000_123,
        bornHost,
        storeHost,
        reconsumeTimes: 3,
        preparedTransactionOffset: 2 ** 40 + 1,
        properties: 'KEYS\x01schlüssel 键\x02',
      };
      const record = layOut(input, 2 ** 33 + 5, 2 ** 41 + 7, 1_700_000_000_456);
      const decoded = decodeMessage(record, 0, { verifyCrc: true, inflate: false });
      assert.deepEqual(encodeMessage(decoded.fields()), record);
      assert.deepEqual(
        [decoded.topic, decoded.queueOffset, decoded.physicalOffset, decoded.storeTimestamp, decoded.propertiesText],
        [topic, 2 ** 33 + 5, 2 ** 41 + 7, 1_700_000_000_456, input.properties],
      );
    }
  }
});

test('what was laid out passes the check of recovery, and not at another place', () => {
  const record = layOut(recordInput({ topic: 'Orders', body: 'hello', tags: 'TagA' }), 5, 4096, 777);
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  const head = new RecordHead();
  assert.equal(checkRecord(record, view, 0, record.length, 4096, head), 'RECORD');
  assert.deepEqual(
    [head.topic, head.queueOffset, head.physicalOffset, head.storeTimestamp, head.totalSize, head.properties],
    ['Orders', 5, 4096, 777, record.length, 'TAGS\x01TagA\x02'],
  );
  assert.equal(checkRecord(record, view, 0, record.length, 4097, head), 'END');
  assert.equal(checkRecord(record, view, 0, record.length - 1, 4096, head), 'END');
});

test('no flipped bit that moves a length or the body passes the check', () => {
  const record = layOut(recordInput({ topic: 'Orders', body: 'hello', tags: 'TagA' }), 5, 4096, 777);
  const head = new RecordHead();
  const checkedBytes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 28, 35, 84, 85, 86, 87, 88, 92, 93, 100, 101];
  for (const at of checkedBytes) {
    for (let bit = 0; bit < 8; bit++) {
      const harmed = Buffer.from(record);
      harmed[at]! ^= 1 << bit;
      const view = new DataView(harmed.buffer, harmed.byteOffset, harmed.length);
      assert.notEqual(checkRecord(harmed, view, 0, harmed.length, 4096, head), 'RECORD', `byte ${at} bit ${bit}`);
    }
  }
});

test('properties have 32767 bytes at the most', () => {
  assert.equal(layOut({ ...recordInput({}), properties: 'p'.repeat(32767) }, 0, 0, 0).length, 91 + 4 + 1 + 32767);
  assert.equal(layOut({ ...recordInput({}), properties: 'p'.repeat(32768) }, 0, 0, 0).length, 0);
  assert.equal(layOut({ ...recordInput({}), properties: '你'.repeat(10923) }, 0, 0, 0).length, 0);
});
