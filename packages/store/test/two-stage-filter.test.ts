import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageFilter } from '@rocketmq-ts/filter';
import { tagCode } from '@rocketmq-ts/filter';
import { endOfValue, findProperty } from '@rocketmq-ts/protocol';
import fc from 'fast-check';
import type { MessageStore } from '../src/index.ts';
import { putAndWait, read } from './store-calls.ts';
import { StoreMachine } from './store-machine.ts';

const KEYS = Buffer.from('KEYS');

/** Wants one value of the property KEYS, of all tags or of one; counts the records it is asked about. */
class KeyFilter implements MessageFilter {
  asked = 0;
  readonly #key: string;
  readonly #tag: string | undefined;

  constructor(key: string, tag?: string) {
    this.#key = key;
    this.#tag = tag;
  }

  matchesUnit(tagsCode: number): boolean {
    return this.#tag === undefined || tagsCode === tagCode(this.#tag);
  }

  matchesRecord(bytes: Buffer, from: number, end: number): boolean {
    this.asked += 1;
    const at = findProperty(bytes, from, end, KEYS);
    return at >= 0 && bytes.toString('utf8', at, endOfValue(bytes, at, end)) === this.#key;
  }
}

/** Message i has the key of its place in `keys`. */
async function storeOf(keys: readonly string[], bytes: (i: number) => number = () => 10) {
  const machine = new StoreMachine();
  const store = await machine.start({ maxFilterMessageSize: 20 * 20, mappedFileSizeConsumeQueue: 20 * 100 });
  for (const [i, key] of keys.entries()) {
    const tags = i % 2 === 0 ? 'even' : 'odd';
    await putAndWait(store, { body: Buffer.alloc(bytes(i), i), keys: key, tags });
  }
  return { machine, store };
}

const keysOf = (count: number, wantedEach: number): string[] =>
  Array.from({ length: count }, (_, i) => (i % wantedEach === 0 ? 'wanted' : 'other'));

async function offsets(store: MessageStore, call: Parameters<typeof read>[1]): Promise<unknown[]> {
  const { status, nextBeginOffset, messages } = await read(store, call);
  return [status, nextBeginOffset, messages.map(({ queueOffset }) => queueOffset)];
}

// Source: DefaultMessageStore#getMessage, MessageFilter#isMatchedByCommitLog.
test('records whose properties are not wanted are left out, in memory and in files, and the next offset is behind them', async () => {
  const { machine, store } = await storeOf(keysOf(30, 6));
  for (const place of ['memory', 'file']) {
    if (place === 'file') await machine.clock.advance(2000);
    const filter = new KeyFilter('wanted');
    assert.deepEqual(await offsets(store, { filter }), ['FOUND', 20, [0, 6, 12, 18]], place);
    assert.equal(filter.asked, 20);
    assert.deepEqual(await offsets(store, { from: 25, filter }), ['NO_MATCHED_MESSAGE', 30, []], place);
    assert.deepEqual(await offsets(store, { from: 1, filter: new KeyFilter('none') }), ['NO_MATCHED_MESSAGE', 21, []]);
  }
});

test('only records whose unit matches are asked for their properties', async () => {
  const { store } = await storeOf(keysOf(20, 3));
  const filter = new KeyFilter('wanted', 'odd');
  assert.deepEqual(await offsets(store, { filter }), ['FOUND', 20, [3, 9, 15]]);
  assert.equal(filter.asked, 10);
});

test('a unit that has the address of a longer entry leaves the decision to the record', async () => {
  const { machine, store } = await storeOf(['wanted', 'other', 'wanted']);
  await machine.clock.advance(2000);
  for (const i of [0, 1]) {
    machine.write('consumequeue/T/0/00000000000000000000', i * 20 + 12, Buffer.from('8000000000000020', 'hex'));
  }
  assert.deepEqual(await offsets(store, { filter: new KeyFilter('wanted', 'none') }), ['FOUND', 3, [0]]);
});

