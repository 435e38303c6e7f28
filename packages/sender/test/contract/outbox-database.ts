import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nodePlatform } from '@rocketmq-ts/kernel';
import { SenderError } from '@rocketmq-ts/sender';
import type { KyselyPlugin } from 'kysely';
import type { DatabaseOptions } from '../../src/database/database-options.ts';
import { KyselyDatabase } from '../../src/database/kysely-database.ts';
import { openEngine } from '../../src/database/open.ts';
import type { NewMessage, OutboxDatabase } from '../../src/database/port.ts';

/** One kind of database under test. */
export interface DatabaseUnderTest {
  /** A new empty database. */
  fresh(): Promise<DatabaseOptions>;
  /** Runs a statement on a connection of its own. */
  run(options: DatabaseOptions, sql: string): Promise<void>;
  /** Runs work in a transaction of the driver, with each kind of handle that it has, one after the other. */
  inTransactions(
    options: DatabaseOptions,
    end: 'commit' | 'rollback',
    work: (handle: unknown) => Promise<void>,
  ): Promise<number>;
  /** Handles that look like connections of the driver and are no transactions. */
  noTransactions(options: DatabaseOptions): Promise<readonly { readonly handle: unknown; close(): Promise<void> }[]>;
}

const { clock } = nodePlatform;
const NOW = 1_700_000_000_000;
const ONE_BY_ONE = { lanes: 10, perLane: 1 };
const IN_PREFIXES = { lanes: 10, perLane: 10 };

const message = (lane: string, changes: Partial<NewMessage> = {}): NewMessage => ({
  lane,
  uniqueKey: 'U',
  topic: 'Orders',
  tags: 'created',
  keys: lane,
  body: Buffer.from(lane),
  ...changes,
});

