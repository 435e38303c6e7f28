import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '@rocketmq-ts/kernel';
import { PropertyTable } from '@rocketmq-ts/protocol';
import type { RecordInput } from '@rocketmq-ts/store';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { DueTimes } from '../src/delay/due-times.ts';
import { Escape, type EscapeParts } from '../src/escape/escape.ts';
import { SafeProgress } from '../src/safe-progress.ts';

const { clock } = new SimulatedEnvironment(1, {});

test('a delay level that begins anew does not shorten the delays of messages by what was saved before', () => {
  const times = new DueTimes(clock, 10_000);
  times.begin(100, { upTo: 100, waitMs: 0 });
  times.begin(100, undefined);
  assert.equal(
    times.waitMs(50, clock.now() + 5000, () => -1),
    5000,
  );
});

test('progress that was not safe when a duty ended does not become that of the next one', () => {
  const facts = { writtenOffset: 700, flushedOffset: 300 };
  const store = { facts, flushSoon: () => {} } as unknown as ConstructorParameters<typeof SafeProgress>[1];
  const progress = new SafeProgress(clock, store);
  progress.begin([1]);
  progress.want([9]);
  progress.begin([4]);
  facts.flushedOffset = 700;
  assert.equal(progress.settle(), false);
  assert.deepEqual(progress.offsets, [4]);
});

test('messages on their way to another master hold so many bytes at the most', () => {
  const parts = {
    ...{ clock, logger: silentLogger, config: { enableSlaveActingMaster: true, enableRemoteEscape: true } },
    identity: { clusterName: 'c', brokerName: 'a' },
    role: { brokerId: 1, isSlave: true, actsAsMaster: true },
    nameServerList: { addresses: ['n:9876'] },
    client: { request: () => new Promise(() => {}) },
  } as unknown as EscapeParts;
  const elsewhere = new Escape(parts);
  const body = Buffer.alloc(4 * 1024 * 1024);
  const input = { topic: 'T', queueId: 0, flag: 0, sysFlag: 0, body } as unknown as RecordInput;
  const put = () => elsewhere.put(input, new PropertyTable().read(''), { delayLevel: 0 }, { stored: () => {} });
  const taken = Array.from({ length: 20 }, put).filter((status) => status === 'PUT_OK');
  assert.equal(taken.length, 16);
});
