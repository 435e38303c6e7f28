import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addressBytes,
  bodyCrc32,
  compressBody,
  compressionFlags,
  decodeMessage,
  decodeMessages,
  encodeMessage,
  formatMessageProperties,
  ipv6Text,
  MessageSysFlag,
  MessageView,
  RecordOffset,
} from '@rocketmq-ts/protocol';
import fc from 'fast-check';
import { recorded } from './java/recorded.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');

/** Source: MessageDecoder#encode of 5.4.0. */
const golden = bytes(`00000067 daa320a7 5ba80bb2 00000003 00000000 0000000000000007 00000000000004d2 00000000
  00000000000003e8 01020304 0000162e 00000000000007d0 0a000001 00002a9f 00000000 0000000000000000
  00000004 626f6479 01 54 0007 54414753016102`);

test('a recorded message reads to its fields, and they write to its bytes', () => {
  const message = decodeMessage(golden, 0, { verifyCrc: true });
  assert.equal(message.topic, 'T');
  assert.equal(message.queueId, 3);
  assert.equal(message.queueOffset, 7);
  assert.equal(message.physicalOffset, 1234);
  assert.equal(message.bornTimestamp, 1000);
  assert.deepEqual(message.bornHost, { host: '1.2.3.4', port: 5678 });
  assert.equal(message.storeTimestamp, 2000);
  assert.deepEqual(message.storeHost, { host: '10.0.0.1', port: 10911 });
  assert.equal(message.body.toString(), 'body');
  assert.equal(message.tags, 'a');
  assert.equal(message.storeSize, golden.length);
  assert.equal(message.msgId, '0A00000100002A9F00000000000004D2');
  assert.deepEqual(encodeMessage(message), golden);
});

interface RecordedMessage {
  readonly record: string;
  readonly msgId: string;
  readonly bornHost: string;
  readonly body: string;
}
const { messages } = recorded<{ messages: Record<string, RecordedMessage> }>('messages');

for (const [name, java] of Object.entries(messages)) {
  test(`the Java decoder and ours agree on ${name}`, () => {
    const record = Buffer.from(java.record, 'base64');
    const message = decodeMessage(record, 0, { verifyCrc: true });
    assert.equal(message.offsetMsgId, java.msgId);
    assert.deepEqual(addressBytes(message.bornHost.host), addressBytes(java.bornHost));
    assert.equal(message.body.toString('base64'), java.body);
    assert.equal(message.queueOffset, 5_000_000_000);
    assert.equal(message.physicalOffset, 9_000_000_000_000);
    assert.equal(message.flag, -5);
    assert.equal(message.reconsumeTimes, 2);
    assert.equal(message.preparedTransactionOffset, 77);
    assert.deepEqual(Object.fromEntries(message.properties), { ключ: '値', TAGS: 'TagA' });
    assert.equal(message.sysFlag & MessageSysFlag.COMPRESSED, 0);
    assert.deepEqual(encodeMessage(decodeMessage(record, 0, { inflate: false })), record);
  });
}

const host = fc.record(
  {
    host: fc.oneof(
      fc.ipV4(),
      fc.uint8Array({ minLength: 16, maxLength: 16 }).map((address) => ipv6Text(address, 0)),
    ),
    port: fc.nat(65535),
  },
  { noNullPrototype: true },
);
const text = fc.string({ unit: 'grapheme', maxLength: 60 });
const property = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 10 })
  .filter((one) => !one.includes('\u0001') && !one.includes('\u0002'));
const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const offset = fc.maxSafeInteger().filter((value) => value >= 0);
const fields = fc.record(
  {
    topic: text,
    queueId: int,
    flag: int,
    queueOffset: offset,
    physicalOffset: offset,
    sysFlag: fc.constantFrom(0, 2, 4, 8, 12),
    bornTimestamp: offset,
    bornHost: host,
    storeTimestamp: offset,
    storeHost: host,
    reconsumeTimes: int,
    preparedTransactionOffset: offset,
    body: fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
    propertiesText: fc.array(fc.tuple(property, property), { maxLength: 4 }).map(formatMessageProperties),
  },
  { noNullPrototype: true },
);

