import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { ClientError } from '@rocketmq-ts/client';
import { MessageLostError, MessageSavedError, MqMessageSender, SenderError } from '@rocketmq-ts/sender';
import { rejection, SenderStage } from './sender-stage.ts';

test('a message is sent with its tag, keys and unique key, and nothing is saved', async (t) => {
  const stage = await SenderStage.start(t);
  const sender = await stage.sender();
  const result = await stage.run(sender.sendMsg('Orders', 'created', 'order-1', '{"id":1}'));
  assert.equal(result.sendStatus, 'SEND_OK');
  await stage.advance(1000);
  const [message] = stage.received;
  assert.deepEqual([message?.text(), message?.tags, message?.keys], ['{"id":1}', 'created', ['order-1']]);
  assert.equal(message?.msgId, result.msgId);
  assert.deepEqual(await stage.run(sender.outbox.list()), []);
});

test('while no broker answers a message is saved, the call says so, and it is sent once the broker is back', async (t) => {
  const stage = await SenderStage.start(t);
  const sender = await stage.sender();
  await stage.run(sender.sendMsg('Orders', 'created', 'order-1', 'one'));
  stage.cluster.broker('broker-a').kill();
  const beganMs = stage.cluster.clock.monotonicMs();
  const error = await rejection(stage.run(sender.sendMsg('Orders', 'paid', 'order-1', Buffer.from('two'))));
  assert.ok(error instanceof MessageSavedError, String(error));
  assert.ok(stage.cluster.clock.monotonicMs() - beganMs <= 3000, 'the send took no longer than its timeout');
  assert.ok(error.cause instanceof ClientError);
  await stage.advance(20_000);
  const [saved] = await stage.run(sender.outbox.list());
  assert.deepEqual(
    [saved?.outboxId, saved?.topic, saved?.tags, saved?.keys],
    [error.outboxId, 'Orders', 'paid', 'order-1'],
  );
  assert.ok(saved!.attempts >= 2 && saved!.attempts < 12, `${saved!.attempts} attempts in 20 s`);
  assert.match(saved!.lastError!, /SEND_/);
  await stage.cluster.broker('broker-a').start();
  await stage.advance(10_000);
  assert.deepEqual(await stage.run(sender.outbox.list()), []);
  assert.deepEqual(stage.texts(), ['one', 'two']);
  assert.equal(stage.received[1]?.msgId, error.uniqueKey);
});

test('a later message of the same topic and key never overtakes one that is saved; other keys are sent at once', async (t) => {
  const stage = await SenderStage.start(t);
  const sender = await stage.sender({ resend: false });
  stage.cluster.broker('broker-a').kill();
  const first = await rejection(stage.run(sender.sendMsg('Orders', 'a', 'order-1', '1')));
  assert.ok(first instanceof MessageSavedError);
  await stage.cluster.broker('broker-a').start();
  await stage.advance(2000);
  const second = await rejection(stage.run(sender.sendMsg('Orders', 'a', 'order-1', '2')));
  assert.ok(second instanceof MessageSavedError && second.cause instanceof SenderError);
  assert.equal(second.cause.code, 'WAITS_BEHIND');
  await stage.run(sender.sendMsg('Orders', 'a', 'order-2', 'other'));
  const other = await stage.sender();
  await stage.advance(3000);
  assert.deepEqual(
    stage.received.filter((message) => message.keys[0] === 'order-1').map((message) => message.text()),
    ['1', '2'],
  );
  await stage.run(other.sendMsg('Orders', 'a', 'order-1', '3'));
  await stage.advance(1000);
  assert.deepEqual(stage.texts().sort(), ['1', '2', '3', 'other']);
});

test('sends of one key that are begun together are sent one after the other, in the order of the calls', async (t) => {
  const stage = await SenderStage.start(t);
  const sender = await stage.sender();
  const texts = Array.from({ length: 50 }, (_, index) => `${index}`);
  await stage.run(Promise.all(texts.map((text) => sender.sendMsg('Orders', undefined, 'order-1', text))));
  await stage.advance(1000);
  assert.deepEqual(stage.texts(), texts);
});

test('a message whose outcome is unknown is saved under the unique key of the first try', async (t) => {
  const stage = await SenderStage.start(t);
  const sender = await stage.sender();
  await stage.run(sender.sendMsg('Orders', 'a', 'order-1', 'one'));
  // What is sent now arrives when the link is back: after the send has timed out.
  stage.cluster.partition('app-1', 'broker-a');
  const error = await rejection(stage.run(sender.sendMsg('Orders', 'a', 'order-1', 'two')));
  assert.ok(error instanceof MessageSavedError, String(error));
  stage.cluster.heal();
  await stage.advance(20_000);
  const copies = stage.received.filter((message) => message.text() === 'two');
  assert.ok(copies.length >= 2, 'the late original, and what was saved');
  assert.deepEqual([...new Set(copies.map((message) => message.msgId))], [error.uniqueKey]);
});

