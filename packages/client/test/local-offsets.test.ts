import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '@rocketmq-ts/kernel';
import { simulatedPlatform } from '@rocketmq-ts/testkit';
import { formatOffsets, LocalOffsets } from '../src/offset/local-offsets.ts';

const place = { directory: '/home/u/.rocketmq_offsets', clientId: '10.0.0.1@DEFAULT', group: 'g' };
const path = '/home/u/.rocketmq_offsets/10.0.0.1@DEFAULT/g/offsets.json';
const queue = (queueId: number) => ({ topic: 'TopicTest', brokerName: 'broker-a', queueId });

// What OffsetSerializeWrapper.toJson(true) of 5.4.0 printed for these two entries.
const apacheText = `{
	"offsetTable":{
		{
			"brokerName":"broker-a",
			"queueId":3,
			"topic":"TopicTest"
		}:12,
		{
			"brokerName":"broker-a",
			"queueId":1,
			"topic":"TopicTest"
		}:7
	}
}`;

function store(disk = simulatedPlatform(5).disk) {
  return { disk, offsets: new LocalOffsets(disk, silentLogger, place) };
}

test('the file is written as Apache’s client writes it', () => {
  assert.equal(
    formatOffsets([
      [queue(3), 12],
      [queue(1), 7],
    ]),
    apacheText,
  );
});

test('what was written is read by the next run, from the file or from its backup', async () => {
  const { disk, offsets } = store();
  offsets.load();
  offsets.update(queue(1), 5, true);
  await offsets.persistAll([queue(1)]);
  offsets.update(queue(1), 9, true);
  await offsets.persistAll([queue(1)]);
  const next = store(disk).offsets;
  next.load();
  assert.equal(next.inMemory(queue(1)), 9);
  disk.open(path, 'write').truncate(0);
  const last = store(disk).offsets;
  last.load();
  assert.equal(last.inMemory(queue(1)), 9);
  assert.equal(disk.readFile(path)!.toString(), disk.readFile(`${path}.bak`)!.toString());
});

test('queues of other members stay in the file', async () => {
  const { disk, offsets } = store();
  offsets.update(queue(1), 5, false);
  offsets.update(queue(2), 6, false);
  await offsets.persistAll([queue(1), queue(2)]);
  const next = store(disk).offsets;
  next.update(queue(3), 7, false);
  await next.persistAll([queue(3)]);
  const last = store(disk).offsets;
  assert.deepEqual(await Promise.all([1, 2, 3, 4].map((id) => last.stored(queue(id)))), [5, 6, 7, undefined]);
});

test('a broken file is replaced by its backup; with both broken the start fails and names the file', () => {
  const { disk, offsets } = store();
  const write = (name: string, text: string): void => {
    disk.makeDirectory(path.slice(0, path.lastIndexOf('/')));
    const file = disk.open(name, 'create');
    file.writeSync(Buffer.from(text), 0, text.length, 0);
    file.close();
  };
  write(path, '{"offsetTable":{');
  write(`${path}.bak`, apacheText);
  offsets.load();
  assert.equal(offsets.inMemory(queue(3)), 12);
  for (const name of [path, `${path}.bak`]) {
    disk.remove(name);
    write(name, 'x');
  }
  assert.throws(
    () => store(disk).offsets.load(),
    (error: Error) => error.message.includes(path),
  );
});

test('the power may go at any call of a write: offsets are found, and no older than the write before', async () => {
  for (let call = 1, died = true; died; call++) {
    const { disk, offsets } = store(simulatedPlatform(call).disk);
    offsets.update(queue(1), 5, true);
    await offsets.persistAll([queue(1)]);
    died = false;
    disk.dieAt(call, () => {
      died = true;
      disk.crash();
    });
    offsets.update(queue(1), 9, true);
    await offsets.persistAll([queue(1)]);
    disk.revive();
    const next = store(disk).offsets;
    next.load();
    assert.ok([5, 9].includes(next.inMemory(queue(1))!), `call ${call}`);
    if (!died) assert.equal(next.inMemory(queue(1)), 9);
  }
});

test('a file of another kind gives way to its backup', async () => {
  const { disk, offsets } = store();
  offsets.update(queue(1), 5, true);
  await offsets.persistAll([queue(1)]);
  const file = disk.open(path, 'write');
  file.truncate(0);
  file.writeSync(Buffer.from('{"topicConfigTable":{}}'), 0, 23, 0);
  file.close();
  const next = store(disk).offsets;
  next.load();
  assert.equal(next.inMemory(queue(1)), 5);
});

test('a frozen offset takes no late result', () => {
  const { offsets } = store();
  offsets.update(queue(0), 5, true);
  offsets.update(queue(0), 3, true);
  assert.equal(offsets.inMemory(queue(0)), 5);
  offsets.update(queue(0), 3, false);
  assert.equal(offsets.inMemory(queue(0)), 3);
  offsets.updateAndFreeze(queue(0), 1);
  offsets.update(queue(0), 9, true);
  assert.equal(offsets.inMemory(queue(0)), 1);
});
