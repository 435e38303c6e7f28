import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeadLetterRow, MessagePage, OnlineClient, Page, ResendResult } from '../src/api/index.ts';
import { withConsole } from './support/with-console.ts';

type Parts = Parameters<Parameters<typeof withConsole>[1]>[0];

/** A group whose listener refuses until it is mended, and what it got since. */
async function failingGroup({ cluster }: Parts, count: number): Promise<{ mend(): void; readonly got: string[] }> {
  const got: string[] = [];
  let works = false;
  const options = { consumerGroup: 'billing', topics: { Orders: '*' }, maxReconsumeTimes: 0 };
  await cluster.consumer(options, ({ body }) => {
    if (!works) return 'RECONSUME_LATER';
    got.push(body.toString());
    return 'CONSUME_SUCCESS';
  });
  await cluster.advance(3000);
  const producer = await cluster.producer({ producerGroup: 'shop' });
  for (let index = 0; index < count; index++) {
    const message = { topic: 'Orders', body: `dead ${index}`, keys: `k${index}`, properties: { colour: 'red' } };
    await cluster.run(producer.send(message));
  }
  await cluster.advance(5000);
  return { mend: () => (works = true), got };
}

async function letters({ cluster, post }: Parts): Promise<MessagePage> {
  return post('/messages/search', { topic: '%DLQ%billing', beginMs: 0, endMs: cluster.clock.now(), oldestFirst: true });
}

test('dead letters are listed by group with what they are from', async () => {
  await withConsole({ topics: { Orders: 1 } }, async (parts) => {
    await failingGroup(parts, 3);
    const page = await parts.get<Page<DeadLetterRow>>('/dead-letters', { filter: 'BILL' });
    assert.deepEqual(
      page.rows.map(({ group, topic, messages }) => [group, topic, messages]),
      [['billing', '%DLQ%billing', 3]],
    );
    assert.equal(page.collectedAtMs, parts.cluster.clock.now(), 'they are counted when they are asked for');
    const beyond = await parts.get<Page<DeadLetterRow>>('/dead-letters', { page: '7' });
    assert.deepEqual([beyond.page, beyond.rows], [1, page.rows]);
    const sorted = await parts.get<Page<DeadLetterRow>>('/dead-letters', { sort: 'messages', descending: 'true' });
    assert.deepEqual(sorted.rows, page.rows);
    const { rows } = await letters(parts);
    assert.deepEqual(
      rows.map(({ preview, origin }) => [preview, origin?.topic]),
      [0, 1, 2].map((index) => [`dead ${index}`, 'Orders']),
    );
    assert.ok(rows.every(({ origin }) => origin?.msgId !== undefined));
  });
});

test('dead letters are sent again to the retry topic: only their group gets them, and each has its result', async () => {
  await withConsole({ topics: { Orders: 1 } }, async (parts) => {
    const { cluster, post } = parts;
    const others: string[] = [];
    await cluster.consumer({ consumerGroup: 'audit', topics: { Orders: '*' } }, ({ body }) => {
      others.push(body.toString());
      return 'CONSUME_SUCCESS';
    });
    const { mend, got } = await failingGroup(parts, 2);
    const { rows } = await letters(parts);
    mend();
    const ids = [...rows.map(({ offsetMsgId }) => offsetMsgId), 'no-id'];
    const { results } = await post<{ results: ResendResult[] }>('/dead-letters/billing/resend', { ids, to: 'RETRY' });
    assert.deepEqual(
      results.map(({ ok, sentTo }) => [ok, sentTo]),
      [
        [true, '%RETRY%billing'],
        [true, '%RETRY%billing'],
        [false, undefined],
      ],
    );
    assert.match(results[2]!.message!, /no message no-id/);
    await cluster.advance(4000);
    assert.deepEqual(got.sort(), ['dead 0', 'dead 1']);
    assert.equal(others.length, 2, 'the other group got each once, at first');
    assert.equal((await letters(parts)).total, 2, 'they stay where they are');
  });
});

test('dead letters are sent again to their topic, and every group gets them', async () => {
  await withConsole({ topics: { Orders: 1 } }, async (parts) => {
    const { cluster, post } = parts;
    const { mend, got } = await failingGroup(parts, 1);
    const { rows } = await letters(parts);
    const others: string[] = [];
    await cluster.consumer({ consumerGroup: 'audit', topics: { Orders: '*' } }, (message) => {
      others.push(`${message.body} ${message.topic} ${message.properties.get('colour')}`);
      return 'CONSUME_SUCCESS';
    });
    await cluster.advance(3000);
    others.length = 0;
    mend();
    const body = { ids: [rows[0]!.offsetMsgId], to: 'ORIGIN' };
    const { results } = await post<{ results: ResendResult[] }>('/dead-letters/billing/resend', body);
    assert.deepEqual([results[0]!.ok, results[0]!.sentTo], [true, 'Orders']);
    await cluster.advance(4000);
    assert.deepEqual([got, others], [['dead 0'], ['dead 0 Orders red']]);
  });
});

test('dead letters are handed to a client that is chosen, with what it made of each', async () => {
  await withConsole({ topics: { Orders: 1 } }, async (parts) => {
    const { get, post, console } = parts;
    const { mend, got } = await failingGroup(parts, 1);
    const { rows } = await letters(parts);
    const { clients } = await get<{ clients: OnlineClient[] }>('/messages/clients', { group: 'billing' });
    assert.equal(clients.length, 1);
    const body = { ids: [rows[0]!.offsetMsgId], to: 'CLIENT', clientId: clients[0]!.clientId };
    const handed = async () =>
      (await post<{ results: ResendResult[] }>('/dead-letters/billing/resend', body)).results[0]!;
    const refused = await handed();
    assert.deepEqual([refused.ok, refused.message?.split(' ')[0]], [false, 'CR_LATER']);
    mend();
    const taken = await handed();
    assert.deepEqual([taken.ok, taken.message?.split(' ')[0]], [true, 'CR_SUCCESS']);
    assert.deepEqual(got, ['dead 0']);
    const without = await console.ask('POST', `/clusters/${console.id}/dead-letters/billing/resend`, {
      ...{ ids: body.ids, to: 'CLIENT' },
    });
    assert.equal(without.status, 400);
  });
});

test('the track of a message says for each group whether it is consumed, filtered, waiting or offline', async () => {
  await withConsole({ topics: { Orders: 1 } }, async ({ cluster, get, send }) => {
    const consume = async (consumerGroup: string, expression: string) =>
      cluster.consumer({ consumerGroup, topics: { Orders: expression } }, () => 'CONSUME_SUCCESS');
    const gone = await consume('offline', '*');
    await consume('all', '*');
    await consume('other', 'B');
    await cluster.advance(3000);
    const [sent] = await send('Orders', ['x'], { tags: 'A' });
    await cluster.advance(25_000);
    await cluster.run(gone.stop());
    await cluster.advance(5000);
    const { groups } = await get<{ groups: { group: string; type: string; consumerOffset?: number }[] }>(
      `/messages/Orders/${sent!.msgId}/track`,
    );
    assert.deepEqual(
      groups.map(({ group, type, consumerOffset }) => [group, type, consumerOffset]),
      [
        ['all', 'CONSUMED', 1],
        ['offline', 'NOT_ONLINE', 1],
        ['other', 'CONSUMED_BUT_FILTERED', 1],
      ],
    );
  });
});
