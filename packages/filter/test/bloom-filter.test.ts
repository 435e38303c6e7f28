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

test('data of another filter is told apart', () => {
  const data = new BloomFilter(20, 32).dataOf('billing', 'TopicTest');
  assert.equal(data.bitNum, 112);
  assert.ok(!new BloomFilter(10, 32).hasMade(data) && !new BloomFilter(20, 64).hasMade(data));
});
