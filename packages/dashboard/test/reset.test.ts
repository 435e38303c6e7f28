import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';
import type { BrokerResult, GroupProgress, ResetPreview } from '../src/api/index.ts';
import { consoleOf, type TestConsole } from './support/console.ts';

interface Scene {
  readonly cluster: Cluster;
  readonly console: TestConsole;
  /** Messages that the group handled. */
  readonly got: string[];
  readonly send: (count: number) => Promise<void>;
  readonly preview: (query: string) => Promise<ResetPreview>;
  /** Moves the group as a preview shows. */
  readonly apply: (preview: ResetPreview) => Promise<BrokerResult[]>;
  /** Starts a member of the group. */
  readonly join: () => Promise<{ leave: () => Promise<void> }>;
}

async function scene(properties: Record<string, string>, play: (scene: Scene) => Promise<void>): Promise<void> {
  const cluster = await startCluster({ brokers: 2, topics: { T: 1 }, brokerProperties: properties });
  const console = await consoleOf(cluster);
  const path = `/clusters/${console.id}/topics/T`;
  const got: string[] = [];
  const producer = await cluster.producer({ producerGroup: 'p' });
  let sent = 0;
  await play({
    cluster,
    console,
    got,
    async send(count) {
      for (let index = 0; index < count; index++) await cluster.run(producer.send({ topic: 'T', body: `${sent++}` }));
    },
    preview: (query) => console.get<ResetPreview>(`${path}/reset?group=g&${query}`),
    async apply({ rows }) {
      const queues = rows.map(({ brokerName, queueId, target }) => ({ brokerName, queueId, offset: target }));
      const { status, body } = await console.ask('POST', `${path}/reset`, { group: 'g', queues, confirm: 'g' });
      assert.equal(status, 200, JSON.stringify(body));
      return body as BrokerResult[];
    },
    async join() {
      const member = await cluster.consumer({ consumerGroup: 'g', topics: { T: '*' } }, ({ body }) => {
        got.push(body.toString());
      });
      return { leave: () => cluster.stopClient(member) };
    },
  });
  await console.stop();
  await cluster.stop();
}

function offsets(preview: ResetPreview): [number | undefined, number][] {
  return preview.rows.map(({ current, target }) => [current, target]);
}

for (const serverSide of ['true', 'false']) {
  test(`an offline group moves as its preview says, useServerSideResetOffset=${serverSide} (dashboard#3310)`, async () => {
    await scene({ useServerSideResetOffset: serverSide }, async ({ cluster, got, send, preview, apply, join }) => {
      const { leave } = await join();
      await send(6);
      await cluster.advance(20_000);
      assert.equal(got.length, 6);
      await leave();
      const middleMs = cluster.clock.now();
      await cluster.advance(1000);
      await send(4);
      const back = await preview('to=start');
      assert.equal(back.online, false);
      assert.deepEqual(offsets(back), [
        [3, 0],
        [3, 0],
      ]);
      assert.deepEqual(offsets(await preview('to=start')), offsets(back), 'a preview changes nothing');
      const results = await apply(back);
      assert.deepEqual(
        results.map(({ ok, message }) => [ok, message]),
        [
          [true, '1 of 1 queues moved'],
          [true, '1 of 1 queues moved'],
        ],
      );
      assert.deepEqual(offsets(await preview(`to=time&timestampMs=${middleMs}`)), [
        [0, 3],
        [0, 3],
      ]);
      got.length = 0;
      const again = await join();
      await cluster.advance(20_000);
      assert.equal(got.length, 10, 'all messages come again');
      await again.leave();
    });
  });
}

test('a reset to the future moves to the end, and says how many are skipped (dashboard#4926)', async () => {
  await scene({}, async ({ cluster, got, send, preview, apply, join }) => {
    await (await join()).leave();
    await send(6);
    const ahead = await preview(`to=time&timestampMs=${cluster.clock.now() + 86_400_000}`);
    assert.equal(ahead.inFuture, true);
    assert.equal(
      ahead.rows.reduce((sum, { current = 0, target }) => sum + target - current, 0),
      6,
    );
    await apply(ahead);
    await join();
    await cluster.advance(20_000);
    assert.deepEqual(got, []);
    await send(2);
    await cluster.advance(5000);
    assert.equal(got.length, 2);
  });
});

test('a group that is online moves with its next pull, queue by queue', async () => {
  await scene({}, async ({ cluster, console, got, send, preview, apply, join }) => {
    await join();
    await send(8);
    await cluster.advance(20_000);
    const wanted = await preview('to=offset&offset=1');
    assert.equal(wanted.online, true);
    assert.deepEqual(offsets(wanted), [
      [4, 1],
      [4, 1],
    ]);
    got.length = 0;
    await apply({ ...wanted, rows: wanted.rows.slice(0, 1) });
    await cluster.advance(30_000);
    assert.equal(got.length, 3, 'only the queue of broker-a');
    const progress = await console.get<GroupProgress>(`/clusters/${console.id}/groups/g/progress`);
    assert.equal(progress.lag, 0);
  });
});

test('members that would commit over a reset are named as the reason why it is not made', async () => {
  await scene({ useServerSideResetOffset: 'false' }, async ({ cluster, send, preview, apply, join }) => {
    await join();
    await send(2);
    await cluster.advance(20_000);
    const results = await apply(await preview('to=start'));
    assert.ok(results.every(({ ok, message }) => !ok && /its members are online/.test(message ?? '')));
  });
});

test('what cannot be previewed is said: no time, no topic, a queue that is not there', async () => {
  await scene({}, async ({ cluster, console, send, join }) => {
    await (await join()).leave();
    await send(2);
    await cluster.advance(1000);
    const path = `/clusters/${console.id}/topics`;
    assert.equal((await console.ask('GET', `${path}/T/reset?group=g&to=time`)).status, 400);
    assert.equal((await console.ask('GET', `${path}/T/reset?group=g&to=offset`)).status, 400);
    assert.equal((await console.ask('GET', `${path}/T/reset?group=g&to=somewhere`)).status, 400);
    assert.equal((await console.ask('GET', `${path}/None/reset?group=g&to=end`)).status, 404);
    const form = { group: 'g', confirm: 'g', queues: [{ brokerName: 'broker-a', queueId: 9, offset: 0 }] };
    const refused = await console.ask('POST', `${path}/T/reset`, form);
    assert.match(JSON.stringify(refused.body), /"ok":false.*0 of 1 queues moved; queue 9: /);
    assert.equal((await console.ask('POST', `${path}/T/reset`, { ...form, confirm: 'h' })).status, 400);
  });
});
