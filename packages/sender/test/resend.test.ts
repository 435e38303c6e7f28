import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { BrokerError } from '@rocketmq-ts/client';
import { MessageSavedError, type MqMessageSender } from '@rocketmq-ts/sender';
import { SeededRandom } from '@rocketmq-ts/testkit';
import { KyselyDatabase } from '../src/database/kysely-database.ts';
import { openEngine } from '../src/database/open.ts';
import { rejection, SenderStage } from './sender-stage.ts';

/** Saves messages while the broker is away, which is back afterwards. */
async function saveWhileAway(stage: SenderStage, sender: MqMessageSender, keys: readonly string[]): Promise<void> {
  stage.cluster.broker('broker-a').kill();
  const counts = new Map<string, number>();
  const sends = keys.map((key) => {
    const number = (counts.get(key) ?? 0) + 1;
    counts.set(key, number);
    return rejection(sender.sendMsg('Orders', 'a', key, `${key} ${number}`));
  });
  for (const error of await stage.run(Promise.all(sends))) assert.ok(error instanceof MessageSavedError, String(error));
  await stage.cluster.broker('broker-a').start();
}

test('after an absence all that was saved is sent once, in the order of each key, by several processes', async (t) => {
  const stage = await SenderStage.start(t);
  const senders = [await stage.sender(), await stage.sender(), await stage.sender()];
  const keys = Array.from({ length: 120 }, (_, index) => `order-${index % 15}`);
  await saveWhileAway(stage, senders[0]!, keys);
  await stage.advance(15_000);
  const byKey = Map.groupBy(stage.received, (message) => message.keys[0]!);
  assert.equal(stage.received.length, 120, 'nothing is lost and nothing is sent twice');
  for (const [key, messages] of byKey) {
    const expected = Array.from({ length: 8 }, (_, index) => `${key} ${index + 1}`);
    assert.deepEqual(
      messages.map((message) => message.text()),
      expected,
    );
  }
  assert.equal((await stage.run(senders[1]!.outbox.stats())).waiting, 0);
});

test('a send that is answered ends the pauses of what is saved', async (t) => {
  const stage = await SenderStage.start(t);
  const sender = await stage.sender({ resendMaxPauseMs: 3_600_000 });
  stage.cluster.broker('broker-a').kill();
  await rejection(stage.run(sender.sendMsg('Orders', 'a', 'order-1', 'saved')));
  await stage.advance(70_000);
  await stage.cluster.broker('broker-a').start();
  await stage.advance(2000);
  assert.equal((await stage.run(sender.outbox.list())).length, 1, 'the next attempt is a minute away');
  await stage.run(sender.sendMsg('Orders', 'a', 'order-2', 'answered'));
  await stage.advance(2000);
  assert.deepEqual(await stage.run(sender.outbox.list()), []);
  await stage.advance(30_000);
  assert.deepEqual(stage.texts().sort(), ['answered', 'saved']);
});

test('what a dead process had claimed is taken over after its lease, however clocks jump; a living one keeps it', async (t) => {
  const stage = await SenderStage.start(t);
  const saver = await stage.sender({ resend: false });
  await saveWhileAway(stage, saver, ['order-1', 'order-2']);
  const { clock } = stage.cluster;
  const other = new KyselyDatabase(await stage.run(openEngine({ kind: 'sqlite', file: stage.file }, clock)), clock);
  await stage.run(other.join('other'));
  assert.equal((await stage.run(other.claim('other', { lanes: 1, perLane: 1 }, clock.now())))?.length, 1);
  await stage.sender({ leaseMs: 15_000 });
  await stage.advance(2000);
  assert.deepEqual(stage.texts(), ['order-2 1'], 'only what is free');
  for (let beat = 0; beat < 10; beat++) {
    assert.equal(await stage.run(other.beat('other')), true);
    await stage.advance(10_000);
  }
  assert.equal(stage.received.length, 1);
  clock.jumpWallClock(86_400_000);
  await stage.advance(4000);
  assert.equal(stage.received.length, 1, 'a clock that jumped ends nobody');
  await stage.advance(12_000);
  assert.deepEqual(stage.texts(), ['order-2 1', 'order-1 1']);
  assert.equal(await stage.run(other.beat('other')), false);
  await other.close();
});

test('a message that the broker refuses for good is set aside with its reason, holds its key alone, and can be removed', async (t) => {
  const stage = await SenderStage.start(t);
  const sender = await stage.sender();
  const tooLarge = new SeededRandom(1).bytes(100_000);
  const refused = await rejection(stage.run(sender.sendMsg('Orders', 'a', 'order-1', tooLarge)));
  assert.ok(refused instanceof BrokerError, 'a direct send is not saved, since no later one would succeed');
  const application = new DatabaseSync(stage.file);
  t.after(() => application.close());
  application.exec('begin');
  await stage.run(sender.saveInTransaction(application, 'Orders', 'a', 'order-1', tooLarge));
  await stage.run(sender.saveInTransaction(application, 'Orders', 'a', 'order-1', 'behind'));
  await stage.run(sender.saveInTransaction(application, 'Orders', 'a', 'order-2', 'other'));
  application.exec('commit');
  await stage.advance(5000);
  assert.deepEqual(stage.texts(), ['other']);
  const [failed, behind] = await stage.run(sender.outbox.list());
  assert.deepEqual([failed?.state, failed?.attempts, behind?.state], ['FAILED', 1, 'WAITING']);
  assert.match(failed!.lastError!, /BROKER_REFUSED.*13/);
  assert.equal(await stage.run(sender.outbox.retry({ state: 'FAILED' })), 1);
  await stage.advance(5000);
  assert.equal((await stage.run(sender.outbox.list()))[0]?.attempts, 2);
  assert.equal(await stage.run(sender.outbox.purge({ state: 'FAILED' })), 1);
  await stage.advance(5000);
  assert.deepEqual(stage.texts(), ['other', 'behind']);
});

test('without order by key messages are sent to any queue and do not wait for one another', async (t) => {
  const stage = await SenderStage.start(t, { brokers: 2 });
  const sender = await stage.sender({ orderByKey: false });
  for (let i = 0; i < 4; i++) await stage.run(sender.sendMsg('Orders', 'a', 'order-1', `${i}`));
  stage.cluster.broker('broker-b').kill();
  for (let i = 4; i < 12; i++) await stage.run(sender.sendMsg('Orders', 'a', 'order-1', `${i}`));
  await stage.cluster.broker('broker-b').start();
  await stage.advance(30_000);
  assert.deepEqual(
    stage
      .texts()
      .map(Number)
      .sort((a, b) => a - b),
    Array.from({ length: 12 }, (_, i) => i),
  );
});
