import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordOf } from '@rocketmq-ts/testkit';
import { masterAndSlave } from './replica-pair.ts';

const KIB = 1024;
const FILE_BYTES = 16 * 1024 * KIB;

test('bodies from 159 KiB to 4 MiB reach the slave among thousands of small ones, each acknowledged once it is there', async () => {
  const pair = await masterAndSlave(1, {}, { mappedFileSizeCommitLog: FILE_BYTES, maxMessageSize: 4096 * KIB + 1 });
  const { master, slave } = pair;
  await slave.start(master);
  await pair.advance(100);
  for (const bytes of [159 * KIB, 161 * KIB, 1024 * KIB, 4096 * KIB]) {
    master.put(500, 100);
    const record = recordOf({ topic: 'Large', body: Buffer.alloc(bytes, 7) });
    assert.equal(master.store.put(record, undefined, true).status, 'PUT_OK');
    master.put(500, 100);
    await pair.advance(100);
    assert.equal(master.service.acks.heldBy(1), master.store.facts.appendOffset);
  }
  const end = master.store.facts.appendOffset;
  assert.ok(slave.logBytes(0, end).equals(master.logBytes(0, end)));
});

test('flow control spreads what a slave is sent over the seconds, and the rest follows', async () => {
  const pair = await masterAndSlave(2, {}, { mappedFileSizeCommitLog: FILE_BYTES });
  const { master, slave } = pair;
  master.ha.haFlowControlEnable = true;
  master.ha.maxHaTransferByteInSecond = 100 * KIB;
  master.put(1000, 900);
  await pair.advance(100);
  await slave.start(master);
  const end = master.store.facts.appendOffset;
  for (let second = 1; second <= 5; second++) {
    await pair.advance(1000);
    assert.ok(slave.store.facts.appendOffset <= (second + 1) * 100 * KIB, `after ${second} s`);
  }
  await pair.advance(10_000);
  assert.equal(slave.store.facts.appendOffset, end);
});
