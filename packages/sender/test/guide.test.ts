import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { silentLogger } from '@rocketmq-ts/kernel';
import { MqMessageSender } from '@rocketmq-ts/sender';
import { startCluster } from '@rocketmq-ts/testkit/cluster';
import { GuideStage, guidePrograms } from '@rocketmq-ts/testkit/guide';
import { senderModules } from './guide-modules.ts';
import { temporaryFolder } from './sender-stage.ts';

const page = readFileSync(new URL('../../../docs/sender.md', import.meta.url), 'utf8');

test('the programs of docs/sender.md do what the page says', async (t) => {
  const programs = guidePrograms(page).map(({ source }) => source);
  assert.equal(programs.length, 4);
  const folder = temporaryFolder(t);
  const cluster = await startCluster({ seed: 11, topics: { Orders: 2 } });
  t.after(() => cluster.stop());
  const bills = new DatabaseSync(join(folder, 'billing.db'));
  t.after(() => bills.close());
  bills.exec('create table bills (id text)');
  const stage = new GuideStage(
    cluster,
    senderModules(folder, (stop) => stage.onStop(stop)),
  );
  const [send, transaction, consume, look] = programs as [string, string, string, string];
  await stage.run(send);
  cluster.broker('broker-a').kill();
  await stage.run(send);
  await stage.run(look);
  assert.equal(await stage.printed(0), 'sent\nsaved as 1\n1\n1 WAITING undefined\nOrders 16\n');
  await cluster.broker('broker-a').start();
  await stage.run(transaction);
  // Whatever the programs left is sent by the next process.
  for (const file of ['outbox.db', 'app.db']) {
    const sender = await cluster.run(
      MqMessageSender.start({
        namesrvAddr: cluster.namesrvAddr,
        platform: cluster.environment.machine('next-process'),
        logger: silentLogger,
        producerGroup: 'orders',
        database: { kind: 'sqlite', file: join(folder, file) },
      }),
    );
    await cluster.advance(3000);
    await cluster.run(sender.stop());
  }
  await stage.run(consume);
  await cluster.advance(10_000);
  const rows = bills.prepare('select id from bills order by id').all() as { id: string }[];
  assert.deepEqual(
    rows.map(({ id }) => id),
    ['order 2', '{"id":"order-1"}', '{"id":"order-1"}'],
  );
  await stage.stop();
});
