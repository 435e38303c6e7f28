import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeMessage, formatMessageProperties, QUERY_MESSAGE } from '@rocketmq-ts/protocol';
import type { AdminError } from '../src/index.ts';
import { type SmallCluster, withSmallCluster } from './small-cluster.ts';

const host = { host: '10.0.0.1', port: 10911 };

function keyed(physicalOffset: number): Buffer {
  return encodeMessage({
    ...{ topic: 'T', queueId: 0, flag: 0, queueOffset: 4, physicalOffset, sysFlag: 0, reconsumeTimes: 0 },
    ...{ bornTimestamp: 1, bornHost: host, storeTimestamp: 2, storeHost: host, preparedTransactionOffset: 0 },
    ...{ body: Buffer.from('hello'), propertiesText: formatMessageProperties([['KEYS', 'k']]) },
  });
}

/** Each broker has one message; what they were asked is kept. */
function answerAll({ brokers }: SmallCluster, asked: string[], refused: ReadonlySet<string> = new Set()): void {
  for (const [name, broker] of Object.entries(brokers)) {
    broker.handle(QUERY_MESSAGE, (call) => {
      const { topic, key, lastKey } = call.header;
      asked.push([name, topic, key, lastKey].join(' ').trim());
      if (refused.has(name)) return call.fail(1, 'broken');
      call.answer({ indexLastUpdateTimestamp: 0, indexLastUpdatePhyoffset: 0 }, { body: keyed(name === 'a' ? 1 : 2) });
    });
  }
}

// Source: MQAdminImpl#queryMessage.
describe('messages are looked for by key', () => {
  test('on the brokers of one cluster, when it is named', async () => {
    const asked: string[] = [];
    await withSmallCluster(
      (cluster) => answerAll(cluster, asked),
      async (admin) => {
        const found = await admin.queryMessage({ topic: 'T', key: 'k', cluster: 'D', lastKey: 'before' });
        assert.deepEqual(
          found.map(({ physicalOffset }) => physicalOffset),
          [2],
        );
        await assert.rejects(admin.queryMessage({ topic: 'T', key: 'k', cluster: 'E' }), (error: AdminError) => {
          assert.match(error.message, /CODE: 17 {2}DESC: The topic\[T\] not matched route info/);
          return true;
        });
      },
    );
    assert.deepEqual(asked, ['b T k before']);
  });

  test('of a light queue by the route and the name of its parent', async () => {
    const asked: string[] = [];
    await withSmallCluster(
      (cluster) => answerAll(cluster, asked),
      async (admin, { routesAsked }) => {
        await admin.queryMessage({ topic: '%LMQ%light', key: 'k', cluster: 'parent' });
        assert.deepEqual(routesAsked, ['parent']);
      },
    );
    assert.deepEqual(asked, ['a parent k', 'b parent k']);
  });

  test('a broker that refuses is passed over where the caller takes that, and fails the query where not', async () => {
    await withSmallCluster(
      (cluster) => answerAll(cluster, [], new Set(['a'])),
      async (admin) => {
        await assert.rejects(admin.queryMessage({ topic: 'T', key: 'k' }), /CODE: 1 {2}DESC: broken/);
        const skipped: string[] = [];
        const found = await admin.queryMessage({ topic: 'T', key: 'k', skipped: ({ remark }) => skipped.push(remark) });
        assert.equal(found.length, 1);
        assert.deepEqual(skipped, ['broken']);
      },
    );
  });
});