test('an answer is filled with wanted records up to its count, and the next one begins behind the last of them', async () => {
  const { store } = await storeOf(keysOf(40, 2));
  const filter = new KeyFilter('wanted');
  assert.deepEqual(await offsets(store, { filter, maxNums: 3 }), ['FOUND', 5, [0, 2, 4]]);
  assert.equal(filter.asked, 5, 'records behind a full answer are not read');
  assert.deepEqual(await offsets(store, { filter, from: 5, maxNums: 1 }), ['FOUND', 7, [6]]);
});

test('bytes of refused records do not count, and the first wanted one is taken whatever its size', async () => {
  const { machine, store } = await storeOf(
    ['other', 'other', 'wanted', 'wanted', 'other', 'wanted'],
    (i) => [500, 9000, 3000, 100, 100, 300][i]!,
  );
  const filter = new KeyFilter('wanted');
  for (const place of ['memory', 'file']) {
    if (place === 'file') await machine.clock.advance(2000);
    assert.deepEqual(await offsets(store, { filter, maxBytes: 1000 }), ['FOUND', 3, [2]], place);
    assert.deepEqual(await offsets(store, { filter, from: 3, maxBytes: 1000 }), ['FOUND', 6, [3, 5]], place);
  }
});

test('memory is taken for the answer, not for all records that are looked at', async () => {
  const { store } = await storeOf(keysOf(20, 10), () => 2000);
  const taken: number[] = [];
  const room = {
    abandoned: false,
    take: (bytes: number) => taken.push(bytes) > 0,
    whenTaken: () => assert.fail('there is room'),
    gaveUp: () => assert.fail('no reader leaves'),
  };
  await new Promise<void>((resolve) => {
    const done = (result: { messageCount: number; release(): void }): void => {
      assert.equal(result.messageCount, 2);
      result.release();
      resolve();
    };
    store.queue('T', 0).read(0, 32, 5000, new KeyFilter('wanted'), done, room);
  });
  assert.deepEqual(taken, [5000]);
});

test('a record that the disk cannot read ends a read behind those that were refused, and is an error when it is the first', async () => {
  const { machine, store } = await storeOf(['other', 'wanted', 'other', 'wanted'], () => 20_000);
  await machine.clock.run(store.stop());
  const again = await machine.start({ mappedFileSizeConsumeQueue: 20 * 100 });
  machine.disk.faults.add({ operation: 'read', path: 'commitlog/00000000000000065536', code: 'EIO', times: 100 });
  assert.deepEqual(await offsets(again, { filter: new KeyFilter('none') }), ['NO_MATCHED_MESSAGE', 3, []]);
  assert.deepEqual(await offsets(again, { filter: new KeyFilter('wanted') }), ['FOUND', 3, [1]]);
  assert.deepEqual(await offsets(again, { from: 3, filter: new KeyFilter('wanted') }), ['READ_FAILED', 3, []]);
});

test('reads that follow each other find each wanted record once and in order, whatever the limits are', async () => {
  const { machine, store } = await storeOf(
    Array.from({ length: 90 }, (_, i) => ((i * 7919) % 13 < 4 ? 'wanted' : 'other')),
    (i) => (i * 7919) % 700,
  );
  const readAll = async (call: { maxNums: number; maxBytes: number }): Promise<number[]> => {
    const found: number[] = [];
    for (let from = 0; from < 90; ) {
      const { status, nextBeginOffset, messages } = await read(store, {
        ...call,
        from,
        filter: new KeyFilter('wanted'),
      });
      assert.equal(status, messages.length === 0 ? 'NO_MATCHED_MESSAGE' : 'FOUND');
      assert.ok(nextBeginOffset > from && messages.length <= call.maxNums);
      found.push(...messages.map(({ queueOffset }) => queueOffset));
      from = nextBeginOffset;
    }
    return found;
  };
  const expected = Array.from({ length: 90 }, (_, i) => i).filter((i) => (i * 7919) % 13 < 4);
  const limits = fc.record({ maxNums: fc.integer({ min: 1, max: 32 }), maxBytes: fc.integer({ min: 1, max: 4000 }) });
  const check = fc.asyncProperty(limits, async (call) => assert.deepEqual(await readAll(call), expected));
  await fc.assert(check, { numRuns: 20 });
  await machine.clock.advance(2000);
  await fc.assert(check, { numRuns: 20 });
});
