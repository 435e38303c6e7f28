import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeTraceRecords, encodeTraceRecord, type TraceRecord } from '@rocketmq-ts/protocol';
import fc from 'fast-check';

const head = { timestamp: 1700000000123, regionId: 'DefaultRegion', groupName: 'orders' };
const message = { topic: 'TopicTest', msgId: 'AC11', tags: 'TagA', keys: 'k1 k2', storeHost: '10.0.0.1:10911' };

/** Fields as Apache's 5.4.0 client writes them. Source: TraceDataEncoder#encoderFromContextBean. */
const samples: [TraceRecord, string][] = [
  [
    {
      type: 'Pub',
      ...head,
      ...message,
      bodyLength: 11,
      costTimeMs: 3,
      messageType: 'Delay_Msg',
      offsetMsgId: '0A00',
      success: true,
    },
    'Pub|1700000000123|DefaultRegion|orders|TopicTest|AC11|TagA|k1 k2|10.0.0.1:10911|11|3|3|0A00|true',
  ],
  [
    { type: 'SubBefore', ...head, requestId: 'R1', msgId: 'AC11', retryTimes: 2, keys: undefined },
    'SubBefore|1700000000123|DefaultRegion|orders|R1|AC11|2|null',
  ],
  [
    {
      type: 'SubAfter',
      requestId: 'R1',
      msgId: 'AC11',
      costTimeMs: 9,
      success: false,
      keys: 'k1',
      returnType: 'EXCEPTION',
      timestamp: 1700000000200,
      groupName: 'billing',
    },
    'SubAfter|R1|AC11|9|false|k1|2|1700000000200|billing',
  ],
  [
    {
      type: 'SubAfter',
      requestId: 'R1',
      msgId: 'AC11',
      costTimeMs: 9,
      success: true,
      keys: 'k1',
      returnType: 'SUCCESS',
      timestamp: undefined,
      groupName: undefined,
    },
    'SubAfter|R1|AC11|9|true|k1|0|',
  ],
  [
    {
      type: 'EndTransaction',
      ...head,
      ...message,
      tags: undefined,
      messageType: 'Trans_msg_Commit',
      transactionId: 'AC11',
      state: 'ROLLBACK_MESSAGE',
      fromTransactionCheck: true,
    },
    'EndTransaction|1700000000123|DefaultRegion|orders|TopicTest|AC11|null|k1 k2|10.0.0.1:10911|2|AC11|ROLLBACK_MESSAGE|true',
  ],
  [
    { type: 'Recall', ...head, topic: 'TopicTest', msgId: 'AC11', success: true },
    'Recall|1700000000123|DefaultRegion|orders|TopicTest|AC11|true',
  ],
];
const wire = (text: string): string => `${text.replaceAll('|', '\u0001')}\u0002`;

test('each kind of trace record has its fields in order', () => {
  for (const [record, text] of samples) assert.equal(encodeTraceRecord(record), wire(text));
});

test('the records of a trace message are read one after the other', () => {
  const text = samples.map(([, one]) => wire(one)).join('');
  assert.deepEqual(
    decodeTraceRecords(text),
    samples.map(([record]) => record),
  );
});

test('records of older and newer clients are read', () => {
  const pub = samples[0]![1].split('|');
  const old = [...pub.slice(0, 12), 'true'].join('|');
  const [record] = decodeTraceRecords(wire(old));
  assert.deepEqual(record, { ...samples[0]![0], offsetMsgId: undefined });
  assert.deepEqual(decodeTraceRecords(wire(`${samples[0]![1]}|10.0.0.9`)), [samples[0]![0]]);
  const [short] = decodeTraceRecords(wire('SubAfter|R1|AC11|9|true|k1'));
  assert.equal(short?.type === 'SubAfter' && short.returnType, 'SUCCESS');
});

test('damaged and unknown records are passed over, those around them are read', () => {
  const whole = samples[5]!;
  for (const bad of ['', 'Pub', 'Recall|soon|r|g|t|m|true', 'New|1|2', 'Pub|1|r|g|t|m|x|y|h|1|2|9|o|true', '|||']) {
    assert.deepEqual(decodeTraceRecords(wire(bad) + wire(whole[1]) + bad), [whole[0]], bad);
  }
});

test('reading traces never throws, and what is written is read again', () => {
  const pieces = fc.constantFrom(
    'Pub',
    'SubBefore',
    'SubAfter',
    'EndTransaction',
    'Recall',
    '\u0001',
    '\u0002',
    '1',
    'x',
  );
  fc.assert(fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => void decodeTraceRecords(parts.join(''))));
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void decodeTraceRecords(text)));
  const word = fc.string({ minLength: 1 }).filter((text) => text !== 'null');
  const optional = fc.option(word, { nil: undefined });
  const count = fc.nat();
  const recordOf = fc.record(
    {
      type: fc.constant('Pub' as const),
      timestamp: fc.maxSafeNat(),
      regionId: word,
      groupName: word,
      topic: word,
      msgId: word,
      tags: optional,
      keys: optional,
      storeHost: word,
      bodyLength: count,
      costTimeMs: count,
      messageType: fc.constantFrom('Normal_Msg' as const, 'Trans_Msg_Half' as const, 'Order_Msg' as const),
      offsetMsgId: optional,
      success: fc.boolean(),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(recordOf), (records) => {
      assert.deepEqual(decodeTraceRecords(records.map(encodeTraceRecord).join('')), records);
    }),
  );
});