test('whatever is encoded is decoded again, one record or many, with any hosts', () => {
  fc.assert(
    fc.property(fc.array(fields, { maxLength: 4 }), (list) => {
      const records = list.map(encodeMessage);
      const decoded = decodeMessages(Buffer.concat(records), { verifyCrc: true });
      assert.equal(decoded.length, list.length);
      for (const [index, message] of decoded.entries()) {
        const expected = list[index]!;
        const { sysFlag, bodyCrc, storeSize, bornHost, storeHost, ...rest } = message.fields();
        const { sysFlag: sentFlag, bornHost: sentBorn, storeHost: sentStore, ...sent } = expected;
        assert.deepEqual(rest, sent);
        assert.equal(sysFlag & ~0x30, sentFlag);
        assert.equal(bodyCrc, bodyCrc32(expected.body));
        assert.equal(storeSize, records[index]!.length);
        for (const [read, wrote] of [[bornHost, sentBorn] as const, [storeHost, sentStore] as const]) {
          assert.equal(read.port, wrote.port);
          assert.deepEqual(addressBytes(read.host), addressBytes(wrote.host));
        }
      }
    }),
    { numRuns: 200 },
  );
});

test('a topic of more than 127 bytes takes magic v2', () => {
  const topic = `%RETRY%${'g'.repeat(200)}`;
  const record = encodeMessage({ ...decodeMessage(golden).fields(), topic });
  assert.equal(record.readInt32BE(RecordOffset.magic), 0xdaa320ab | 0);
  assert.equal(decodeMessage(record).topic, topic);
});

for (const type of ['ZLIB', 'LZ4', 'ZSTD'] as const) {
  test(`a body compressed with ${type} is inflated unless one asks for the stored form`, () => {
    const body = Buffer.from('rocketmq '.repeat(500));
    const compressed = compressBody(type, body);
    assert.ok(compressed.length < body.length / 4);
    const sysFlag = compressionFlags(type) | MessageSysFlag.TRANSACTION_COMMIT;
    const record = encodeMessage({ ...decodeMessage(golden).fields(), body: compressed, sysFlag });
    const message = decodeMessage(record);
    assert.deepEqual(message.body, body);
    assert.equal(message.sysFlag, sysFlag & ~MessageSysFlag.COMPRESSED);
    const stored = decodeMessage(record, 0, { inflate: false });
    assert.deepEqual([stored.body, stored.sysFlag], [compressed, sysFlag]);
  });
}

test('a damaged record is refused, whatever byte is damaged or missing', () => {
  for (let length = 1; length < golden.length; length++) {
    assert.throws(() => decodeMessages(golden.subarray(0, length)), { code: 'BAD_MESSAGE' });
  }
  for (let at = 0; at < golden.length; at++) {
    for (const value of [0x00, 0x7f, 0x80, 0xff]) {
      const damaged = Buffer.from(golden);
      damaged[at] = value;
      try {
        decodeMessages(damaged, { verifyCrc: true });
      } catch (error) {
        assert.match((error as { code: string }).code, /^BAD_(MESSAGE|COMPRESSION)$/);
      }
    }
  }
  const wrongBody = Buffer.from(golden);
  wrongBody[88] = 0x42;
  assert.throws(() => decodeMessage(wrongBody, 0, { verifyCrc: true }), { code: 'BAD_MESSAGE', message: /CRC/ });
  const wrongType = encodeMessage({ ...decodeMessage(golden).fields(), sysFlag: 0x401 });
  assert.throws(() => decodeMessage(wrongType), { code: 'BAD_MESSAGE', message: /compression/ });
});

test('the end of a commit log file is no message', () => {
  assert.throws(() => decodeMessages(bytes('00000010 cbd43194 0000000000000000')), { code: 'BAD_MESSAGE' });
});

test('a message knows its ids and keys', () => {
  const message = new MessageView({
    ...decodeMessage(golden).fields(),
    propertiesText: formatMessageProperties([
      ['UNIQ_KEY', 'ABCD'],
      ['KEYS', 'k1  k2'],
    ]),
  });
  assert.equal(message.msgId, 'ABCD');
  assert.equal(message.offsetMsgId, '0A00000100002A9F00000000000004D2');
  assert.deepEqual(message.keys, ['k1', 'k2']);
  assert.equal(message.with({ topic: 'U' }).topic, 'U');
  assert.equal(message.with({ topic: 'U' }).msgId, 'ABCD');
});
