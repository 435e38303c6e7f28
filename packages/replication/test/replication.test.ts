import assert from 'node:assert/strict';
import { test } from 'node:test';
import { masterAndSlave, type Pair, type Replica } from './replica-pair.ts';

/** The slave's log is what the master's has there, byte for byte, and its queues have the same units. */
function assertCopied({ master, slave }: Pair): void {
  const { minOffset, appendOffset, writtenOffset } = slave.store.facts;
  assert.equal(appendOffset, master.store.facts.appendOffset);
  assert.equal(writtenOffset, appendOffset);
  assert.ok(
    slave.logBytes(minOffset, appendOffset).equals(master.logBytes(minOffset, appendOffset)),
    'the logs differ',
  );
  assert.deepEqual(unitsOf(slave, minOffset), unitsOf(master, minOffset));
}

function unitsOf({ store }: Replica, from: number): string[] {
  const units: string[] = [];
  for (const topic of [...store.topics()].sort()) {
    for (const queue of store.queuesOf(topic)) {
      for (let offset = queue.minOffset; offset < queue.maxOffset; offset++) {
        const entry = queue.entryAt(offset);
        if (entry === undefined || entry.physicalOffset < from) continue;
        units.push(`${topic} ${queue.queueId} ${entry.queueOffset} ${entry.physicalOffset} ${entry.size}`);
      }
    }
  }
  return units.sort();
}

test('an empty slave gets the last file of a master that has several', async () => {
  const pair = await masterAndSlave(1);
  pair.master.put(1500);
  await pair.advance(100);
  await pair.slave.start(pair.master);
  await pair.advance(100);
  assert.ok(pair.slave.store.facts.minOffset > 0);
  assertCopied(pair);
});

test('a slave that is there from the beginning has everything, over many files', async () => {
  const pair = await masterAndSlave(2);
  await pair.slave.start(pair.master);
  for (let round = 0; round < 60; round++) {
    pair.master.put(40, round % 7 === 0 ? 3000 : 120);
    await pair.advance(round % 5);
  }
  await pair.advance(100);
  assert.equal(pair.slave.store.facts.minOffset, 0);
  assert.ok(pair.slave.store.facts.appendOffset > 10 * 64 * 1024);
  assertCopied(pair);
  assert.equal(pair.master.service.acks.heldBy(1), pair.master.store.facts.appendOffset);
});

test('a slave that was away continues from its end, with the files that the master wrote meanwhile', async () => {
  const pair = await masterAndSlave(3);
  await pair.slave.start(pair.master);
  pair.master.put(100);
  await pair.advance(100);
  await pair.slave.stop();
  pair.master.put(3000);
  await pair.advance(60_000);
  await pair.slave.start(pair.master);
  await pair.advance(1000);
  assert.equal(pair.slave.store.facts.minOffset, 0);
  assertCopied(pair);
});

test('a slave that has a single record continues from it, also when the master has more files by then', async () => {
  const pair = await masterAndSlave(6);
  await pair.slave.start(pair.master);
  pair.master.put(1);
  await pair.advance(100);
  const { lastRecordOffset, appendOffset } = pair.slave.store.facts;
  assert.deepEqual([lastRecordOffset, appendOffset > 0], [0, true]);
  await pair.slave.stop();
  pair.master.put(1500);
  await pair.slave.start(pair.master);
  await pair.advance(100);
  assert.equal(pair.slave.store.facts.minOffset, 0);
  assertCopied(pair);
});

test('a slave that was killed, or whose master was, continues', async () => {
  const pair = await masterAndSlave(4);
  await pair.slave.start(pair.master);
  for (let round = 0; round < 30; round++) {
    pair.master.put(50, 50 + round * 60);
    await pair.advance(round % 3);
    const { environment, master, slave } = pair;
    const how = round % 4 < 2 ? 'kill' : 'power loss';
    if (round % 2 === 0) {
      slave.kill(environment, how);
      await slave.start(master);
    } else {
      master.kill(environment);
      await master.start();
    }
    await pair.advance(1500);
  }
  await pair.advance(5000);
  assertCopied(pair);
});

test('sides that know each other send heartbeats, and nothing is closed while there is nothing to send', async () => {
  const pair = await masterAndSlave(5);
  await pair.slave.start(pair.master);
  pair.master.put(3);
  await pair.advance(600_000);
  assert.deepEqual(
    pair.slave.log.lines.filter(({ level }) => level !== 'info'),
    [],
  );
  assert.deepEqual(
    pair.master.log.lines.filter(({ level }) => level !== 'info'),
    [],
  );
  assert.equal(pair.master.service.slaves.length, 1);
});
