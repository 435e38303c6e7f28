import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MessageView, RecordOffset } from '@rocketmq-ts/protocol';
import { expiryOptions, fillFiles, HOUR_MS, machineAtNoon } from './expiry-store.ts';
import { putAndWait, readAll } from './store-calls.ts';
import { ROOT } from './store-machine.ts';

const QUEUES = 2;
const BITS = [0x01, 0x04, 0x08, 0x80];

const place = ({ queueId, queueOffset, physicalOffset }: MessageView): string =>
  `${queueId}/${queueOffset} at ${physicalOffset}`;

async function all(store: Parameters<typeof readAll>[0]): Promise<MessageView[]> {
  const found: MessageView[] = [];
  for (let queueId = 0; queueId < QUEUES; queueId++) found.push(...(await readAll(store, 'T', queueId)));
  return found.sort((a, b) => a.physicalOffset - b.physicalOffset);
}

/** A folder after a clean stop whose first log files have expired, so that both queues begin with units of expired records; and a third one. */
async function expired() {
  const machine = machineAtNoon();
  const expiry = expiryOptions({ fileReservedTime: 1, deleteWhen: '' });
  const settings = { expiry };
  const store = await machine.start(settings);
  await fillFiles(machine, store, 2, { queues: QUEUES });
  machine.clock.jumpWallClock(2 * HOUR_MS);
  await fillFiles(machine, store, 1, { queues: QUEUES });
  store.cleanSoon();
  await machine.clock.advance(62_000);
  await putAndWait(store, { topic: 'X' });
  const minOffset = store.facts.minOffset;
  assert.ok(minOffset > 0);
  const messages = await all(store);
  assert.equal(messages[0]!.physicalOffset, minOffset);
  await machine.clock.run(store.stop());
  const file = `commitlog/${String(minOffset).padStart(20, '0')}`;
  return { machine, settings, messages, minOffset, file, content: machine.read(file) };
}

test('with queues in doubt after an expiry a flipped bit in the queue offset of the first record that is left costs no other record', async () => {
  for (let at = RecordOffset.queueOffset; at < RecordOffset.physicalOffset; at++) {
    for (const bit of at === RecordOffset.queueOffset + 7 ? BITS : BITS.slice(0, 1)) {
      const { machine, settings, messages, minOffset, file, content } = await expired();
      content[at]! ^= bit;
      machine.write(file, 0, content);
      machine.disk.remove(`${ROOT}/consumequeue/X`);
      const store = await machine.start(settings);
      assert.equal(store.facts.replayedFrom, minOffset, 'all queues are built again');
      const found = (await all(store)).filter(({ physicalOffset }) => physicalOffset !== minOffset);
      assert.deepEqual(found.map(place), messages.slice(1).map(place), `byte ${at}, bit ${bit}`);
    }
  }
});
