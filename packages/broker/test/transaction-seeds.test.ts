import assert from 'node:assert/strict';
import { test } from 'node:test';
import { END_TRANSACTION, parseOffsetMessageId, ResponseCode, SEND_MESSAGE_V2 } from '@rocketmq-ts/protocol';
import { SEND_FIELDS, SeededRandom } from '@rocketmq-ts/testkit';
import type { Broker } from '../src/index.ts';
import { type Caller, properties, Stage } from './stage.ts';
import { COMMIT, collectChecks, HALF, pass, ROLLBACK } from './transacting.ts';

const SEEDS = 15;
const STEPS = 30;

interface Transaction {
  readonly id: string;
  /** What its producer knows. */
  readonly end: number;
  readonly offsets: { readonly commitLogOffset: number; readonly tranStateTableOffset: number };
}

/** Half messages, ends that come once, twice, late or never, answers that are lost, and a broker that ends in every manner. */
class Run {
  readonly stage: Stage;
  readonly random: SeededRandom;
  readonly flushDiskType: string;
  readonly transactions: Transaction[] = [];
  caller!: Caller;
  crashes = 0;
  /** At the end of the run every question is answered. */
  isTruthful = false;
  #broker!: Broker;
  #sent = 0;

  constructor(seed: number) {
    this.stage = new Stage(seed);
    this.random = new SeededRandom(seed);
    this.flushDiskType = this.random.pick(['SYNC_FLUSH', 'ASYNC_FLUSH']);
  }

  async start(): Promise<void> {
    const { flushDiskType } = this;
    this.#broker = await this.stage.broker({
      ...{ flushDiskType, transactionCheckInterval: '10000', transactionCheckMax: '1000' },
      transactionOpMsgMaxSize: String(this.random.pick([1, 30, 4096])),
    });
    this.caller = await this.stage.caller();
    collectChecks(this.caller, ({ half }) => {
      if (!this.isTruthful && this.random.chance(0.5)) return this.random.chance(0.5) ? 0 : undefined;
      return this.transactions.find(({ id }) => id === half.transactionId)?.end;
    });
    await this.caller.putTopic('T', 1);
  }

  async step(): Promise<void> {
    const { random } = this;
    const chance = random.below(100);
    if (chance < 45) await this.#half();
    else if (chance < 75) this.#end(random.below(3) === 0);
    else if (chance < 92) await pass(this.caller, random.pick([1, 50, 700, 3500, 11_000]));
    else await this.#crash();
  }

  async #half(): Promise<void> {
    const { caller, random, stage } = this;
    const id = `t${this.#sent++}`;
    const more = random.chance(0.15) ? { CHECK_IMMUNITY_TIME_IN_SECONDS: String(random.pick([1, 15, 40])) } : {};
    const sent = await caller.request(
      SEND_MESSAGE_V2,
      {
        ...{ ...SEND_FIELDS, topic: 'T', bornTimestamp: stage.clock.now() },
        properties: properties({ UNIQ_KEY: id, TRAN_MSG: 'true', PGROUP: 'PG', ...more }),
      },
      { body: Buffer.from(id) },
    );
    assert.equal(sent.code, ResponseCode.SUCCESS, sent.remark);
    const commitLogOffset = parseOffsetMessageId(sent.header.msgId).physicalOffset;
    const offsets = { commitLogOffset, tranStateTableOffset: sent.header.queueOffset };
    this.transactions.push({ id, offsets, end: random.chance(0.6) ? COMMIT : ROLLBACK });
  }

  /** By the offsets of the send, also where it was asked for since. Nobody waits for the answer. */
  #end(twice: boolean): void {
    if (this.transactions.length === 0) return;
    const { offsets, end } = this.random.pick(this.transactions);
    for (let i = twice ? 2 : 1; i > 0; i--) {
      const header = { producerGroup: 'PG', commitOrRollback: end, ...offsets };
      this.caller.ask(END_TRANSACTION, header).catch(() => {});
    }
  }

  async #crash(): Promise<void> {
    const how = this.random.pick(['stop', 'kill', 'power loss'] as const);
    if (how === 'stop') await this.stage.stop(this.#broker);
    else {
      // What was acknowledged without a flush the power may take.
      this.stage.end(how === 'power loss' && this.flushDiskType === 'SYNC_FLUSH' ? how : 'kill');
      this.crashes += 1;
    }
    await this.start();
  }
}

test('seeds: what is committed comes, once where no process was killed; what is rolled back never; nothing stays open', async () => {
  let committed = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const run = new Run(seed);
    await run.start();
    for (let step = 0; step < STEPS; step++) await run.step();
    run.isTruthful = true;
    await pass(run.caller, 120_000);
    const pulled = await run.caller.pull('T');
    const bodies = pulled.code === ResponseCode.PULL_NOT_FOUND ? [] : await run.caller.bodies('T');
    for (const { id, end } of run.transactions) {
      const times = bodies.filter((body) => body === id).length;
      if (end === ROLLBACK) assert.equal(times, 0, `seed ${seed}: ${id} was rolled back`);
      else if (run.crashes === 0) assert.equal(times, 1, `seed ${seed}: ${id} came ${times} times`);
      else assert.ok(times >= 1 && times <= 1 + run.crashes, `seed ${seed}: ${id} came ${times} times`);
      committed += times;
    }
    await run.stage.clock.advance(7000);
    const halves = run.transactions.length === 0 ? 0 : (await run.caller.messages(HALF)).length;
    const progress = run.stage.saved('consumerOffset').offsetTable?.[`${HALF}@CID_RMQ_SYS_TRANS`]?.['0'] ?? 0;
    assert.equal(progress, halves, `seed ${seed}: transactions are open`);
    await run.stage.dispose();
  }
  assert.ok(committed > 100, `${committed} messages`);
});