/** What every implementation of the port promises. */
export function describeOutboxDatabase(name: string, under: DatabaseUnderTest): void {
  describe(name, () => {
    const opened = async (
      work: (database: OutboxDatabase, options: DatabaseOptions) => Promise<void>,
    ): Promise<void> => {
      const options = await under.fresh();
      const database = new KyselyDatabase(await openEngine(options, clock), clock);
      try {
        await work(database, options);
      } finally {
        await database.close();
      }
    };
    const saveAll = async (database: OutboxDatabase, lanes: readonly string[]): Promise<number[]> => {
      const ids: number[] = [];
      for (const lane of lanes) ids.push(await database.save(message(lane), NOW));
      return ids;
    };
    const claimedIds = async (database: OutboxDatabase, owner: string, limits = IN_PREFIXES, nowMs = NOW) =>
      (await database.claim(owner, limits, nowMs))?.map(({ outboxId }) => outboxId);

    test('a saved message comes back as it was, byte for byte', () =>
      opened(async (database) => {
        const body = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
        const odd = { topic: 'T'.repeat(127), tags: 'тег', keys: `😀 ${'k'.repeat(5000)}`, body };
        const id = await database.save(message('a', { ...odd, uniqueKey: 'x'.repeat(64) }), NOW);
        const bare = await database.save(
          message('b', { tags: undefined, keys: undefined, body: Buffer.of(0) }),
          NOW + 1,
        );
        assert.ok(bare > id && Number.isSafeInteger(bare));
        const [first, second] = await database.list({}, { afterId: 0, limit: 10 });
        const none = { properties: undefined, delayLevel: undefined, deliverAtMs: undefined };
        const rest = { state: 'WAITING', attempts: 0, lastError: undefined, ...none };
        assert.deepEqual(first, {
          ...rest,
          ...{ outboxId: id, topic: odd.topic, tags: odd.tags, keys: odd.keys, uniqueKey: 'x'.repeat(64) },
          ...{ bodyBytes: 256, savedAtMs: NOW },
        });
        assert.deepEqual([second?.tags, second?.keys, second?.savedAtMs], [undefined, undefined, NOW + 1]);
        assert.deepEqual(await database.body(id), body);
        assert.equal(await database.body(9999), undefined);
        assert.deepEqual(
          [await database.hasLane('a'), await database.hasLane('A'), await database.count()],
          [true, false, 2],
        );
      }));

    test('properties and delays come back as they were, with the claim and in the list', () =>
      opened(async (database) => {
        const properties = { city: '東京 😀', odd: `"\\' ${'\u0003'.repeat(30_000)}` };
        await database.save(message('a', { properties, deliverAtMs: NOW + 5 }), NOW);
        await database.save(message('b', { delayLevel: 3 }), NOW);
        await database.join('one');
        const claimed = (await database.claim('one', IN_PREFIXES, NOW))!;
        const listed = await database.list({}, { afterId: 0, limit: 10 });
        for (const [a, b] of [claimed, listed]) {
          assert.deepEqual([a?.properties, a?.delayLevel, a?.deliverAtMs], [properties, undefined, NOW + 5]);
          assert.deepEqual([b?.properties, b?.delayLevel, b?.deliverAtMs], [undefined, 3, undefined]);
        }
      }));

    test('tables of the first version get what is missing, also from the middle, and keep what is saved', async () => {
      const options = await under.fresh();
      await (await openEngine(options, clock)).close();
      await under.run(options, 'delete from mq_sender_version where version > 1');
      await under.run(options, 'alter table mq_outbox drop column message_options');
      const insert = `insert into mq_outbox (lane, unique_key, topic, body, state, attempts, saved_ms, failed_ms, next_ms)
        values ('a', 'U', 'Orders', 'x', 'WAITING', 0, 1, 0, 0)`;
      await under.run(options, insert);
      const database = new KyselyDatabase(await openEngine(options, clock), clock);
      await under.run(options, insert);
      await database.save(message('b', { delayLevel: 3 }), NOW);
      const listed = await database.list({}, { afterId: 0, limit: 10 });
      assert.deepEqual(
        listed.map(({ delayLevel }) => delayLevel),
        [undefined, undefined, 3],
      );
      await database.close();
    });

    test('messages that fail again and again do not keep others from their turn', () =>
      opened(async (database) => {
        const failing = await saveAll(database, ['a', 'b', 'c']);
        const failure = { lastError: 'no route', state: 'WAITING', nowMs: NOW, nextMs: NOW + 1 } as const;
        await database.join('one');
        assert.deepEqual(await claimedIds(database, 'one'), failing);
        for (const id of failing) await database.failed('one', id, failure);
        const [fresh] = await saveAll(database, ['d']);
        assert.deepEqual(await claimedIds(database, 'one', { lanes: 1, perLane: 1 }, NOW + 1), [fresh]);
        assert.deepEqual(await claimedIds(database, 'one', { lanes: 1, perLane: 1 }, NOW + 1), [failing[0]]);
      }));

    test('an owner that wakes up while it is ended either keeps all of its claims or has none', async () => {
      const options = await under.fresh();
      const engine = await openEngine(options, clock);
      const database = new KyselyDatabase(engine, clock);
      const [id] = await saveAll(database, ['a']);
      await database.join('one');
      await claimedIds(database, 'one');
      const seen = (await database.owners())[0]!;
      let wakesUp = true;
      const wokenUp: boolean[] = [];
      const afterEachStatement: KyselyPlugin = {
        transformQuery: ({ node }) => node,
        async transformResult({ result }) {
          if (wakesUp) wokenUp.push(await database.beat('one'));
          return result;
        },
      };
      const other = new KyselyDatabase({ ...engine, kysely: engine.kysely.withPlugin(afterEachStatement) }, clock);
      assert.equal(await other.evict(seen), true);
      wakesUp = false;
      assert.ok(wokenUp.length > 0);
      assert.deepEqual(new Set(wokenUp), new Set([false]), 'it does not take itself for alive');
      assert.equal(await database.sent('one', id!), false);
      await database.close();
    });

    test('the end of an owner that was broken off is completed by the next process', () =>
      opened(async (database, options) => {
        const [id] = await saveAll(database, ['a']);
        await database.join('one');
        await claimedIds(database, 'one');
        await under.run(options, "update mq_outbox_owner set beat = -1 where owner = 'one'");
        await saveAll(database, ['b']);
        assert.equal(await database.beat('one'), false);
        assert.equal(await database.claim('one', IN_PREFIXES, NOW), undefined);
        const seen = (await database.owners())[0]!;
        assert.equal(await database.evict(seen), true);
        await database.join('two');
        assert.deepEqual(await claimedIds(database, 'two', { lanes: 1, perLane: 1 }), [id]);
      }));

    test('a body of 4 MiB fits', () =>
      opened(async (database) => {
        const body = Buffer.alloc(4 * 1024 * 1024, 'x');
        const id = await database.save(message('a', { body }), NOW);
        assert.equal((await database.body(id))?.equals(body), true);
      }));

    test('a message in the transaction of the caller is there after its commit only', () =>
      opened(async (database, options) => {
        const saved: number[] = [];
        for (const end of ['rollback', 'commit'] as const) {
          const kinds = await under.inTransactions(options, end, async (handle) => {
            const lane = `${end}-${saved.length}`;
            saved.push(await database.saveIn(handle, message(lane), NOW));
            assert.equal(await database.hasLane(lane), false, 'before the end of the transaction');
          });
          const found = await database.list({}, { afterId: 0, limit: 100 });
          const ids = found.map(({ outboxId }) => outboxId);
          assert.deepEqual(ids, end === 'commit' ? saved.slice(-kinds) : []);
        }
      }));

    test('what is no transaction of this database is refused', () =>
      opened(async (database, options) => {
        const isRefused = (error: unknown): boolean => error instanceof SenderError && error.code === 'NO_TRANSACTION';
        for (const handle of [undefined, null, {}, 'x', 7])
          await assert.rejects(database.saveIn(handle, message('a'), NOW), isRefused);
        for (const { handle, close } of await under.noTransactions(options)) {
          await assert.rejects(database.saveIn(handle, message('a'), NOW), isRefused);
          await close();
        }
        assert.equal(await database.count(), 0);
      }));

    test('claims are the first messages of each lane, in order, and nobody else gets them', () =>
      opened(async (database) => {
        const [a1, a2, b1, a3] = await saveAll(database, ['a', 'a', 'b', 'a']);
        await database.join('one');
        await database.join('two');
        const claimed = await database.claim('one', { lanes: 1, perLane: 2 }, NOW);
        assert.deepEqual(
          claimed?.map(({ outboxId }) => outboxId),
          [a1, a2],
        );
        assert.deepEqual(claimed?.[0], {
          ...{ outboxId: a1, lane: 'a', uniqueKey: 'U' },
          ...{ topic: 'Orders', tags: 'created', keys: 'a', attempts: 0 },
        });
        assert.deepEqual(await claimedIds(database, 'two'), [b1]);
        assert.deepEqual(await claimedIds(database, 'two'), []);
        assert.equal(await database.sent('one', a1!), true);
        assert.deepEqual(await claimedIds(database, 'two'), [], 'the next of the lane is claimed as well');
        assert.equal(await database.sent('one', a2!), true);
        assert.deepEqual(await claimedIds(database, 'two'), [a3]);
        assert.equal((await database.list({ state: 'SENDING' }, { afterId: 0, limit: 10 })).length, 2);
      }));

    test('of many that claim at once, each message has one owner, and each lane too', () =>
      opened(async (database) => {
        const lanes = Array.from({ length: 60 }, (_, index) => `lane-${index % 20}`);
        await saveAll(database, lanes);
        const owners = ['one', 'two', 'three', 'four', 'five', 'six'];
        for (const owner of owners) await database.join(owner);
        const owned = new Map<number, string>();
        const ownerOfLane = new Map<string, string>();
        const claimAll = async (owner: string): Promise<void> => {
          for (let round = 0; round < 10; round++) {
            for (const { outboxId, lane } of (await database.claim(owner, { lanes: 3, perLane: 5 }, NOW)) ?? []) {
              assert.equal(owned.has(outboxId), false, `${outboxId} was claimed twice`);
              owned.set(outboxId, owner);
              assert.equal(ownerOfLane.get(lane) ?? owner, owner, `${lane} has two owners`);
              ownerOfLane.set(lane, owner);
            }
          }
        };
        await Promise.all(owners.map(claimAll));
        assert.equal(owned.size, 60);
      }));

    test('with many lanes, and with a deep one, the first messages are found as well, and all are made due and removed', () =>
      opened(async (database, options) => {
        const rows = (lane: string, count: number): string =>
          Array.from(
            { length: count },
            (_, i) => `('${lane.replace('*', `${i}`)}','U','T','x','WAITING',0,1,0,0)`,
          ).join();
        const columns = '(lane, unique_key, topic, body, state, attempts, saved_ms, failed_ms, next_ms)';
        for (const [lane, count] of [
          ['deep', 12_000],
          ['wide-*', 400],
        ] as const) {
          await under.run(options, `insert into mq_outbox ${columns} values ${rows(lane, count)}`);
          const owner = `of ${lane}`;
          await database.join(owner);
          const claimed = (await database.claim(owner, { lanes: 300, perLane: 1 }, NOW))!;
          assert.equal(claimed.length, lane === 'deep' ? 1 : 300);
          assert.equal(new Set(claimed.map((each) => each.lane)).size, claimed.length);
        }
        assert.equal(await database.retry({}), 12_399 - 300);
        assert.equal(await database.purge({}), 12_399 - 300);
        assert.equal(await database.count(), 301);
      }));

    test('a failed message waits for its time, and its lane with it', () =>
      opened(async (database) => {
        const [a1, a2] = await saveAll(database, ['a', 'a']);
        await database.join('one');
        await claimedIds(database, 'one');
        const failure = { lastError: 'x'.repeat(5000), state: 'WAITING', nowMs: NOW, nextMs: NOW + 1000 } as const;
        assert.equal(await database.failed('two', a1!, failure), false, 'only for its owner');
        assert.equal(await database.failed('one', a1!, failure), true);
        await database.release('one', [a2!]);
        assert.deepEqual(await claimedIds(database, 'one', IN_PREFIXES, NOW + 999), []);
        const [seen] = await database.list({}, { afterId: 0, limit: 1 });
        assert.deepEqual([seen?.state, seen?.attempts, seen?.lastError?.length], ['WAITING', 1, 1000]);
        assert.deepEqual(
          await claimedIds(database, 'one', IN_PREFIXES, NOW - 3_600_000),
          [a1, a2],
          'a clock that was set back',
        );
        await database.failed('one', a1!, failure);
        await database.release('one', [a2!]);
        await database.dueNow([a1!]);
        assert.deepEqual(await claimedIds(database, 'one'), [a1, a2]);
      }));

    test('a message that is refused for good holds its lane until it is retried or removed', () =>
      opened(async (database) => {
        const [a1, a2, b1] = await saveAll(database, ['a', 'a', 'b']);
        await database.join('one');
        await claimedIds(database, 'one', { lanes: 1, perLane: 1 });
        await database.failed('one', a1!, { lastError: 'no', state: 'FAILED', nowMs: NOW, nextMs: NOW });
        assert.deepEqual(await claimedIds(database, 'one'), [b1]);
        await database.sent('one', b1!);
        assert.equal(await database.retry({ state: 'FAILED' }), 1);
        assert.deepEqual(await claimedIds(database, 'one', ONE_BY_ONE), [a1]);
        await database.failed('one', a1!, { lastError: 'no', state: 'FAILED', nowMs: NOW, nextMs: NOW });
        assert.equal(await database.purge({ state: 'FAILED' }), 1);
        assert.deepEqual(await claimedIds(database, 'one'), [a2]);
      }));

    test('an owner that gives no sign of life is ended, loses its claims, and can mark nothing any more', () =>
      opened(async (database) => {
        const [a1] = await saveAll(database, ['a']);
        await database.join('one');
        await database.join('two');
        await claimedIds(database, 'one');
        const seen = (await database.owners()).find(({ owner }) => owner === 'one')!;
        assert.equal(await database.beat('one'), true);
        assert.equal(await database.evict(seen), false, 'it lives');
        const again = (await database.owners()).find(({ owner }) => owner === 'one')!;
        assert.equal(await database.evict(again), true);
        assert.equal(await database.evict(again), false, 'only once');
        assert.equal(await database.beat('one'), false);
        assert.equal(await database.claim('one', IN_PREFIXES, NOW), undefined);
        assert.equal(await database.sent('one', a1!), false);
        assert.equal(
          await database.failed('one', a1!, { lastError: '', state: 'FAILED', nowMs: NOW, nextMs: NOW }),
          false,
        );
        assert.deepEqual(await claimedIds(database, 'two'), [a1]);
        await database.release('one', [a1!]);
        assert.equal(await database.sent('two', a1!), true);
      }));

    test('an owner that leaves frees what it has claimed', () =>
      opened(async (database) => {
        const ids = await saveAll(database, ['a', 'b']);
        await database.join('one');
        await claimedIds(database, 'one');
        await database.leave('one');
        assert.deepEqual(await database.owners(), []);
        await database.join('two');
        assert.deepEqual(await claimedIds(database, 'two'), ids);
      }));

    test('messages are listed, counted, retried and removed by id, topic, key, state and age', () =>
      opened(async (database) => {
        const [a, b] = await saveAll(database, ['a', 'b']);
        const c = await database.save(message('c', { topic: 'Bills', body: Buffer.alloc(10) }), NOW + 5);
        const listed = async (filter: object, afterId = 0) =>
          (await database.list(filter, { afterId, limit: 10 })).map(({ outboxId }) => outboxId);
        assert.deepEqual(await listed({ topic: 'Bills' }), [c]);
        assert.deepEqual(await listed({ keys: 'b' }), [b]);
        assert.deepEqual(await listed({ outboxIds: [a!, c] }), [a, c]);
        assert.deepEqual(await listed({ outboxIds: [] }), []);
        assert.deepEqual(await listed({ savedBeforeMs: NOW + 5 }), [a, b]);
        assert.deepEqual(await listed({}, a), [b, c]);
        await database.join('one');
        await claimedIds(database, 'one', { lanes: 1, perLane: 1 });
        assert.deepEqual(await database.counts(), { WAITING: 2, SENDING: 1, FAILED: 0, oldestMs: NOW, bytes: 12 });
        assert.deepEqual(await listed({ state: 'SENDING' }), [a]);
        assert.equal(await database.purge({}), 2, 'what is being sent stays');
        assert.deepEqual(await listed({}), [a]);
        assert.equal(await database.retry({}), 0);
      }));

    test('processes that start together make the tables once', async () => {
      const options = await under.fresh();
      const engines = await Promise.all(Array.from({ length: 6 }, () => openEngine(options, clock)));
      for (const engine of engines) await engine.close();
      await under.run(options, 'insert into mq_sender_version values (99, 0)');
      await assert.rejects(
        openEngine(options, clock),
        (error) => error instanceof SenderError && error.code === 'DATABASE_TOO_NEW',
      );
    });

    test('a closed database rejects with DATABASE_FAILED', async () => {
      const options = await under.fresh();
      const database = new KyselyDatabase(await openEngine(options, clock), clock);
      await database.close();
      await database.close();
      await assert.rejects(
        database.count(),
        (error) => error instanceof SenderError && error.code === 'DATABASE_FAILED',
      );
    });
  });
}