test('a message that can be neither sent nor saved comes back in the error, with both reasons', async (t) => {
  const stage = await SenderStage.start(t);
  const sender = await stage.sender({ maxSavedMessages: 1 });
  stage.cluster.broker('broker-a').kill();
  await rejection(stage.run(sender.sendMsg('Orders', 'a', 'order-1', 'saved')));
  const error = await rejection(stage.run(sender.sendMsg('Orders', 'b', 'order-2', 'lost')));
  assert.ok(error instanceof MessageLostError, String(error));
  assert.deepEqual([error.unsent.topic, error.unsent.tags, error.unsent.keys], ['Orders', 'b', 'order-2']);
  assert.equal(error.unsent.body.toString(), 'lost');
  const [sendFailure, saveFailure] = (error.cause as AggregateError).errors as [unknown, SenderError];
  assert.ok(sendFailure instanceof ClientError);
  assert.equal(saveFailure.code, 'OUTBOX_FULL');
});

test('a message that no broker would take is refused at once and not saved', async (t) => {
  const stage = await SenderStage.start(t);
  const sender = await stage.sender();
  for (const [topic, body] of [
    ['Orders', ''],
    ['a b', 'x'],
    ['Orders', 'x'.repeat(5_000_000)],
  ] as const) {
    const error = await rejection(stage.run(sender.sendMsg(topic, 'a', 'k', body)));
    assert.ok(error instanceof ClientError && ['MESSAGE_ILLEGAL', 'NAME_ILLEGAL'].includes(error.code), String(error));
  }
  assert.deepEqual(await stage.run(sender.outbox.list()), []);
});

test('what is saved in a transaction is sent after its commit, and never after a rollback', async (t) => {
  const stage = await SenderStage.start(t);
  const sender = await stage.sender();
  const application = new DatabaseSync(stage.file);
  t.after(() => application.close());
  application.exec('create table orders (id text)');
  for (const [id, end] of [
    ['kept', 'commit'],
    ['dropped', 'rollback'],
  ] as const) {
    application.exec('begin');
    application.prepare('insert into orders values (?)').run(id);
    const saving = sender.saveInTransaction(application, 'Orders', 'created', id, id);
    await stage.run(saving);
    await stage.advance(300);
    assert.equal(stage.texts().includes(id), false, 'not before the commit');
    application.exec(end);
    await stage.advance(3000);
  }
  assert.deepEqual(stage.texts(), ['kept']);
  const error = await rejection(stage.run(sender.saveInTransaction(application, 'Orders', 'created', 'x', 'x')));
  assert.ok(error instanceof SenderError && error.code === 'NO_TRANSACTION', String(error));
  for (const wrong of [undefined, {}, 7]) {
    const refused = await rejection(stage.run(sender.saveInTransaction(wrong, 'Orders', 'created', 'x', 'x')));
    assert.ok(refused instanceof SenderError && refused.code === 'NO_TRANSACTION', String(refused));
  }
});

test('an option that is unknown, or outside its range, is refused with its name', async () => {
  const options = { producerGroup: 'orders', namesrvAddr: '127.0.0.1:9876', database: 'sqlite:x.db' };
  const refused = async (changes: object, reason: RegExp): Promise<void> => {
    const error = await rejection(MqMessageSender.start({ ...options, ...changes } as never));
    assert.ok(error instanceof SenderError && error.code === 'OPTION_ILLEGAL', String(error));
    assert.match(error.message, reason);
  };
  await refused({ resendIntervallMs: 5 }, /no option "resendIntervallMs"; resendIntervalMs is meant/);
  await refused({ leaseMs: 8000 }, /leaseMs is 8000, less than 3 × the 3000 ms/);
  await refused({ maxSavedMessages: 0 }, /maxSavedMessages is 0/);
  await refused({ orderByKey: 1 }, /orderByKey is 1/);
  await refused({ database: 'oracle://x' }, /database "oracle:\/\/x"/);
  await refused({ database: { kind: 'sqlite' } }, /option database/);
  await refused({ database: undefined }, /option database/);
  await refused({ database: { kind: 'mysql', url: 'postgres://db/x' } }, /is of the kind postgres, not mysql/);
  for (const file of [':memory:', 'file::memory:', 'file:x?mode=memory'])
    await refused({ database: `sqlite:${file}` }, /in memory/);
});

test('a process has one sender of a group, unless they have names of their own', async (t) => {
  const stage = await SenderStage.start(t);
  await stage.sender({ instanceName: 'one' });
  const error = await rejection(stage.sender({ instanceName: 'one' }));
  assert.ok(error instanceof SenderError && error.code === 'ALREADY_RUNNING');
  await stage.sender({ instanceName: 'two' });
});

