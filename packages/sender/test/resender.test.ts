import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLogger, sleep } from '@rocketmq-ts/kernel';
import { SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import { KyselyDatabase } from '../src/database/kysely-database.ts';
import { openEngine } from '../src/database/open.ts';
import { Claims } from '../src/resend/claims.ts';
import { Resender } from '../src/resend/resender.ts';
import { temporaryFolder } from './sender-stage.ts';

/** A database that fails and is slow where a test says so. */
class Faulty extends KyselyDatabase {
  bodyMs = 0;
  beats = 0;
  beatsFail = false;
  leavesFail = false;

  override async body(outboxId: number): Promise<Buffer | undefined> {
    const body = await super.body(outboxId);
    if (this.bodyMs > 0) await sleep(clock, this.bodyMs);
    return body;
  }

  override async beat(owner: string): Promise<boolean> {
    if (this.beatsFail) throw new Error('the connection broke');
    this.beats += 1;
    return await super.beat(owner);
  }

  override async leave(owner: string): Promise<void> {
    if (this.leavesFail) throw new Error('the connection broke');
    await super.leave(owner);
  }
}

let clock: VirtualClock;

async function opened(t: TestContext): Promise<Faulty> {
  clock = new VirtualClock();
  const file = join(temporaryFolder(t), 'outbox.db');
  const database = new Faulty(await clock.run(openEngine({ kind: 'sqlite', file }, clock)), clock);
  t.after(() => database.close());
  return database;
}

const settings = () => ({
  ...{ platform: { clock, random: new SeededRandom(1) }, logger: silentLogger, leaseMs: 3000, sendTimeoutMs: 1000 },
  ...{ savesBegun: () => 0, seenEmpty: () => {} },
});
const message = { lane: 'a', uniqueKey: 'U', topic: 'Orders', tags: undefined, keys: 'k', body: Buffer.from('x') };

test('no send begins once the claim may have ended, however long the body was read', async (t) => {
  const database = await opened(t);
  await clock.run(database.save(message, 1));
  const sentAtMs: number[] = [];
  const beganMs = clock.monotonicMs();
  const resender = new Resender({
    ...settings(),
    ...{ database, resendIntervalMs: 500, resendMaxPauseMs: 1000, resendConcurrency: 4 },
    send: async () => {
      sentAtMs.push(clock.monotonicMs() - beganMs);
      return {} as never;
    },
  });
  database.bodyMs = 10_000;
  database.beatsFail = true;
  resender.start();
  await clock.advance(15_000);
  assert.deepEqual(sentAtMs, [], 'others may send it by now');
  database.bodyMs = 0;
  await clock.advance(15_000);
  assert.equal(sentAtMs.length, 1);
  await clock.run(resender.stop());
});

test('an owner that could not leave shows that it lives while it claims again', async (t) => {
  const database = await opened(t);
  const claims = new Claims({ ...settings(), database });
  const limits = { lanes: 1, perLane: 1 };
  const first = await clock.run(database.save(message, 1));
  await clock.run(claims.claim(limits));
  await clock.run(claims.settle(first, 'sent'));
  database.leavesFail = true;
  await assert.rejects(clock.run(claims.claim(limits)), /the connection broke/);
  database.leavesFail = false;
  await clock.run(database.save(message, 1));
  assert.equal((await clock.run(claims.claim(limits))).length, 1);
  database.beats = 0;
  await clock.advance(6000);
  assert.ok(database.beats >= 5, `${database.beats} beats in two leases`);
  assert.ok(claims.mayStart);
  claims.abandon();
});
