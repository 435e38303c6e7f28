import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageExt } from '@rocketmq-ts/client';
import { cluster, environment, put, started, useConsumers } from './consumer-stage.ts';

useConsumers();

test('broadcasting: every member gets everything, keeps offsets in its own file and continues there', async () => {
  put(4);
  const options = { model: 'BROADCASTING', localOffsetDirectory: '/offsets', clientIp: '10.9.9.9' } as const;
  const got: MessageExt[] = [];
  const other: MessageExt[] = [];
  const consumer = await started((message) => void got.push(message), options, '*', 'one');
  await started((message) => void other.push(message), options, '*', 'two').catch((error: unknown) => error);
  await environment.clock.advance(1000);
  assert.equal(got.length, 4);
  assert.equal(cluster.offsets.size, 0);
  await environment.clock.run(consumer.stop());
  const text = environment.machine('one').disk.readFile('/offsets/10.9.9.9@DEFAULT/billing/offsets.json')!.toString();
  assert.match(
    text,
    /\{\n\t"offsetTable":\{\n\t\t\{\n\t\t\t"brokerName":"broker-a",\n\t\t\t"queueId":\d,\n\t\t\t"topic":"TopicTest"\n\t\t\}:1/,
  );
  put(4);
  const again: MessageExt[] = [];
  await started((message) => void again.push(message), options, '*', 'one');
  await environment.clock.advance(1000);
  assert.equal(again.length, 4);
  assert.ok(again.every((message) => message.queueOffset === 1));
  assert.equal(other.length, 8);
});

test('broadcasting: offsets ahead of what the broker has left are set back, durably', async () => {
  put(4);
  const options = { model: 'BROADCASTING', localOffsetDirectory: '/offsets', clientIp: '10.9.9.9' } as const;
  const path = '/offsets/10.9.9.9@DEFAULT/billing/offsets.json';
  const consumer = await started(() => {}, options, '*', 'one');
  await environment.clock.advance(1000);
  await environment.clock.run(consumer.stop());
  const { disk } = environment.machine('one');
  const ahead = Buffer.from(disk.readFile(path)!.toString().replace(/\}:1/g, '}:7'));
  const file = disk.open(path, 'write');
  file.writeSync(ahead, 0, ahead.length, 0);
  file.close();
  const got: MessageExt[] = [];
  await started((message) => void got.push(message), options, '*', 'one');
  await environment.clock.advance(1000);
  assert.doesNotMatch(disk.readFile(path)!.toString(), /\}:7/);
  put(40);
  await environment.clock.advance(1000);
  assert.equal(got.length, 40);
});

test('broadcasting: a failure is not tried again', async () => {
  put(1);
  let calls = 0;
  await started(
    () => {
      calls++;
      throw new Error('no');
    },
    { model: 'BROADCASTING', localOffsetDirectory: '/offsets' },
  );
  await environment.clock.advance(30_000);
  assert.equal(calls, 1);
  assert.equal(cluster.givenBack.length, 0);
});
