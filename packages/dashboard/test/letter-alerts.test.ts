import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertRule, Alerts } from '../src/api/index.ts';
import { LETTERS_WINDOW_MS, LetterCounts } from '../src/collect/letter-counts.ts';
import { withConsole } from './support/with-console.ts';

const MINUTE_MS = 60_000;

test('a rule of dead letters is raised from its limit on, and resolved when they are an hour old', async () => {
  await withConsole({ topics: { Orders: 1 } }, async ({ cluster, post, get }) => {
    const options = { consumerGroup: 'billing', topics: { Orders: '*' }, maxReconsumeTimes: 0 };
    await cluster.consumer(options, () => 'RECONSUME_LATER');
    await cluster.advance(3 * MINUTE_MS);
    const rule = await post<AlertRule>('/alerts/rules', { kind: 'deadLetters', group: 'billing', limit: 3 });
    assert.equal(rule.id, 'deadLetters billing');
    const producer = await cluster.producer({ producerGroup: 'shop' });
    const fail = async (times: number): Promise<unknown[]> => {
      for (let i = 0; i < times; i++) await cluster.run(producer.send({ topic: 'Orders', body: 'x' }));
      await cluster.advance(5 * MINUTE_MS);
      return (await get<Alerts>('/alerts')).raised.map(({ finding }) => finding);
    };
    assert.deepEqual(await fail(2), [], 'two are not three');
    const three = { kind: 'deadLetters', severity: 'warning', group: 'billing', letters: 3 };
    assert.deepEqual(await fail(1), [three]);
    await cluster.advance(LETTERS_WINDOW_MS);
    assert.deepEqual(await fail(0), []);
  });
});

test('dead letters that were there when the console first looked are not counted', () => {
  const counts = new LetterCounts();
  assert.equal(counts.since(0), 0);
  counts.see(500, 0);
  assert.equal(counts.since(MINUTE_MS), 0);
  counts.see(502, MINUTE_MS);
  assert.equal(counts.since(2 * MINUTE_MS), 2);
});

test('letters leave the window one by one', () => {
  const counts = new LetterCounts();
  for (let minute = 0; minute <= 90; minute++) counts.see(minute, minute * MINUTE_MS);
  assert.equal(counts.since(90 * MINUTE_MS), 60);
  for (let minute = 91; minute <= 120; minute++) counts.see(90, minute * MINUTE_MS);
  assert.equal(counts.since(120 * MINUTE_MS), 30);
  counts.see(90, 151 * MINUTE_MS);
  assert.equal(counts.since(151 * MINUTE_MS), 0);
});

test('a topic of dead letters that was deleted begins anew', () => {
  const counts = new LetterCounts();
  counts.see(7, 0);
  counts.see(2, MINUTE_MS);
  assert.equal(counts.since(2 * MINUTE_MS), 2);
});
