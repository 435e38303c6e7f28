import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addressBytes,
  createOffsetMessageId,
  ipv6Text,
  parseOffsetMessageId,
  timeOfUniqueKey,
  UniqueKeyGenerator,
} from '@rocketmq-ts/protocol';
import fc from 'fast-check';

// Source: MessageDecoder#createMessageId, #decodeMessageId
test('an offset id holds address, port and physical offset', () => {
  const storeHost = { host: '10.0.0.1', port: 10911 };
  assert.equal(createOffsetMessageId(storeHost, 1234), '0A00000100002A9F00000000000004D2');
  assert.deepEqual(parseOffsetMessageId('0a00000100002a9f00000000000004d2'), { storeHost, physicalOffset: 1234 });
  const v6 = createOffsetMessageId({ host: '2001:db8::1', port: 10911 }, 2 ** 40);
  assert.equal(v6, '20010DB800000000000000000000000100002A9F0000010000000000');
  assert.deepEqual(parseOffsetMessageId(v6), {
    storeHost: { host: '2001:db8::1', port: 10911 },
    physicalOffset: 2 ** 40,
  });
});

test('what is no offset id is refused', () => {
  for (const id of ['', 'x', '0A00000100002A9F00000000000004D', `${'0'.repeat(31)}g`, 'F'.repeat(32)]) {
    assert.throws(() => parseOffsetMessageId(id), { code: 'BAD_MESSAGE_ID' });
  }
  assert.throws(() => createOffsetMessageId({ host: 'broker.local', port: 1 }, 0), { code: 'BAD_MESSAGE_ID' });
});

test('addresses are read and written in every form', () => {
  assert.deepEqual(addressBytes('::ffff:1.2.3.4'), Buffer.from([1, 2, 3, 4]));
  assert.deepEqual(addressBytes('fe80::1%eth0'), Buffer.from(`fe80${'0'.repeat(26)}01`, 'hex'));
  for (const bad of ['', '1.2.3', '1.2.3.256', 'a.b.c.d', '1:2', ':::', '1::2::3', '12345::', '1:2:3:4:5:6:7:8:9']) {
    assert.equal(addressBytes(bad), undefined, bad);
  }
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      assert.deepEqual(addressBytes(ipv6Text(bytes, 0)), Buffer.from(bytes));
    }),
  );
  fc.assert(fc.property(fc.ipV6(), (address) => assert.ok(addressBytes(address) !== undefined, address)));
});

class SteppingClock {
  ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
  now(): number {
    return this.ms;
  }
}

const random = { below: () => 0, bytes: (count: number) => Buffer.alloc(count, 0xab) };

// Source: MessageClientIDSetter#createUniqIDBuffer
test('a unique key holds address, random bytes, time in the month and a counter', () => {
  const clock = new SteppingClock(new Date(2023, 10, 1).getTime() + 0x1234);
  const generator = new UniqueKeyGenerator({ clock, random, address: '10.0.0.9' });
  assert.equal(generator.next(), '0A000009ABABABABABAB000012340000');
  assert.equal(generator.next(), '0A000009ABABABABABAB000012340001');
  clock.ms = new Date(2023, 11, 1).getTime() + 5;
  assert.equal(generator.next(), '0A000009ABABABABABAB000000050002', 'a new month starts at 0');
  clock.ms -= 1000;
  assert.equal(generator.next(), '0A000009ABABABABABAB000000000003', 'a small step back counts as the start');
  clock.ms = new Date(2023, 10, 1).getTime() + 7;
  assert.equal(generator.next(), '0A000009ABABABABABAB000000070004', 'a large one leads to that month');
  assert.equal(new UniqueKeyGenerator({ clock, random, address: '2001:db8::1' }).next().length, 56);
  assert.match(new UniqueKeyGenerator({ clock, random, address: undefined }).next(), /^(AB){10}0{7}70000$/);
});

test('keys stay unique while the counter wraps, as long as time moves forward', () => {
  const clock = new SteppingClock(new Date(2023, 10, 9).getTime());
  const generator = new UniqueKeyGenerator({ clock, random, address: '10.0.0.9' });
  const keys = new Set<string>();
  for (let i = 0; i < 70_000; i++) {
    if (i % 1000 === 0) clock.ms++;
    keys.add(generator.next());
  }
  assert.equal(keys.size, 70_000);
});

test('the time of a key is found within a month', () => {
  const made = new Date(2023, 10, 20, 12).getTime();
  const key = new UniqueKeyGenerator({ clock: new SteppingClock(made), random, address: '10.0.0.9' }).next();
  assert.equal(timeOfUniqueKey(key, made + 1000), made);
  assert.equal(timeOfUniqueKey(key, new Date(2023, 11, 5).getTime()), made);
  assert.equal(timeOfUniqueKey('nonsense', made), undefined);
});
