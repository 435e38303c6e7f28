import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, suite, test } from 'node:test';
import { MessageSavedError, MqMessageSender } from '@rocketmq-ts/sender';
import { ApacheMqadmin } from '../support/apache-mqadmin.ts';
import { startBroker, startNamesrv } from '../support/cluster.ts';
import { hashOf } from '../support/deliveries.ts';
import { javaConsume } from '../support/java-clients.ts';
import { unlessJava } from '../support/needs.ts';
import { Started } from '../support/started.ts';
import { until } from '../support/until.ts';

const TOPIC = 'SavedForApache';
const KEYS = ['order-1', 'order-2', 'order-3'];
const PER_KEY = 8;

suite("The sender with a database and Apache's broker", { skip: unlessJava() }, () => {
  const home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-compat-'));
  const started = new Started();
  const admin = new ApacheMqadmin(join(home, 'admin'));
  let namesrv: Awaited<ReturnType<typeof startNamesrv>>;
  let broker: Awaited<ReturnType<typeof startBroker>>;
  const brokerStarts = (port?: number) =>
    started.keep(startBroker('apache', join(home, 'broker'), namesrv.address, {}, port));
  before(async () => {
    namesrv = await started.keep(startNamesrv('apache', join(home, 'namesrv')));
    broker = await brokerStarts();
  });
  after(async () => {
    await admin.stop();
    await started.end();
    rmSync(home, { recursive: true, force: true });
  });

  test('what is saved while the broker is down comes to a Java consumer once it is up, complete and in the order of each key', {
    timeout: 90_000,
  }, async () => {
    const file = join(home, 'outbox.db');
    await using sender = await MqMessageSender.start({
      producerGroup: 'compat_sender',
      namesrvAddr: namesrv.address,
      database: { kind: 'sqlite', file },
      sendTimeoutMs: 5000,
      logger: { warn() {}, error() {} },
    });
    // Makes the topic.
    await sender.sendMsg(TOPIC, 'first', KEYS[0], 'order-1 0');
    await broker.kill();
    const options = { properties: { city: '東京', attempt: 'first' } };
    const saved = await Promise.all(
      KEYS.flatMap((key) =>
        Array.from({ length: PER_KEY }, async (_, i) => {
          const body = `${key} ${i + 1}`;
          const failure = await sender.sendMsg(TOPIC, `tag${i % 2}`, key, body, options).catch((error) => error);
          assert.ok(failure instanceof MessageSavedError, String(failure));
          return { key, body, tag: `tag${i % 2}`, uniqueKey: failure.uniqueKey };
        }),
      ),
    );
    const application = new DatabaseSync(file);
    application.exec('begin');
    const last = { key: KEYS[1]!, body: 'in a transaction', tag: 'tx' };
    const { uniqueKey } = await sender.saveInTransaction(application, TOPIC, last.tag, last.key, last.body, {
      deliverAt: Date.now() + 1000,
    });
    application.exec('commit');
    application.close();
    assert.equal((await sender.outbox.list()).length, KEYS.length * PER_KEY + 1);

    await brokerStarts(Number(broker.address.split(':')[1]));
    await until('everything is sent', async () => (await sender.outbox.list()).length === 0);
    const sent = [...saved, { ...last, uniqueKey }];
    const [printed, got] = await Promise.all([
      admin.run(['queryMsgByUniqueKey', '-n', namesrv.address, '-t', TOPIC, '-i', saved[0]!.uniqueKey]),
      javaConsume(
        { namesrv: namesrv.address, broker: broker.address, home, async stop() {} },
        {
          topic: TOPIC,
          group: 'compat_sender_java',
          count: sent.length + 1,
        },
      ),
    ]);
    assert.equal(got.length, sent.length + 1, 'once each');
    for (const { key, body, tag, uniqueKey: msgId } of sent) {
      const one = got.find((each) => each.msgId === msgId);
      assert.deepEqual([one?.keys, one?.tags, one?.bodyHash], [key, tag, hashOf(body)]);
    }
    for (const key of KEYS) {
      const inLog = got.filter((each) => each.keys === key && each.tags !== 'tx');
      assert.equal(new Set(inLog.map(({ queueId }) => queueId)).size, 1, 'one key has one queue');
      const bodies = Array.from({ length: PER_KEY }, (_, i) => `${key} ${i + 1}`);
      assert.deepEqual(
        inLog.sort((a, b) => a.queueOffset - b.queueOffset).map(({ bodyHash }) => bodyHash),
        [...(key === 'order-1' ? ['order-1 0'] : []), ...bodies].map(hashOf),
      );
    }
    assert.match(printed, /city=東京/);
    assert.match(printed, /attempt=first/);
    assert.match(printed, /KEYS=order-1/);
  });
});
