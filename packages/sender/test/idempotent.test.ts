import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { silentLogger } from '@rocketmq-ts/kernel';
import { idempotent } from '@rocketmq-ts/sender';
import { startCluster } from '@rocketmq-ts/testkit/cluster';
import { SenderStage, temporaryFolder } from './sender-stage.ts';

test('a message that arrives twice under one unique key is handled once, with its effect in the same transaction', async (t) => {
  const cluster = await startCluster({ seed: 5, topics: { Orders: 2 } });
  t.after(() => cluster.stop());
  const file = join(temporaryFolder(t), 'app.db');
  const application = new DatabaseSync(file);
  t.after(() => application.close());
  application.exec('create table bills (id text)');
  let calls = 0;
  let failing = 2;
  const handler = idempotent(
    (message, transaction) => {
      calls += 1;
      (transaction as DatabaseSync).prepare('insert into bills values (?)').run(message.text());
      if (failing-- > 0) throw new Error('not now');
    },
    { kind: 'sqlite', file },
    { consumerGroup: 'billing', platform: cluster.environment.machine('billing'), logger: silentLogger },
  );
  t.after(() => handler.stop());
  await cluster.consumer({ consumerGroup: 'billing', consumeFrom: 'FIRST_OFFSET', topics: { Orders: '*' } }, handler);
  const producer = await cluster.producer({ producerGroup: 'orders' });
  const uniqueKey = producer.nextUniqueKey();
  for (let copy = 0; copy < 3; copy++) await cluster.run(producer.send({ topic: 'Orders', body: 'one', uniqueKey }));
  await cluster.run(producer.send({ topic: 'Orders', body: 'two' }));
  await cluster.advance(120_000);
  const bills = application.prepare('select id from bills order by id').all() as { id: string }[];
  assert.deepEqual(
    bills.map(({ id }) => id),
    ['one', 'two'],
    'what a handler that threw had written is rolled back',
  );
  assert.equal(calls, 4, 'two that threw, and one for each message');
});

test('a handler may save messages in its own transaction', async (t) => {
  const stage = await SenderStage.start(t, { topics: { Orders: 1, Payments: 1 } });
  const sender = await stage.sender();
  const handler = idempotent(
    (message, transaction) =>
      sender.saveInTransaction(transaction, 'Orders', 'billed', 'k', `bill of ${message.text()}`),
    { kind: 'sqlite', file: stage.file },
    { platform: stage.cluster.environment.machine('billing'), logger: silentLogger },
  );
  t.after(() => handler.stop());
  await stage.cluster.consumer(
    { consumerGroup: 'payments', consumeFrom: 'FIRST_OFFSET', topics: { Payments: '*' } },
    handler,
  );
  const producer = await stage.cluster.producer({ producerGroup: 'payments' });
  const uniqueKey = producer.nextUniqueKey();
  for (let copy = 0; copy < 2; copy++) await stage.run(producer.send({ topic: 'Payments', body: 'one', uniqueKey }));
  await stage.advance(10_000);
  assert.deepEqual(stage.texts(), ['bill of one']);
});
