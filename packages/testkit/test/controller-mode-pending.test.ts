import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Group, startGroup, TOPIC } from './controlled-group.ts';

/** How often a new consumer gets each body. */
async function timesOf({ cluster }: Group): Promise<Record<string, number>> {
  const times: Record<string, number> = {};
  const options = { consumerGroup: 'c', consumeFrom: 'FIRST_OFFSET', topics: { [TOPIC]: '*' } } as const;
  await cluster.consumer(options, (message) => {
    times[message.text()] = (times[message.text()] ?? 0) + 1;
  });
  await cluster.advance(8000);
  return times;
}

const once = (bodies: readonly string[]): Record<string, number> => Object.fromEntries(bodies.map((body) => [body, 1]));

suite('a master that is killed, and does not know any more of all that it is confirmed', () => {
  test('delivers each of its timers once', async () => {
    const group = await startGroup(2, { timerFlushIntervalMs: '100' });
    const { cluster, controller } = group;
    const producer = await cluster.producer({ producerGroup: 'p' });
    const bodies = Array.from({ length: 45 }, (_, index) => `timer ${index}`);
    for (const body of bodies) {
      await cluster.run(producer.send({ topic: TOPIC, body, delayMs: 60_000 }));
      await cluster.advance(100);
    }
    cluster.broker('broker-a').kill();
    await cluster.broker('broker-a').start();
    await cluster.advance(15_000);
    if (controller.masterId !== 1) controller.elect(1);
    await cluster.advance(60_000);
    assert.deepEqual(await timesOf(group), once(bodies));
    await group.stop();
  });

  test('does not ask again for transactions that were ended, and whose messages come once', async () => {
    const group = await startGroup(2, {
      ...{ transactionOpBatchInterval: '100', transactionTimeOut: '3000', transactionCheckInterval: '2000' },
    });
    const { cluster } = group;
    let asked = 0;
    const producer = await cluster.transactionProducer({
      ...{ producerGroup: 'p', topics: [TOPIC] },
      check: async () => {
        asked += 1;
        return 'COMMIT';
      },
    });
    const bodies = Array.from({ length: 11 }, (_, index) => `transaction ${index}`);
    for (const body of bodies) {
      await cluster.run(producer.sendInTransaction({ topic: TOPIC, body }, async () => 'COMMIT'));
      await cluster.advance(50);
    }
    await cluster.advance(200);
    for (const member of ['broker-a', 'broker-a-s1']) cluster.broker(member).kill();
    await cluster.broker('broker-a').start();
    await cluster.advance(60_000);
    assert.deepEqual(await timesOf(group), once(bodies));
    assert.equal(asked, 0);
    await group.stop();
  });
});
