import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { PushConsumer, silentLogger } from '@rocketmq-ts/client';
import type { DatabaseOptions } from '@rocketmq-ts/sender';
import { SeededRandom } from '@rocketmq-ts/testkit';
import { type Program, startProgram } from '@rocketmq-ts/testkit/java';
import { type OurServer, startOurBroker, startOurNamesrv } from '@rocketmq-ts/testkit/processes';
import { type DatabaseServer, startMariadb, startPostgres } from '../servers.ts';
import { parseHistory, type SenderPlan, type StoredMessage, violationsOf } from './history.ts';

const CRASHES = 8;
/** A slow machine makes fewer crashes. */
const LOAD_LIMIT_MS = 12_000;
const PROCESSES = 2;
const KEYS_EACH = 4;
const DRAIN_LIMIT_MS = 60_000;
const READ_LIMIT_MS = 30_000;

const folder = mkdtempSync(join(tmpdir(), 'rocketmq-ts-sender-torture-'));
let namesrv: OurServer;
let broker: OurServer;

async function startBroker(port?: number): Promise<void> {
  broker = await startOurBroker({
    home: join(folder, 'broker'),
    namesrv: namesrv.address,
    timeoutMs: 60_000,
    ...(port === undefined ? {} : { port }),
  });
}

before(async () => {
  namesrv = await startOurNamesrv({ home: join(folder, 'namesrv'), timeoutMs: 60_000 });
  await startBroker();
});

