import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LocalStore } from '../src/door/local-store.ts';
import { expiryOptions, FILE_BYTES, MIDNIGHT } from './expiry-store.ts';
import { putAndWait, readAll } from './store-calls.ts';
import { StoreMachine } from './store-machine.ts';

process.env.TZ = 'UTC';
const QUEUES = 5;
const BODY = 'b'.repeat(2000);

/** What was put: body to the place in its queue. */
type Placed = Map<string, { queueId: number; queueOffset: number }>;

async function putMany(store: LocalStore, placed: Placed, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const name = String(placed.size);
    const queueId = placed.size % QUEUES;
    const { queueOffset, answer } = await putAndWait(store, { queueId, body: name + BODY });
    assert.equal(answer, 'PUT_OK');
    placed.set(name, { queueId, queueOffset });
  }
}

/** Everything from the start of the log on is there, once and in its place; nothing in front of it is shown. */
async function checkStore(store: LocalStore, placed: Placed): Promise<void> {
  const { files } = store.parts.log.files;
  for (const [i, file] of files.entries())
    assert.equal(file.baseOffset, files[0]!.baseOffset + i * FILE_BYTES, 'a gap');
  const found: Placed = new Map();
  let oldest = Number.POSITIVE_INFINITY;
  for (let queueId = 0; queueId < QUEUES; queueId++) {
    const queue = store.findQueue('T', queueId);
    assert.ok(queue, `queue ${queueId}`);
    const messages = await readAll(store, 'T', queueId);
    assert.equal(messages.at(-1)?.queueOffset, queue.maxOffset - 1);
    for (const [i, message] of messages.entries()) {
      assert.equal(message.queueOffset, messages[0]!.queueOffset + i);
      oldest = Math.min(oldest, message.physicalOffset);
      found.set(message.body.toString().slice(0, -BODY.length), { queueId, queueOffset: message.queueOffset });
    }
  }
  for (const [name, place] of found) assert.deepEqual(place, placed.get(name));
  // The newest are all there: what is missing are the oldest.
  const names = [...placed.keys()];
  const missing = names.filter((name) => !found.has(name));
  assert.deepEqual(missing, names.slice(0, missing.length));
  assert.ok(oldest >= store.facts.minOffset);
}

for (let seed = 1; seed <= 12; seed++) {
  for (const end of ['losePower', 'killProcess'] as const) {
    test(`a store that ends by ${end} between removals opens whole and continues (seed ${seed})`, async () => {
      const machine = new StoreMachine(seed, {
        clock: { startMs: MIDNIGHT + 12 * 3_600_000 },
        disk: { maxLatencyMs: 8 },
      });
      const { random } = machine.platform;
      const expiry = expiryOptions({
        fileReservedTime: 0,
        deleteWhen: '12',
        deleteFileBatchMax: 4,
        deleteConsumeQueueFilesInterval: 20,
      });
      const placed: Placed = new Map();
      const settings = { expiry, flushDiskType: 'SYNC_FLUSH', flushConsumeQueueThoroughInterval: 3000 } as const;
      let store = await machine.start(settings);
      await machine.clock.run(putMany(store, placed, 320));
      await machine.clock.advance(60_000 - machine.clock.monotonicMs());
      // The first round takes some hundred milliseconds, the one ten seconds later as well.
      await machine.clock.advance(random.below(2) * 10_000 + random.below(900));
      const before = store.facts.minOffset;
      machine[end]();
      store = await machine.start(settings);
      assert.equal(store.recovery?.damaged, 0);
      assert.ok(store.facts.minOffset >= before || end === 'losePower');
      await machine.clock.run(checkStore(store, placed));
      await machine.clock.run(putMany(store, placed, 40));
      await machine.clock.advance(75_000);
      // Nothing is removed while it is checked.
      expiry.deleteWhen = '20';
      await machine.clock.advance(5000);
      assert.ok(store.facts.minOffset > 0);
      await machine.clock.run(checkStore(store, placed));
      await machine.clock.run(store.stop());
      store = await machine.start(settings);
      await machine.clock.run(checkStore(store, placed));
      await machine.clock.run(store.stop());
    });
  }
}
