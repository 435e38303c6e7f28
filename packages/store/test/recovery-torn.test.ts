import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LocalStore } from '../src/door/local-store.ts';
import { RECORD_KINDS } from './record-kinds.ts';
import { put, putAndWait, readAll } from './store-calls.ts';
import { StoreMachine } from './store-machine.ts';

const FILE_BYTES = 64 * 1024;
const FIRST_FILE = 'commitlog/00000000000000000000';
const SECOND_FILE = 'commitlog/00000000000000065536';

/** Everything of every queue, by place in the log. */
async function everything(store: LocalStore): Promise<{ physicalOffset: number; queueOffset: number; body: string }[]> {
  const found = [];
  for (const queue of store.parts.queues.all()) {
    for (const { physicalOffset, queueOffset, body } of await readAll(store, queue.topic, queue.queueId)) {
      found.push({ physicalOffset, queueOffset, body: body.toString() });
    }
  }
  return found.sort((a, b) => a.physicalOffset - b.physicalOffset);
}

/** What a crash may leave of a file from a byte on: nothing yet, or not even the length. */
const TEARS = {
  zeros: (machine: StoreMachine, path: string, from: number, content: Buffer): void =>
    machine.write(path, 0, Buffer.concat([content.subarray(0, from), Buffer.alloc(content.length - from)])),
  'the end of the file': (machine: StoreMachine, path: string, from: number, content: Buffer): void => {
    machine.truncate(path, content.length);
    machine.write(path, 0, content);
    machine.truncate(path, from);
  },
} as const;

for (const [kind, add] of Object.entries(RECORD_KINDS)) {
  for (const [behind, tear] of Object.entries(TEARS)) {
    test(`a last record ${kind} is cut off cleanly, whatever byte ${behind} begins at`, async () => {
      const machine = new StoreMachine();
      let store = await machine.start();
      for (let i = 0; i < 2; i++) await putAndWait(store, { body: `before ${i}` });
      add(store);
      await machine.clock.advance(1);
      const before = await everything(store);
      const last = before.pop()!;
      machine.killProcess();
      const content = machine.read(FIRST_FILE);
      const size = content.readInt32BE(last.physicalOffset);
      const end = last.physicalOffset + size;
      for (let kept = 0; kept < size; kept++) {
        // Zeros at the end of a record lose nothing when they are not written.
        if (content.subarray(last.physicalOffset + kept, end).every((byte) => byte === 0)) break;
        tear(machine, FIRST_FILE, last.physicalOffset + kept, content);
        store = await machine.start();
        assert.deepEqual(await everything(store), before, `${kept} bytes`);
        assert.equal(store.facts.appendOffset, last.physicalOffset);
        // What is put behind the cut is found like anything else, and no trace of the torn record is left.
        if (kept % 8 === 7) {
          const next = await putAndWait(store, { topic: 'next', body: 'next' });
          assert.deepEqual([next.queueOffset, next.physicalOffset], [0, last.physicalOffset], `${kept} bytes`);
          machine.killProcess();
          store = await machine.start();
          assert.deepEqual((await everything(store)).at(-1)?.body, 'next');
          assert.equal(store.recovery?.damaged, 0);
          store.removeTopic('next');
        }
        machine.killProcess();
      }
    });
  }
}

/** A first file that is full up to its blank record, whose size is given, and a killed store. */
async function fullFile(
  blankBytes: number,
  inNextFile: number,
): Promise<{ machine: StoreMachine; bodies: string[]; blank: number }> {
  const machine = new StoreMachine();
  const store = await machine.start();
  const filler = (size: number): Buffer => Buffer.alloc(size, 'f');
  const overhead = 88 + 3 + 1;
  while (store.facts.appendOffset < FILE_BYTES - 25_000) put(store, { body: filler(10_000) });
  const last = FILE_BYTES - blankBytes - store.facts.appendOffset - overhead;
  put(store, { body: filler(last) });
  assert.equal(store.facts.appendOffset, FILE_BYTES - blankBytes);
  for (let i = 0; i < inNextFile; i++) put(store, { body: filler(500 + i) });
  await machine.clock.advance(1);
  const found = await everything(store);
  // All of it is flushed, also by the checkpoint.
  await machine.clock.advance(15_000);
  machine.killProcess();
  return { machine, bodies: found.map(({ body }) => body), blank: FILE_BYTES - blankBytes };
}

test('a last record before a blank record is cut off at whatever byte it is torn, when the blank one is lost too', async () => {
  const { machine, bodies, blank } = await fullFile(20, 0);
  const content = machine.read(FIRST_FILE);
  const kept = bodies.slice(0, -1);
  const last = blank - (bodies.at(-1)!.length + 92);
  const places = Array.from({ length: 92 }, (_, i) => i).concat([500, 1000, 4095], blank - last - 3);
  for (const at of places) {
    machine.write(FIRST_FILE, 0, content);
    machine.write(FIRST_FILE, last + at, Buffer.alloc(FILE_BYTES - last - at));
    const store = await machine.start();
    assert.deepEqual(
      (await everything(store)).map(({ body }) => body),
      kept,
      `${at} bytes`,
    );
    assert.equal(store.facts.appendOffset, last);
    machine.killProcess();
  }
});

for (const blankBytes of [8, 9, 20, 91, 92, 400]) {
  test(`a blank record of ${blankBytes} bytes may be torn at any byte: the files before and behind it are read`, async () => {
    for (const inNextFile of [0, 2]) {
      const { machine, bodies, blank } = await fullFile(blankBytes, inNextFile);
      const content = machine.read(FIRST_FILE);
      for (let kept = 0; kept < 8; kept++) {
        machine.write(FIRST_FILE, 0, content);
        machine.write(FIRST_FILE, blank + kept, Buffer.alloc(8 - kept));
        const store = await machine.start();
        assert.deepEqual(
          (await everything(store)).map(({ body }) => body),
          bodies,
          `${kept} of 8 bytes, ${inNextFile} behind`,
        );
        const next = await putAndWait(store, { topic: 'next', body: Buffer.alloc(1000) });
        assert.equal(next.physicalOffset >= FILE_BYTES, true);
        machine.killProcess();
        assert.equal((await everything(await machine.start())).length, bodies.length + 1);
        machine.killProcess();
        machine.write(FIRST_FILE, 0, content);
        const second = machine.read(SECOND_FILE);
        const keep = inNextFile === 0 ? 0 : next.physicalOffset - FILE_BYTES;
        machine.write(SECOND_FILE, keep, Buffer.alloc(second.length - keep));
      }
    }
  });
}
