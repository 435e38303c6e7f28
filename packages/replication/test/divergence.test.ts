import assert from 'node:assert/strict';
import { test } from 'node:test';
import { masterAndSlave, type Pair, Replica, ROOT } from './replica-pair.ts';

/** A pair whose slave has so many records, and then a master that has lost its tail and has other records there. */
async function diverged(
  seed: number,
  { common = 300, lost = 40, others = 10, bytes = 500, otherBytes = 507 },
): Promise<Pair> {
  const pair = await masterAndSlave(seed);
  const { environment, master, slave } = pair;
  await slave.start(master);
  master.put(common, bytes);
  await pair.advance(200);
  const end = master.store.facts.appendOffset;
  master.put(lost, bytes);
  await pair.advance(200);
  await slave.stop();
  // As a loss of power with ASYNC_FLUSH: the tail is gone.
  master.store.promise({ acknowledge: 'none', refusal: 'SERVICE_NOT_AVAILABLE', visible: 'own' });
  await environment.clock.run(master.store.truncateLog(end));
  master.store.promise({ acknowledge: 'none', visible: 'own' });
  master.put(others, otherBytes);
  await pair.advance(200);
  return pair;
}

function assertCopied({ master, slave }: Pair): void {
  const { minOffset, appendOffset } = slave.store.facts;
  assert.equal(appendOffset, master.store.facts.appendOffset);
  assert.ok(
    slave.logBytes(minOffset, appendOffset).equals(master.logBytes(minOffset, appendOffset)),
    'the logs differ',
  );
}

for (const others of [0, 1, 10, 40, 400]) {
  test(`a slave with records that its master lost, which has ${others} others now, says so and is cut only when that is permitted`, async () => {
    const pair = await diverged(others + 1, { others });
    const { master, slave } = pair;
    await slave.start(master);
    const end = slave.store.facts.appendOffset;
    await pair.advance(60_000);
    assert.equal(slave.store.facts.appendOffset, end, 'nothing is cut or appended');
    assert.equal(slave.log.with('has diverged').length, 1);
    assert.notEqual(slave.client!.divergence, undefined);
    assert.equal(master.service.acks.heldBy(1), -1);
    slave.mayTruncate = true;
    await pair.advance(60_000);
    assertCopied(pair);
    assert.equal(slave.client!.divergence, undefined);
    assert.equal(slave.store.facts.minOffset, 0, 'what both have is kept');
    assert.equal(slave.platform.disk.list(`${ROOT}/truncated-log`).length, 1);
    master.put(5);
    await pair.advance(1000);
    assertCopied(pair);
  });
}

test('a master may take longer to send a file that is compared than a silent one is waited for', async () => {
  const pair = await diverged(76, { common: 90, lost: 4, others: 6 });
  const { master, slave } = pair;
  master.ha.haFlowControlEnable = true;
  master.ha.maxHaTransferByteInSecond = 2000;
  slave.mayTruncate = true;
  await slave.start(master);
  await pair.advance(2 * master.ha.haHousekeepingInterval);
  await pair.advance(20_000);
  assertCopied(pair);
});

test('a slave whose log has nothing of its master’s begins anew with the last file', async () => {
  const pair = await diverged(77, { common: 0, lost: 500, others: 300 });
  pair.slave.mayTruncate = true;
  await pair.slave.start(pair.master);
  await pair.advance(120_000);
  assertCopied(pair);
});

test('a slave does not give its log up for an empty master', async () => {
  const pair = await diverged(78, { common: 0, lost: 50, others: 0 });
  pair.slave.mayTruncate = true;
  await pair.slave.start(pair.master);
  const end = pair.slave.store.facts.appendOffset;
  await pair.advance(120_000);
  assert.equal(pair.slave.store.facts.appendOffset, end);
  assert.notEqual(pair.slave.client!.divergence, undefined);
});

test('a master says of a slave that refuses what it gets that its log has diverged, until it follows again', async () => {
  const pair = await diverged(90, { others: 60 });
  const { master, slave } = pair;
  await slave.start(master);
  await pair.advance(10_000);
  const [seen] = [...master.service.divergedSlaves];
  assert.match(seen?.sentence ?? '', /refuses what follows offset/);
  assert.equal(master.log.with('has diverged').length, 1);
  slave.mayTruncate = true;
  await pair.advance(60_000);
  assertCopied(pair);
  assert.deepEqual([...master.service.divergedSlaves], []);
});

test('a slave of a slave whose end is cut off is not sent the other log in its place', async () => {
  // Of the same size, so that they could be appended where those that were cut off ended.
  const pair = await diverged(91, { common: 20, lost: 40, others: 70, otherBytes: 500 });
  const { environment, master, slave } = pair;
  const last = new Replica(environment, 'last');
  await slave.start(master);
  await last.start(slave);
  await pair.advance(2000);
  const end = slave.store.facts.appendOffset;
  assert.equal(last.store.facts.appendOffset, end);
  assert.notEqual(slave.client!.divergence, undefined);
  slave.mayTruncate = true;
  await pair.advance(60_000);
  assertCopied(pair);
  assert.ok(slave.store.facts.appendOffset > end);
  assert.equal(last.store.facts.appendOffset, end);
  assert.equal(last.log.with('has diverged').length, 1);
});
