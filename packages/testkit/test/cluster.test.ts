import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatLogLine, startCluster } from '@rocketmq-ts/testkit/cluster';

/** What a small life of a cluster looked like from outside, line by line. */
async function historyOf(seed: number): Promise<string[]> {
  const lines: string[] = [];
  const environment = { network: { maxLatencyMs: 3 }, disk: { maxLatencyMs: 5 } };
  const onLog = (line: Parameters<typeof formatLogLine>[0]): void => void lines.push(formatLogLine(line));
  const cluster = await startCluster({ seed, topics: { TopicTest: 2 }, environment, onLog });
  const producer = await cluster.producer({ producerGroup: 'orders' });
  await cluster.consumer({ consumerGroup: 'billing', topics: { TopicTest: '*' } }, (message) => {
    lines.push(`${cluster.clock.monotonicMs()} got ${message.text()} ${message.msgId}`);
  });
  const result = await cluster.run(producer.send({ topic: 'TopicTest', body: 'hello' }));
  lines.push(`${cluster.clock.monotonicMs()} ${result}`);
  await cluster.advance(1000);
  await cluster.stop();
  assert.equal(cluster.clock.pendingTimers, 0, 'a stopped cluster leaves no timer');
  return lines;
}

test('a message passes from a producer through a broker to a consumer, and a seed repeats it to the byte', async () => {
  const first = await historyOf(1);
  assert.ok(
    first.some((line) => /got hello/.test(line)),
    first.join('\n'),
  );
  assert.deepEqual(await historyOf(1), first);
  assert.notDeepEqual(await historyOf(2), first);
});
