import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { PushConsumer, type PushConsumerOptions } from '@rocketmq-ts/client';
import { silentLogger } from '@rocketmq-ts/kernel';
import {
  idempotent,
  MessageSavedError,
  MqMessageSender,
  type MqMessageSenderOptions,
  openOutbox,
} from '@rocketmq-ts/sender';
import { startCluster } from '@rocketmq-ts/testkit/cluster';
import { temporaryFolder } from './sender-stage.ts';

const page = readFileSync(new URL('../../../docs/sender.md', import.meta.url), 'utf8');
const programs = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!.replace(/^import .*\n/gm, ''));
const AsyncFunction = (async () => {}).constructor as new (
  ...words: string[]
) => (...given: unknown[]) => Promise<void>;

test('the programs of docs/sender.md do what the page says', async (t) => {
  assert.equal(programs.length, 4);
  const folder = temporaryFolder(t);
  const cluster = await startCluster({ seed: 11, topics: { Orders: 2 } });
  t.after(() => cluster.stop());
  const filled = () => ({
    namesrvAddr: cluster.namesrvAddr,
    platform: cluster.environment.machine('guide'),
    logger: silentLogger,
  });
  const inFolder = (file: string): { kind: 'sqlite'; file: string } => ({ kind: 'sqlite', file: join(folder, file) });
  const bills = new DatabaseSync(join(folder, 'billing.db'));
  t.after(() => bills.close());
  bills.exec('create table bills (id text)');
  const stops: (() => Promise<void>)[] = [];
  const printed: unknown[][] = [];
  const given = {
    MessageSavedError,
    MqMessageSender: {
      start: (options: MqMessageSenderOptions) =>
        MqMessageSender.start({
          ...options,
          ...filled(),
          database: inFolder((options.database as { file: string }).file),
        }),
    },
    DatabaseSync: class extends DatabaseSync {
      constructor(file: string) {
        super(join(folder, file));
      }
    },
    PushConsumer: class extends PushConsumer {
      constructor(options: PushConsumerOptions) {
        super({ ...options, ...filled() });
        stops.push(() => this.stop());
      }
    },
    idempotent: (handler: Parameters<typeof idempotent>[0], { file }: { file: string }, options: object) => {
      const made = idempotent(handler, inFolder(file), { ...options, ...filled() });
      stops.push(() => made.stop());
      return made;
    },
    openOutbox: (address: string) => openOutbox(`sqlite:${join(folder, address.slice('sqlite:'.length))}`, filled()),
    Date: { now: () => cluster.clock.now() },
    console: { log: (...words: unknown[]) => printed.push(words) },
  };
  const run = (code: string): Promise<void> =>
    cluster.run(new AsyncFunction(...Object.keys(given), code)(...Object.values(given)));
  const [send, transaction, consume, look] = programs as [string, string, string, string];
  await run(send);
  cluster.broker('broker-a').kill();
  await run(send);
  assert.deepEqual(printed, [['sent'], ['saved as 1']]);
  await run(look);
  assert.deepEqual(printed.slice(2), [[1], [1, 'WAITING', undefined], ['Orders', 16]]);
  await cluster.broker('broker-a').start();
  await run(transaction);
  // Whatever the programs left is sent by the next process.
  for (const file of ['outbox.db', 'app.db']) {
    const sender = await cluster.run(
      MqMessageSender.start({ ...filled(), producerGroup: 'orders', database: inFolder(file) }),
    );
    await cluster.advance(3000);
    await cluster.run(sender.stop());
  }
  await run(consume);
  await cluster.advance(10_000);
  const rows = bills.prepare('select id from bills order by id').all() as { id: string }[];
  assert.deepEqual(
    rows.map(({ id }) => id),
    ['order 2', '{"id":"order-1"}', '{"id":"order-1"}'],
  );
  for (const stop of stops) await cluster.run(stop());
});
