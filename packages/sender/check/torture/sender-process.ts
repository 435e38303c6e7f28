import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { MessageLostError, MessageSavedError, MqMessageSender } from '@rocketmq-ts/sender';
import { Application } from './application.ts';
import { type HistoryEvent, parseHistory, type SenderPlan } from './history.ts';

/**
 * One process of an application that is killed: sends messages of its keys, one after the other for each key, directly and in
 * transactions, and writes before and after each what it knows. After SIGTERM it sends what is saved and ends.
 */
const plan = JSON.parse(process.argv[2]!) as SenderPlan;
const PAUSE_MS = 15;
const DRAIN_LIMIT_MS = 40_000;
let running = true;
process.on('SIGTERM', () => {
  running = false;
});

function record(event: HistoryEvent): void {
  appendFileSync(plan.history, `${JSON.stringify(event)}\n`);
}

/** The database may be away when the process starts. */
async function start(): Promise<MqMessageSender> {
  for (;;) {
    try {
      return await MqMessageSender.start({ ...plan.options, logger: { warn() {}, error: console.error } });
    } catch (error) {
      console.error(error);
      await pause(100);
    }
  }
}

async function once(sender: MqMessageSender, application: Application, key: string, n: number): Promise<HistoryEvent> {
  const body = `${key} ${n}`;
  try {
    // Every other key is sent directly only: a saved message takes those behind it with it.
    if (n % 4 === 0 && plan.keys.indexOf(key) % 2 === 1) {
      const { outboxId, uniqueKey } = await application.inTransaction((transaction) =>
        sender.saveInTransaction(transaction, plan.topic, 'tx', key, body),
      );
      return { what: 'committed', key, n, outboxId, uniqueKey };
    }
    return { what: 'sent', key, n, uniqueKey: (await sender.sendMsg(plan.topic, 'tag', key, body)).msgId };
  } catch (error) {
    if (error instanceof MessageSavedError) {
      return { what: 'saved', key, n, outboxId: error.outboxId, uniqueKey: error.uniqueKey };
    }
    return { what: error instanceof MessageLostError ? 'lost' : 'refused', key, n, error: String(error) };
  }
}

const before = existsSync(plan.history) ? parseHistory(readFileSync(plan.history, 'utf8')) : [];
const sender = await start();
const application = new Application(plan.options.database);
console.log('started');
await Promise.all(
  plan.keys.map(async (key) => {
    let n = Math.max(0, ...before.filter((event) => event.key === key).map((event) => event.n));
    while (running) {
      n += 1;
      record({ what: 'begun', key, n });
      record(await once(sender, application, key, n));
      await pause(PAUSE_MS);
    }
  }),
);
const endMs = Date.now() + DRAIN_LIMIT_MS;
for (;;) {
  const { waiting, sending, failed } = await sender.outbox.stats();
  if (waiting + sending + failed === 0) break;
  if (Date.now() > endMs) {
    console.error('not sent in time', await sender.outbox.list({}, { limit: 5 }));
    process.exitCode = 3;
    break;
  }
  await pause(100);
}
await sender.stop();
await application.close();