after(async () => {
  await broker?.kill();
  await namesrv?.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** All that the topic has, once it has as much as is asked for and nothing more comes. */
async function readAll(
  topic: string,
  isEnough: (stored: readonly StoredMessage[]) => boolean,
): Promise<StoredMessage[]> {
  const stored: StoredMessage[] = [];
  await using consumer = new PushConsumer({
    namesrvAddr: namesrv.address,
    consumerGroup: `${topic}-reader`,
    consumeFrom: 'FIRST_OFFSET',
    logger: silentLogger,
  });
  consumer.subscribe(topic);
  await consumer.start({
    orderly: (messages) => {
      for (const message of messages) {
        const queue = `${message.brokerName} ${message.queueId}`;
        stored.push({ text: message.text(), uniqueKey: message.msgId, queue, queueOffset: message.queueOffset });
      }
      return 'SUCCESS';
    },
  });
  for (let waitedMs = 0; waitedMs < READ_LIMIT_MS && !isEnough(stored); waitedMs += 100) await pause(100);
  for (let before = -1; before !== stored.length; ) {
    before = stored.length;
    await pause(1000);
  }
  return stored;
}

class Run {
  readonly #plans: readonly SenderPlan[];
  readonly #random: SeededRandom;
  readonly #server: DatabaseServer | undefined;
  readonly #processes: Program[] = [];
  readonly #name: string;
  readonly topic: string;
  crashes = 0;
  #starts = 0;

  constructor(name: string, database: DatabaseOptions, server: DatabaseServer | undefined, seed: number) {
    this.#name = name;
    this.#random = new SeededRandom(seed);
    this.#server = server;
    this.topic = `Torture-${name}`;
    this.#plans = Array.from({ length: PROCESSES }, (_, index) => ({
      options: {
        ...{ producerGroup: `torture-${name}`, namesrvAddr: namesrv.address, database, sendTimeoutMs: 800 },
        ...{ leaseMs: 2500, saveTimeoutMs: 1500, resendIntervalMs: 100, resendMaxPauseMs: 500 },
      },
      topic: this.topic,
      keys: Array.from({ length: KEYS_EACH }, (_unused, key) => `${name}-${index}-${key}`),
      history: join(folder, `${name}-${index}.history`),
    }));
  }

  /** Everything runs, is killed at random, and in the end runs again until nothing is saved any more. */
  async run(): Promise<void> {
    for (let index = 0; index < PROCESSES; index++) await this.#startSender(index);
    const endMs = Date.now() + LOAD_LIMIT_MS;
    while (this.crashes < CRASHES && Date.now() < endMs) {
      await pause(this.#random.between(100, 700));
      const targets = ['sender', 'sender', 'broker', ...(this.#server === undefined ? [] : ['database', 'both'])];
      await this.#kill(this.#random.pick(targets));
    }
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(new Error(`not drained: ${this.#processes.map((each) => each.output()).join('\n')}`)),
      DRAIN_LIMIT_MS,
    );
    // One that was started a moment ago would not know yet what the signal asks for.
    for (const each of this.#processes) await each.waitForLine(/started/, 60_000);
    const exits = await Promise.race([Promise.all(this.#processes.map((each) => each.stop(DRAIN_LIMIT_MS))), late]);
    clearTimeout(timer);
    assert.deepEqual(
      exits.map(({ code }) => code),
      exits.map(() => 0),
      this.#processes.map((each) => each.output()).join('\n'),
    );
  }

  async check(): Promise<string> {
    const events = this.#plans.flatMap(({ history }) => parseHistory(readFileSync(history, 'utf8')));
    const promised = events.filter(({ what }) => what === 'sent' || what === 'saved' || what === 'committed');
    const texts = new Set(promised.map(({ key, n }) => `${key} ${n}`));
    const isEnough = (some: readonly StoredMessage[]): boolean =>
      new Set(some.flatMap(({ text }) => (texts.has(text) ? [text] : []))).size === texts.size;
    const stored = await readAll(this.topic, isEnough);
    assert.deepEqual(violationsOf(events, stored, this.crashes), []);
    const counts = Map.groupBy(events, ({ what }) => what);
    const shown = [...counts].map(([what, some]) => `${some.length} ${what}`).join(', ');
    return `${this.#name}: ${this.crashes} crashes; ${shown}; ${stored.length} stored, ${stored.length - new Set(stored.map(({ text }) => text)).size} of them copies`;
  }

  async end(): Promise<void> {
    for (const each of this.#processes) await each.kill();
  }

  async #kill(target: string): Promise<void> {
    this.crashes += 1;
    const awayMs = this.#random.between(50, 600);
    if (target === 'sender') {
      const index = this.#random.below(PROCESSES);
      await this.#processes[index]!.kill();
      await pause(awayMs);
      await this.#startSender(index);
      return;
    }
    if (target === 'both') this.crashes += 1;
    if (target !== 'database') await broker.kill();
    if (target !== 'broker') await this.#server!.kill();
    await pause(awayMs);
    if (target !== 'broker') await this.#server!.start();
    if (target !== 'database') await startBroker(broker.port);
  }

  async #startSender(index: number): Promise<void> {
    this.#starts += 1;
    const script = join(import.meta.dirname, 'sender-process.ts');
    this.#processes[index] = await startProgram({
      command: process.execPath,
      args: ['--disable-warning=ExperimentalWarning', script, JSON.stringify(this.#plans[index])],
      logFile: join(folder, `${this.#name}-${this.#starts}.log`),
    });
    if (this.#starts <= PROCESSES) await this.#processes[index].waitForLine(/started/, 60_000);
  }
}

async function torture(
  name: string,
  database: DatabaseOptions,
  server: DatabaseServer | undefined,
  seed: number,
): Promise<void> {
  const run = new Run(name, database, server, seed);
  try {
    await run.run();
    console.log(await run.check());
  } finally {
    await run.end();
  }
}

const PROMISE =
  'nothing that was promised is lost, each key is in order, and copies are explained, while all is killed';

test(`SQLite: ${PROMISE}`, () => torture('sqlite', { kind: 'sqlite', file: join(folder, 'outbox.db') }, undefined, 1));

test(`PostgreSQL: ${PROMISE}`, async () => {
  await using server = await startPostgres();
  await server.createDatabase('outbox');
  await torture('postgres', { kind: 'postgres', url: server.url('outbox') }, server, 2);
});

test(`MariaDB: ${PROMISE}`, async () => {
  await using server = await startMariadb();
  await server.createDatabase('outbox');
  await torture('mariadb', { kind: 'mysql', url: server.url('outbox') }, server, 3);
});
