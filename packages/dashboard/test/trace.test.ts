import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeTraceRecords, encodeTraceRecord } from '@rocketmq-ts/protocol';
import type { TraceAnswer, TraceSearch } from '../src/api/index.ts';
import { traceOf } from '../src/trace/records.ts';
import { withConsole } from './support/with-console.ts';

const TRACED = { topics: { Orders: 1, RMQ_SYS_TRACE_TOPIC: 1 }, brokerProperties: { traceTopicEnable: 'true' } };

test('the way of a message has its send, its store time, and every attempt of every group', async () => {
  await withConsole(TRACED, async ({ cluster, get }) => {
    const producer = await cluster.producer({ producerGroup: 'shop', enableMsgTrace: true });
    let attempts = 0;
    await cluster.consumer({ consumerGroup: 'billing', topics: { Orders: '*' }, enableMsgTrace: true }, () => {
      attempts += 1;
      return attempts === 1 ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS';
    });
    await cluster.consumer(
      { consumerGroup: 'audit', topics: { Orders: '*' }, enableMsgTrace: true },
      () => 'CONSUME_SUCCESS',
    );
    await cluster.advance(3000);
    const sent = await cluster.run(producer.send({ topic: 'Orders', body: 'x', keys: 'order-1', tags: 'T' }));
    await cluster.advance(20_000);
    const { state, trace } = await get<TraceAnswer>('/trace', { id: sent.msgId, topic: 'Orders' });
    assert.equal(state, 'FOUND');
    assert.deepEqual(
      trace!.sends.map(({ group, success, topic, keys }) => [group, success, topic, keys]),
      [['shop', true, 'Orders', 'order-1']],
    );
    assert.equal(trace!.message?.msgId, sent.msgId);
    assert.deepEqual(
      trace!.groups.map(({ group, attempts: all }) => [
        group,
        all.map(({ status, retryTimes }) => [status, retryTimes]),
      ]),
      [
        ['audit', [['SUCCESS', 0]]],
        [
          'billing',
          [
            ['FAILED', 0],
            ['SUCCESS', 1],
          ],
        ],
      ],
    );
    const byKey = await get<TraceSearch>('/traces', { key: 'order-1' });
    assert.deepEqual(
      byKey.rows.map(({ msgId, groups, topic }) => [msgId, groups, topic]),
      [[sent.msgId, ['audit', 'billing'], 'Orders']],
    );
    const byOffset = await get<TraceAnswer>('/trace', { id: sent.offsetMsgId! });
    assert.equal(byOffset.trace?.msgId, sent.msgId);
  });
});

test('a missing topic, no record and a failed look-up are three different answers', async () => {
  await withConsole({ brokers: 2, ...TRACED }, async ({ cluster, get }) => {
    const stateOf = async (query: Record<string, string>) => (await get<TraceAnswer>('/trace', query)).state;
    assert.equal(await stateOf({ id: 'none' }), 'NO_RECORD');
    assert.equal(await stateOf({ id: 'none', traceTopic: 'NoSuchTopic' }), 'TOPIC_MISSING');
    cluster.partition('broker-b', 'console');
    assert.equal(await stateOf({ id: 'none' }), 'FAILED');
  });
});

test('a transaction, a recall, a batch and half of a report are shown as they were reported', () => {
  const head = { timestamp: 1000, regionId: 'R', groupName: 'G' };
  const of = { topic: 'T', tags: undefined, keys: undefined, storeHost: 'h:1', messageType: 'Trans_Msg_Half' as const };
  const records = [
    encodeTraceRecord({
      type: 'Pub',
      ...head,
      ...of,
      msgId: 'A,B',
      bodyLength: 1,
      costTimeMs: 5,
      offsetMsgId: 'O',
      success: true,
    }),
    encodeTraceRecord({
      ...{ type: 'EndTransaction', ...head, ...of, msgId: 'B', timestamp: 1500 },
      ...{ transactionId: 'X', state: 'ROLLBACK_MESSAGE', fromTransactionCheck: true },
    }),
    encodeTraceRecord({ type: 'Recall', ...head, topic: 'T', msgId: 'B', success: false }),
    encodeTraceRecord({ type: 'SubBefore', ...head, requestId: 'r1', msgId: 'B', retryTimes: 2, keys: undefined }),
    encodeTraceRecord({
      ...{ type: 'SubAfter', requestId: 'r2', msgId: 'B', costTimeMs: 7, success: false, keys: undefined },
      ...{ returnType: 'TIME_OUT', timestamp: 2000, groupName: 'H' },
    }),
  ];
  const trace = traceOf('B', readBack(records.join('')));
  assert.equal(trace.sends.length, 1);
  assert.deepEqual(
    [trace.ends[0]?.state, trace.ends[0]?.fromCheck, trace.recalls[0]?.success],
    ['ROLLBACK_MESSAGE', true, false],
  );
  assert.deepEqual(
    trace.groups.map(({ group, attempts: [one] }) => [group, one?.status, one?.beginMs, one?.endMs, one?.returnType]),
    [
      ['G', 'UNFINISHED', 1000, undefined, undefined],
      ['H', 'FAILED', 1993, 2000, 'TIME_OUT'],
    ],
  );
});

function readBack(text: string): Parameters<typeof traceOf>[1] {
  return decodeTraceRecords(text).map((record) => ({ record, clientHost: '10.0.0.9' }));
}
