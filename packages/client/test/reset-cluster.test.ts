import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { INVOKE_BROKER_TO_RESET_OFFSET, QUERY_CONSUMER_OFFSET } from '@rocketmq-ts/protocol';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';

/** Operators move a group of our consumers that is online, in each way that the broker has for it. */
const TOPIC = 'TopicTest';
const MESSAGES = 5;

let cluster: Cluster;
afterEach(() => cluster.stop());

for (const useServerSideResetOffset of ['true', 'false']) {
  test(`a group that is moved back gets its messages once more, with useServerSideResetOffset=${useServerSideResetOffset}`, async () => {
    cluster = await startCluster({ seed: 6, topics: { [TOPIC]: 1 }, brokerProperties: { useServerSideResetOffset } });
    const producer = await cluster.producer({ producerGroup: 'orders' });
    const got: string[] = [];
    await cluster.consumer(
      { consumerGroup: 'billing', consumeFrom: 'FIRST_OFFSET', topics: { [TOPIC]: '*' } },
      (message) => void got.push(message.body.toString()),
    );
    const bodies = Array.from({ length: MESSAGES }, (_, nth) => `${nth}`);
    for (const body of bodies) await cluster.run(producer.send({ topic: TOPIC, body }));
    await cluster.advance(10_000);
    assert.deepEqual(got, bodies);
    const { address } = cluster.broker('broker-a');
    const reset = { topic: TOPIC, group: 'billing', timestamp: 0, isForce: true };
    const answer = await cluster.run(cluster.admin.ask(address, INVOKE_BROKER_TO_RESET_OFFSET, reset));
    assert.equal(answer?.code, 0, answer?.remark);
    await cluster.advance(30_000);
    assert.deepEqual(got, [...bodies, ...bodies]);
    await cluster.run(producer.send({ topic: TOPIC, body: 'later' }));
    await cluster.advance(10_000);
    assert.equal(got.at(-1), 'later');
    const header = { consumerGroup: 'billing', topic: TOPIC, queueId: 0 };
    const offset = await cluster.run(cluster.admin.ask(address, QUERY_CONSUMER_OFFSET, header));
    assert.equal(offset?.header.offset, MESSAGES + 1);
  });
}
