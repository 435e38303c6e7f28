import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { BloomFilter } from '@rocketmq-ts/filter';

interface Golden {
  readonly rate: number;
  readonly groups: number;
  readonly text: string;
  readonly bitNum: number;
  readonly bitPos: readonly number[];
}

test("the bits of a group are those of Apache's bloom filter", () => {
  const path = new URL('fixtures/bloom-data.json', import.meta.url);
  const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { readonly cases: readonly Golden[] };
  assert.ok(cases.length > 20);
  for (const { rate, groups, text, bitNum, bitPos } of cases) {
    const filter = new BloomFilter(rate, groups);
    const data = filter.dataOfText(text);
    assert.deepEqual(data, { bitNum, bitPos }, `${rate} % for ${groups}: ${text}`);
    assert.ok(filter.hasMade(data));
  }
});

test('data of a filter with other settings is recognized as not its own', () => {
  const data = new BloomFilter(20, 32).dataOf('billing', 'TopicTest');
  assert.equal(data.bitNum, 112);
  assert.ok(!new BloomFilter(10, 32).hasMade(data) && !new BloomFilter(20, 64).hasMade(data));
});

test('a bit map without all bits of a group says that it surely does not match, one of another length says nothing', () => {
  const filter = new BloomFilter(20, 32);
  const data = filter.dataOf('billing', 'TopicTest');
  const bits = new Uint8Array(14);
  assert.ok(!filter.mayMatch(data, bits));
  for (const bit of data.bitPos) bits[bit >> 3]! |= 1 << (bit & 7);
  assert.ok(filter.mayMatch(data, bits));
  assert.ok(filter.mayMatch(data, new Uint8Array(13)));
});