test('a sender that stops saves what waits for its turn, and takes nothing more', async (t) => {
  const stage = await SenderStage.start(t);
  const sender = await stage.sender();
  stage.cluster.broker('broker-a').kill();
  const sends = ['1', '2', '3'].map((text) => rejection(sender.sendMsg('Orders', 'a', 'order-1', text)));
  const stopping = sender.stop();
  const errors = await stage.run(Promise.all(sends));
  assert.ok(errors.every((error) => error instanceof MessageSavedError));
  await stage.run(stopping);
  const late = await rejection(stage.run(sender.sendMsg('Orders', 'a', 'order-1', '4')));
  assert.ok(late instanceof SenderError && late.code === 'WRONG_STATE');
  await stage.cluster.broker('broker-a').start();
  await stage.sender();
  await stage.advance(5000);
  assert.deepEqual(stage.texts(), ['1', '2', '3']);
});

test('a message has its properties and delay, sent at once or from the database, counted from the call', async (t) => {
  const stage = await SenderStage.start(t);
  const sender = await stage.sender();
  await stage.run(sender.sendMsg('Orders', 'a', 'order-1', 'now', { properties: { city: '東京' } }));
  await stage.run(sender.sendMsg('Orders', 'a', 'order-2', 'delayed', { delayMs: 60_000 }));
  stage.cluster.broker('broker-a').kill();
  const beganMs = stage.cluster.clock.now();
  const properties: Record<string, string> = { city: 'Lisboa' };
  const saving = rejection(sender.sendMsg('Orders', 'a', 'order-3', 'saved', { properties, delayMs: 60_000 }));
  properties.city = 'changed after the call';
  const saved = await stage.run(saving);
  assert.ok(saved instanceof MessageSavedError, String(saved));
  const [row] = await stage.run(sender.outbox.list());
  assert.deepEqual([row?.properties, row?.deliverAtMs], [{ city: 'Lisboa' }, beganMs + 60_000]);
  await stage.advance(10_000);
  await stage.cluster.broker('broker-a').start();
  const application = new DatabaseSync(stage.file);
  t.after(() => application.close());
  application.exec('begin');
  await stage.run(sender.saveInTransaction(application, 'Orders', 'a', 'order-4', 'level', { delayLevel: 4 }));
  application.exec('commit');
  await stage.advance(15_000);
  assert.deepEqual(await stage.run(sender.outbox.list()), []);
  assert.deepEqual(stage.texts(), ['now'], 'the others are delayed');
  await stage.advance(25_000);
  assert.deepEqual(stage.texts(), ['now', 'level']);
  await stage.advance(30_000);
  assert.deepEqual(stage.texts().sort(), ['delayed', 'level', 'now', 'saved']);
  const byText = new Map(stage.received.map((message) => [message.text(), message]));
  assert.equal(byText.get('now')?.properties.get('city'), '東京');
  assert.equal(byText.get('saved')?.properties.get('city'), 'Lisboa');
});

test('options of a message that are unknown or wrong are refused before anything is sent or saved', async (t) => {
  const stage = await SenderStage.start(t);
  const sender = await stage.sender();
  for (const [options, code] of [
    [{ delay: 5 }, 'OPTION_ILLEGAL'],
    [null, 'OPTION_ILLEGAL'],
    [{ delayMs: -1 }, 'MESSAGE_ILLEGAL'],
    [{ delayMs: 1, delayLevel: 1 }, 'MESSAGE_ILLEGAL'],
    [{ deliverAt: new Date(Number.NaN) }, 'MESSAGE_ILLEGAL'],
    [{ properties: { KEYS: 'x' } }, 'MESSAGE_ILLEGAL'],
  ] as const) {
    const error = await rejection(stage.run(sender.sendMsg('Orders', 'a', 'k', 'x', options as never)));
    assert.equal((error as SenderError).code, code, String(error));
  }
  assert.deepEqual(await stage.run(sender.outbox.list()), []);
  for (const page of [{ limit: -1 }, { limit: 0 }, { limit: 1.5 }, { afterId: Number.NaN }]) {
    const error = await rejection(sender.outbox.list({}, page));
    assert.ok(error instanceof SenderError && error.code === 'OPTION_ILLEGAL', 'it would list everything or nothing');
  }
  await stage.advance(1000);
  assert.deepEqual(stage.texts(), []);
});

test('a stop does not wait for a database that does not answer once for each message', async (t) => {
  const stage = await SenderStage.start(t);
  const sender = await stage.sender({ saveTimeoutMs: 1000 });
  stage.cluster.broker('broker-a').kill();
  await rejection(stage.run(sender.sendMsg('Orders', 'a', 'order-2', 'saved')));
  const sends = Array.from({ length: 30 }, (_, i) => rejection(sender.sendMsg('Orders', 'a', 'order-1', `${i}`)));
  const other = new DatabaseSync(stage.file);
  t.after(() => other.close());
  other.exec('begin immediate');
  const beganMs = stage.cluster.clock.monotonicMs();
  const stopping = sender.stop();
  const errors = await stage.run(Promise.all(sends));
  await stage.run(stopping);
  const tookMs = stage.cluster.clock.monotonicMs() - beganMs;
  assert.ok(tookMs < 25_000, `${tookMs} ms`);
  assert.ok(errors.every((error) => error instanceof MessageLostError));
  other.exec('rollback');
});
