import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageStore, ReadRoom } from '../src/index.ts';
import { ReadLane } from '../src/log/read-lane.ts';
import { putAndWait, read } from './store-calls.ts';
import { StoreMachine } from './store-machine.ts';

const MESSAGES = 200;

/** A store whose messages are in files only, on a disk whose reads take a second. */
async function coldStore(): Promise<{ machine: StoreMachine; store: MessageStore; reads: () => number }> {
  const machine = new StoreMachine();
  let store = await machine.start();
  for (let i = 0; i < MESSAGES; i++) await putAndWait(store, { body: Buffer.alloc(20_000, i), queueId: i % 10 });
  await machine.clock.run(store.stop());
  store = await machine.start();
  let reads = 0;
  const take = machine.disk.faults.take.bind(machine.disk.faults);
  machine.disk.faults.take = (operation, path) => {
    if (operation === 'read') reads += 1;
    return take(operation, path);
  };
  machine.disk.faults.add({ operation: 'read', path: /commitlog|consumequeue/, delayMs: 1000, times: 10_000 });
  return { machine, store, reads: () => reads };
}

/** A reader that counts what it has of the store's memory and may leave. */
class Reader implements ReadRoom {
  abandoned = false;
  takenBytes = 0;
  hasRoom = true;
  left = 0;
  done = 0;
  readonly waiting: (() => void)[] = [];

  take(bytes: number): boolean {
    if (this.hasRoom) this.takenBytes += bytes;
    return this.hasRoom;
  }
  whenTaken(_bytes: number, go: () => void): void {
    this.waiting.push(go);
  }
  gaveUp(): void {
    this.left += 1;
  }
  ask(store: MessageStore, queueId: number, from = 0): void {
    store.queue('T', queueId).read(
      from,
      32,
      1e9,
      undefined,
      (result) => {
        this.done += 1;
        result.release();
      },
      this,
    );
  }
}

test('nothing more is read for a reader that has left, also where its reads wait for their turn', async () => {
  const { machine, store, reads } = await coldStore();
  const leaver = new Reader();
  for (let i = 0; i < 100; i++) leaver.ask(store, i % 10, i % 5);
  await machine.clock.advance(1500);
  const before = reads();
  leaver.abandoned = true;
  await machine.clock.advance(1_000_000);
  assert.ok(reads() - before <= 2, `${reads() - before} reads began after it had left`);
  assert.equal(leaver.left + leaver.done, 100, 'each read has come to its end');
  const { messages } = await machine.clock.run(read(store, { queueId: 3 }));
  assert.equal(messages.length, 13, 'a reader that stays is served');
  await machine.clock.run(store.stop());
});

test('records are brought into memory only when their reader has room for them', async () => {
  const { machine, store, reads } = await coldStore();
  const reader = new Reader();
  reader.hasRoom = false;
  for (let queueId = 0; queueId < 10; queueId++) reader.ask(store, queueId);
  await machine.clock.advance(60_000);
  assert.deepEqual([reads(), reader.waiting.length, reader.done], [10, 10, 0], 'units alone were read');
  for (const go of reader.waiting) go();
  await machine.clock.advance(1_000_000);
  assert.equal(reader.done, 10);
  await machine.clock.run(store.stop());
});

test('writes and syncs pass a hundred reads of a slow disk: two reads are under way at once', async () => {
  const { machine, store, reads } = await coldStore();
  const reader = new Reader();
  for (let i = 0; i < 100; i++) reader.ask(store, i % 10, i % 5);
  assert.equal(reads(), 2);
  await putAndWait(store, { topic: 'other' });
  assert.equal(reads(), 2, 'the put was confirmed before the first read came back');
  await machine.clock.advance(1_000_000);
  assert.equal(reader.done, 100);
  await machine.clock.run(store.stop());
});

test('a thousand reads that end as soon as they begin are a loop, and one that throws leaves the lane usable', () => {
  const lane = new ReadLane(1);
  let count = 0;
  const end = (): void => {
    count += 1;
    lane.leave();
  };
  lane.enter(() => {});
  for (let i = 0; i < 100_000; i++) lane.enter(end);
  lane.leave();
  assert.equal(count, 100_000);
  lane.enter(end);
  assert.equal(count, 100_001);
});
