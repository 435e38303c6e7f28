import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MessageView, RecordOffset } from '@rocketmq-ts/protocol';
import { RECORD_KINDS } from './record-kinds.ts';
import { putAndWait, readAll } from './store-calls.ts';
import { StoreMachine } from './store-machine.ts';

const FIRST_FILE = 'commitlog/00000000000000000000';
const PAGE_BYTES = 4096;
/** The lowest, one in the middle, the highest. */
const BITS = [0x01, 0x10, 0x80];

interface Scene {
  readonly machine: StoreMachine;
  readonly content: Buffer;
  /** Of all queues, in the order of the log. */
  readonly messages: readonly MessageView[];
}

async function all(store: Awaited<ReturnType<StoreMachine['start']>>): Promise<MessageView[]> {
  const found = [];
  for (const queue of store.parts.queues.all()) found.push(...(await readAll(store, queue.topic, queue.queueId)));
  return found.sort((a, b) => a.physicalOffset - b.physicalOffset);
}

/** Three records, the one that will be hit, three more: all of them in the same queue. */
async function scene(add: (store: Awaited<ReturnType<StoreMachine['start']>>) => void): Promise<Scene> {
  const machine = new StoreMachine();
  const store = await machine.start();
  for (let i = 0; i < 3; i++) await putAndWait(store, { body: `before ${i}`, tags: 'T' });
  for (let i = 0; i < 3; i++) add(store);
  await machine.clock.advance(1);
  for (let i = 0; i < 3; i++) await putAndWait(store, { body: `after ${i}`, tags: 'T' });
  const messages = await all(store);
  machine.killProcess();
  return { machine, content: machine.read(FIRST_FILE), messages };
}

/** Where a message is, and its content. */
const place = ({ topic, queueId, queueOffset, physicalOffset, body }: MessageView): string =>
  `${topic.slice(0, 5)}/${queueId}/${queueOffset} at ${physicalOffset}: ${body.toString()}`;

for (const [kind, add] of Object.entries(RECORD_KINDS)) {
  test(`a flipped bit at any byte of a record ${kind} costs no other record, and a loss is logged once with its place`, async () => {
    const { machine, content, messages } = await scene(add);
    const hit = messages[4]!;
    const size = content.readInt32BE(hit.physicalOffset);
    const others = messages.filter((message) => message !== hit).map(place);
    for (let at = 0; at < size; at++) {
      const flipped = Buffer.from(content);
      flipped[hit.physicalOffset + at]! ^= BITS[at % BITS.length]!;
      machine.write(FIRST_FILE, 0, flipped);
      machine.logLines.length = 0;
      const store = await machine.start();
      const found = await all(store);
      const where = `byte ${at} of ${size}`;
      assert.deepEqual(
        found.filter(({ physicalOffset }) => physicalOffset !== hit.physicalOffset).map(place),
        others,
        where,
      );
      const kept = found.find(({ physicalOffset }) => physicalOffset === hit.physicalOffset);
      const reports = machine.logLines.filter(({ level }) => level === 'error');
      const inPlace =
        kept !== undefined &&
        kept.queueOffset === hit.queueOffset &&
        kept.topic === hit.topic &&
        kept.queueId === hit.queueId;
      assert.equal(reports.length, inPlace ? 0 : 1, `${where}: ${JSON.stringify(reports)}`);
      if (inPlace) assert.equal(kept.body.toString(), hit.body.toString(), where);
      else {
        const { file, position } = reports[0]!.fields;
        assert.deepEqual([file, position], [`/store/${FIRST_FILE}`, hit.physicalOffset], where);
      }
      // Whatever the body, the sizes and the places in log and queue are: these a flip can not hide in.
      const body = content.subarray(hit.physicalOffset, hit.physicalOffset + size).indexOf(hit.body);
      const covered =
        at < RecordOffset.flag ||
        (at >= RecordOffset.queueOffset && at < RecordOffset.sysFlag) ||
        (hit.body.length > 0 && at >= body && at < body + hit.body.length);
      if (covered && !(hit.body.length === 0 && at >= RecordOffset.bodyCrc && at < RecordOffset.bodyCrc + 4))
        assert.equal(inPlace, false, where);
      machine.killProcess();
    }
  });
}

test('a zeroed page costs the records that it touches and no other, whichever page it is, and is logged once', async () => {
  const machine = new StoreMachine();
  let store = await machine.start();
  for (let i = 0; i < 300; i++) await putAndWait(store, { body: `${i}`.padEnd(i % 50 === 7 ? 9000 : 200, '.') });
  const messages = await readAll(store);
  const end = store.facts.appendOffset;
  await machine.clock.run(store.stop());
  const names = machine.names('commitlog');
  assert.equal(names.length, 3);
  const contents = new Map(names.map((name) => [name, machine.read(`commitlog/${name}`)]));
  const checkpoint = machine.read('checkpoint');
  for (let page = 0; page < end; page += PAGE_BYTES) {
    for (const [name, content] of contents) machine.write(`commitlog/${name}`, 0, content);
    for (const name of machine.names('commitlog'))
      if (!contents.has(name)) machine.disk.remove(`/store/commitlog/${name}`);
    machine.write('checkpoint', 0, checkpoint);
    const name = names[Math.floor(page / 65536)]!;
    machine.write(`commitlog/${name}`, page % 65536, Buffer.alloc(PAGE_BYTES));
    machine.disk.remove('/store/consumequeue');
    machine.logLines.length = 0;
    store = await machine.start();
    const ends = messages.map(({ physicalOffset }, i) => messages[i + 1]?.physicalOffset ?? physicalOffset + 1);
    const lost = messages.filter((m, i) => m.physicalOffset < page + PAGE_BYTES && ends[i]! > page);
    const isTail = lost.at(-1) === messages.at(-1);
    const kept = messages.filter((message) => !lost.includes(message));
    assert.deepEqual((await readAll(store)).map(place), kept.map(place), `page at ${page}`);
    const reports = machine.logLines.filter(({ level }) => level === 'error');
    assert.ok(reports.length === 1 || (isTail && reports.length === 0), `page at ${page}: ${JSON.stringify(reports)}`);
    machine.killProcess();
  }
});
