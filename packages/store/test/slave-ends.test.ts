import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FILE_BYTES, logOf, masterOf, settings, unitsOf } from './master-store.ts';
import { put } from './store-calls.ts';
import { StoreMachine } from './store-machine.ts';

/** Where records begin, the blank ones at the ends of files too, and the end. */
function boundaries(log: Buffer): number[] {
  const found: number[] = [];
  for (let at = 0; at < log.length; at += log.readInt32BE(at)) found.push(at);
  return [...found, log.length];
}

/** Offsets that are different kinds of ends: in a file, at its blank record, behind it. */
function ends(log: Buffer): number[] {
  const all = boundaries(log);
  const atBlank = all.filter(
    (offset) => offset % FILE_BYTES !== 0 && all.includes(offset - (offset % FILE_BYTES) + FILE_BYTES),
  );
  const blank = atBlank.filter((offset) => log.readInt32BE(offset) === FILE_BYTES - (offset % FILE_BYTES));
  return [all[3]!, blank[0]!, FILE_BYTES, blank[1]!, 2 * FILE_BYTES, all.at(-1)!];
}

// Apache's slave writes bytes as they come: its log may end anywhere.
test('a slave whose log ends in a part of a record ends at the record before, and takes its master’s bytes from there', async () => {
  const { log } = await masterOf(11);
  for (const end of boundaries(log).slice(20, 26)) {
    for (const extra of [1, 4, 7, 60]) {
      const machine = new StoreMachine(end + extra);
      let slave = await machine.start(settings);
      slave.appendRaw(0, log.subarray(0, end));
      await machine.clock.advance(2000);
      machine.killProcess();
      const file = end - (end % FILE_BYTES);
      if (!machine.names('commitlog').includes(String(file).padStart(20, '0'))) continue;
      const rest = log.subarray(end, Math.min(end + extra, file + FILE_BYTES));
      machine.write(`commitlog/${String(file).padStart(20, '0')}`, end - file, rest);
      slave = await machine.start(settings);
      assert.equal(slave.facts.appendOffset, end);
      assert.equal(slave.appendRaw(end, log.subarray(end)), 'PUT_OK');
      await machine.clock.advance(2000);
      assert.ok(logOf(machine, slave).equals(log));
    }
  }
});

for (const how of ['stop', 'kill'] as const) {
  test(`a slave that becomes a master (${how}) continues log and queues exactly, wherever its log ends`, async () => {
    const { log } = await masterOf(12);
    for (const end of ends(log)) {
      const machine = new StoreMachine(end);
      let store = await machine.start(settings);
      store.appendRaw(0, log.subarray(0, end));
      await machine.clock.advance(2000);
      if (how === 'stop') await machine.clock.run(store.stop());
      else machine.killProcess();
      store = await machine.start(settings);
      const next = new Map<string, number>();
      for (const topic of store.topics())
        for (const { queueId, maxOffset } of store.queuesOf(topic)) next.set(`${topic} ${queueId}`, maxOffset);
      assert.equal(store.facts.appendOffset, end);
      for (const topic of ['A', 'B', 'new']) {
        for (const queueId of [0, 1, 2]) {
          const { queueOffset } = put(store, { topic, queueId });
          assert.equal(queueOffset, next.get(`${topic} ${queueId}`) ?? 0, `${topic} ${queueId} at ${end}`);
        }
      }
      await machine.clock.advance(2000);
      const whole = logOf(machine, store);
      assert.ok(whole.subarray(0, end).equals(log.subarray(0, end)));
      const other = new StoreMachine(1);
      const slave = await other.start(settings);
      assert.equal(slave.appendRaw(0, whole), 'PUT_OK');
      await other.clock.advance(2000);
      assert.deepEqual(unitsOf(slave), unitsOf(store));
    }
  });
}
