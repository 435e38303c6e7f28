import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeBatch,
  decodeMessage,
  encodeBatch,
  encodeMessage,
  formatMessageProperties,
  MessageSysFlag,
  unwrapInnerBatch,
} from '@rocketmq-ts/protocol';
import fc from 'fast-check';

/** Source: MessageDecoder#encodeMessage of 5.4.0. */
const golden = Buffer.from(
  `0000003d 00000000 00000000 00000000 00000004 626f6479 0023 75017602 4b455953016b31206b3202
  57414954017472756502 5441475301 5461674102`.replaceAll(/\s/g, ''),
  'hex',
);

test('a recorded member reads to its fields, and they write to its bytes', () => {
  const [member, ...rest] = decodeBatch(golden);
  assert.deepEqual(rest, []);
  assert.equal(member?.body.toString(), 'body');
  assert.equal(
    member?.propertiesText,
    formatMessageProperties([
      ['u', 'v'],
      ['KEYS', 'k1 k2'],
      ['WAIT', 'true'],
      ['TAGS', 'TagA'],
    ]),
  );
  assert.deepEqual(encodeBatch([member!]), golden);
});

test('whatever is encoded is decoded again', () => {
  const member = fc.record(
    {
      flag: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      body: fc.uint8Array({ maxLength: 50 }).map((array) => Buffer.from(array)),
      propertiesText: fc.string({ unit: 'grapheme', maxLength: 30 }),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(member, { maxLength: 5 }), (members) => {
      assert.deepEqual(decodeBatch(encodeBatch(members)), members);
    }),
  );
});

test('a damaged batch is refused', () => {
  const batch = Buffer.concat([golden, golden]);
  for (let length = 1; length < batch.length; length++) {
    if (length === golden.length) continue;
    assert.throws(() => decodeBatch(batch.subarray(0, length)), { code: 'BAD_MESSAGE' });
  }
  for (const [at, value] of [
    [0, 0xff],
    [3, 0x10],
    [16, 0xff],
    [19, 0xff],
    [24, 0xff],
  ] as const) {
    const damaged = Buffer.from(batch);
    damaged[at] = value;
    assert.throws(() => decodeBatch(damaged), { code: 'BAD_MESSAGE' });
  }
});

// Source: MessageDecoder#decodeMessage
test('a record that holds a batch gives its members, at queue offsets that follow each other', () => {
  const record = encodeMessage({
    topic: 'T',
    queueId: 2,
    flag: 0,
    queueOffset: 100,
    physicalOffset: 5,
    sysFlag: MessageSysFlag.INNER_BATCH | MessageSysFlag.NEED_UNWRAP,
    bornTimestamp: 1,
    bornHost: { host: '1.2.3.4', port: 5 },
    storeTimestamp: 2,
    storeHost: { host: '1.2.3.4', port: 6 },
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body: encodeBatch([
      { flag: 1, body: Buffer.from('a'), propertiesText: 'TAGS\u0001x\u0002' },
      { flag: 2, body: Buffer.from('b'), propertiesText: '' },
    ]),
    propertiesText: 'INNER_NUM\u00012\u0002',
  });
  const members = unwrapInnerBatch(decodeMessage(record));
  assert.deepEqual(
    members.map(({ topic, queueId, queueOffset, flag, body, sysFlag, tags }) => [
      topic,
      queueId,
      queueOffset,
      flag,
      body.toString(),
      sysFlag,
      tags,
    ]),
    [
      ['T', 2, 100, 1, 'a', MessageSysFlag.INNER_BATCH, 'x'],
      ['T', 2, 101, 2, 'b', MessageSysFlag.INNER_BATCH, undefined],
    ],
  );
  const single = members[0]!;
  assert.deepEqual(unwrapInnerBatch(single), [single]);
});
