import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { nodePlatform, silentLogger } from '@rocketmq-ts/kernel';
import { KyselyDatabase } from '../src/database/kysely-database.ts';
import { openEngine } from '../src/database/open.ts';
import type { ClaimedMessage } from '../src/database/port.ts';
import { Claims } from '../src/resend/claims.ts';
import { temporaryFolder } from './sender-stage.ts';

/** Does what it is asked, and then does not say so. */
class SilentOnce extends KyselyDatabase {
  silent = false;

  override async claim(...given: Parameters<KyselyDatabase['claim']>): Promise<ClaimedMessage[] | undefined> {
    const claimed = await super.claim(...given);
    return this.#answer(claimed);
  }

  override async sent(...given: Parameters<KyselyDatabase['sent']>): Promise<boolean> {
    return this.#answer(await super.sent(...given));
  }

  #answer<T>(result: T): T {
    const { silent } = this;
    this.silent = false;
    if (silent) throw new Error('the connection broke');
    return result;
  }
}

test('claims and marks without an answer are cleared up before the next claim', async (t) => {
  const { clock } = nodePlatform;
  const file = join(temporaryFolder(t), 'outbox.db');
  const database = new SilentOnce(await openEngine({ kind: 'sqlite', file }, clock), clock);
  t.after(() => database.close());
  const claims = new Claims({
    ...{ database, platform: nodePlatform, logger: silentLogger, leaseMs: 60_000, sendTimeoutMs: 1000 },
    ...{ savesBegun: () => 0, seenEmpty: () => {} },
  });
  t.after(() => claims.abandon());
  const message = { uniqueKey: 'U', topic: 'Orders', tags: undefined, keys: 'k', body: Buffer.from('x') };
  const ids = [await database.save({ ...message, lane: 'a' }, 1), await database.save({ ...message, lane: 'b' }, 1)];
  const limits = { lanes: 10, perLane: 10 };

  database.silent = true;
  await assert.rejects(claims.claim(limits), /the connection broke/);
  assert.equal((await database.counts()).SENDING, 2, 'they are claimed');
  assert.deepEqual(
    (await claims.claim(limits)).map(({ outboxId }) => outboxId),
    ids,
  );

  database.silent = true;
  await assert.rejects(claims.settle(ids[0]!, 'sent'), /the connection broke/);
  await claims.settleRest(ids);
  assert.deepEqual(
    (await claims.claim(limits)).map(({ outboxId }) => outboxId),
    [ids[1]],
    'what was sent is not sent again',
  );
  assert.equal(await claims.settle(ids[1]!, 'sent'), true);
  assert.deepEqual(await claims.claim(limits), []);
  assert.deepEqual(await database.owners(), [], 'with nothing to send it leaves');
});
