import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeKVTable, GET_BROKER_RUNTIME_INFO } from '@rocketmq-ts/protocol';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';
import { type Admin, createAdmin } from '../src/index.ts';

async function withAdmin(
  options: Parameters<typeof startCluster>[0],
  run: (cluster: Cluster, admin: Admin) => Promise<void>,
): Promise<void> {
  const cluster = await startCluster(options);
  const platform = cluster.environment.machine('operator');
  const admin = createAdmin({ namesrvAddresses: cluster.namesrvAddr.split(';'), platform });
  try {
    await cluster.run(Promise.resolve(admin.start()));
    await run(cluster, admin);
  } finally {
    await cluster.run(Promise.resolve(admin.stop()));
    await cluster.stop();
  }
}

test('a queue is read in pieces from an offset on, and the broker counts no consumption', async () => {
  await withAdmin({ topics: { T: 1 } }, async (cluster, admin) => {
    const producer = await cluster.producer({ producerGroup: 'p' });
    for (let i = 0; i < 50; i++) await cluster.run(producer.send({ topic: 'T', body: `message ${i}` }));
    const { address } = cluster.brokers[0]!;
    const read = (from: number, count: number) =>
      cluster.run(admin.readQueue({ address, topic: 'T', queueId: 0, from, count }));
    const piece = await read(10, 30);
    assert.equal(piece.next, 40);
    assert.deepEqual(
      piece.messages.map(({ queueOffset, body }) => [queueOffset, body.toString()]),
      Array.from({ length: 30 }, (_, i) => [10 + i, `message ${10 + i}`]),
    );
    const tail = await read(45, 30);
    assert.equal(tail.messages.length, 5);
    assert.ok(tail.next > 45);
    const facts = await cluster.admin.ask(address, GET_BROKER_RUNTIME_INFO, {});
    assert.equal(decodeKVTable(facts!.body).get('msgGetTotalTodayNow'), '0');
  });
});

test('behind the end of a queue there is nothing, and a reader who steps on ends', async () => {
  await withAdmin({ topics: { T: 1 } }, async (cluster, admin) => {
    const { address } = cluster.brokers[0]!;
    const piece = await cluster.run(admin.readQueue({ address, topic: 'T', queueId: 0, from: 7, count: 5 }));
    assert.deepEqual(piece, { messages: [], next: 12 });
  });
});

test('a batch queue is read message by message', async () => {
  await withAdmin({}, async (cluster, admin) => {
    const { address } = cluster.brokers[0]!;
    const config = {
      topicName: 'Batched',
      readQueueNums: 1,
      writeQueueNums: 1,
      perm: 6,
      topicSysFlag: 0,
      order: false,
    };
    const attributes = { '+queue.type': 'BatchCQ' };
    await cluster.run(admin.createTopic(address, { ...config, topicFilterType: 'SINGLE_TAG', attributes }));
    const producer = await cluster.producer({ producerGroup: 'p' });
    await cluster.advance(2000);
    const batch = [0, 1, 2].map((i) => ({ topic: 'Batched', body: `message ${i}` }));
    await cluster.run(producer.send(batch));
    const bodies: string[] = [];
    for (let from = 0; from < 3; ) {
      const piece = await cluster.run(
        admin.readQueue({ address, topic: 'Batched', queueId: 0, from, count: 3 - from }),
      );
      bodies.push(...piece.messages.map(({ body }) => body.toString()));
      from = piece.next;
    }
    assert.deepEqual(bodies, ['message 0', 'message 1', 'message 2']);
  });
});

test('a key is looked up on one broker', async () => {
  await withAdmin({ brokers: 2, topics: { T: 1 } }, async (cluster, admin) => {
    const producer = await cluster.producer({ producerGroup: 'p' });
    const sent = await cluster.run(producer.send({ topic: 'T', keys: 'a b', body: 'x' }));
    const found = await Promise.all(
      cluster.brokers.map(({ address }) => cluster.run(admin.queryMessageInBroker(address, { topic: 'T', key: 'b' }))),
    );
    assert.deepEqual(
      found.flat().map(({ msgId }) => msgId),
      [sent.msgId],
    );
  });
});

test('what waits is counted by topic, and a message is recalled by its handle', async () => {
  const brokerProperties = { recallMessageEnable: 'true' };
  await withAdmin({ topics: { T: 1 }, brokerProperties }, async (cluster, admin) => {
    const producer = await cluster.producer({ producerGroup: 'p' });
    const { recallHandle } = await cluster.run(producer.send({ topic: 'T', body: 'later', delayMs: 600_000 }));
    await cluster.run(producer.send({ topic: 'T', body: 'level', delayLevel: 3 }));
    await cluster.advance(3000);
    const { address } = cluster.brokers[0]!;
    assert.equal((await cluster.run(admin.timerCounts(address)))?.get('T')?.count, 1);
    const checkpoint = await cluster.run(admin.timerCheckpoint(address));
    assert.ok(checkpoint !== undefined && checkpoint.lastReadTimeMs > 0);
    assert.equal((await cluster.run(admin.delayOffsets(address))).get(3) ?? 0, 0);
    await cluster.advance(15_000);
    assert.equal((await cluster.run(admin.delayOffsets(address))).get(3), 1);
    assert.ok((await cluster.run(admin.recallMessage(recallHandle!))).length > 0);
    await assert.rejects(cluster.run(admin.recallMessage('no handle')), { code: 'BAD_ARGUMENT' });
  });
});
