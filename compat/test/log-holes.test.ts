import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { nodePlatform, silentLogger } from '@rocketmq-ts/kernel';
import {
  type Command,
  decodeMessages,
  GET_MAX_OFFSET,
  GET_MIN_OFFSET,
  type MessageView,
  PULL_MESSAGE,
  ResponseCode,
  SEND_MESSAGE_V2,
} from '@rocketmq-ts/protocol';
import { createRemotingClient, type RemotingClient } from '@rocketmq-ts/remoting';
import { type Make, ours } from '../support/cluster.ts';
import { unlessJava } from '../support/needs.ts';
import { sharedStore } from '../support/shared-store.ts';

const TEST_MS = 180_000;
const TOPIC = 'LogHoles';
const PAGE_BYTES = 4096;
const TIMEOUT_MS = 20_000;
/** The first send makes the topic. */
const QUEUES = 4;

interface Kept {
  readonly body: string;
  readonly physicalOffset: number;
}

for (const flushDiskType of ['SYNC_FLUSH', 'ASYNC_FLUSH'] as const) {
  /**
   * A machine lost power while pages of the log were not on its disk, and good records lay behind them. Ours opens that, goes
   * on and stops; Apache's broker ends the log at the first thing that is no record, and must not find one.
   */
  suite(`a log that lost pages before good records, with ${flushDiskType}`, { skip: unlessJava() }, () => {
    const store = sharedStore('holes');
    const properties = { flushDiskType, mappedFileSizeCommitLog: 256 * 1024, mappedFileSizeConsumeQueue: 4000 };
    const client = createRemotingClient({ platform: nodePlatform, logger: silentLogger });
    let kept: Kept[] = [];

    before(() => client.start());
    after(() => client.stop());

    async function open(make: Make): Promise<string> {
      await store.open(make, { properties });
      return store.broker;
    }

    test('records are acknowledged, power is lost, and pages with it', { timeout: TEST_MS }, async () => {
      const address = await open(ours);
      await send(client, address, 'first', 350);
      const [first] = await readAll(client, address);
      assert.equal(first?.physicalOffset, 0);
      // What the checkpoint says of the flush, before the last records came.
      const checkpoint = join(store.directory, 'checkpoint');
      await until(() => flushedOffset(checkpoint) > 350 * 1000);
      const before = readFileSync(checkpoint);
      await send(client, address, 'last', 50);
      kept = await readAll(client, address);
      await store.close('kill');
      writeFileSync(checkpoint, before);
      // A page that was flushed long ago, in the second file, and one in front of the last records.
      for (const hit of [kept[300]!, kept[390]!]) zeroPage(join(store.directory, 'commitlog'), hit.physicalOffset);
    });

    test('ours opens it, takes 200 more messages, and stops', { timeout: TEST_MS }, async () => {
      const address = await open(ours);
      const left = await readAll(client, address);
      const lost = kept.length - left.length;
      assert.ok(
        lost > 10 && lost < 25,
        `${lost} are lost: behind the page that was never flushed nothing was promised`,
      );
      const isLost = (index: number): boolean =>
        !left.some(({ physicalOffset }) => physicalOffset === kept[index]!.physicalOffset);
      assert.deepEqual([299, 306, 388, 392, 399].map(isLost), [false, false, false, true, true]);
      await send(client, address, 'later', 200);
      kept = await readAll(client, address);
      assert.equal(kept.filter(({ body }) => body.startsWith('later')).length, 200);
      await store.close('stop');
      await store.verify();
    });

    test("Apache's broker finds every message, and writes on", { timeout: TEST_MS }, async () => {
      const address = await open('apache');
      assert.deepEqual(await readAll(client, address, kept.length), kept);
      await send(client, address, 'of Apache', 50);
      kept = await readAll(client, address, kept.length + 50);
      assert.equal(kept.filter(({ body }) => body.startsWith('of Apache')).length, 50);
      await store.close('stop');
      await store.verify();
    });

    test('ours finds them all again, is killed, and finds them once more', { timeout: TEST_MS }, async () => {
      for (const how of ['kill', 'stop'] as const) {
        assert.deepEqual(await readAll(client, await open(ours)), kept);
        await store.close(how);
      }
      await store.verify();
    });

    test("Apache's broker rebuilds all queues from that log", { timeout: TEST_MS }, async () => {
      rmSync(join(store.directory, 'consumequeue'), { recursive: true });
      rmSync(join(store.directory, 'index'), { recursive: true });
      const address = await open('apache');
      assert.equal((await readAll(client, address, kept.length)).length, kept.length);
      await store.close('kill');
    });
  });
}

/** Ours, in the checkpoint: how far the log is flushed. */
function flushedOffset(checkpoint: string): number {
  return existsSync(checkpoint) ? Number(readFileSync(checkpoint).readBigInt64BE(68)) : 0;
}

async function until(holds: () => boolean): Promise<void> {
  for (const giveUpAt = Date.now() + 30_000; !holds(); await pause(100)) assert.ok(Date.now() < giveUpAt);
}

function zeroPage(directory: string, offset: number): void {
  const names = readdirSync(directory).sort();
  const name = names.findLast((each) => Number(each) <= offset)!;
  const position = Math.ceil((offset - Number(name)) / PAGE_BYTES) * PAGE_BYTES;
  assert.ok(
    readFileSync(join(directory, name))
      .subarray(position, position + PAGE_BYTES)
      .some((byte) => byte !== 0),
  );
  const file = openSync(join(directory, name), 'r+');
  writeSync(file, Buffer.alloc(PAGE_BYTES), 0, PAGE_BYTES, position);
  closeSync(file);
}

async function send(client: RemotingClient, address: string, what: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const response = await client.request(
      address,
      SEND_MESSAGE_V2,
      {
        ...{
          producerGroup: 'holes',
          topic: TOPIC,
          defaultTopic: 'TBW102',
          defaultTopicQueueNums: QUEUES,
          queueId: i % QUEUES,
        },
        ...{ sysFlag: 0, bornTimestamp: Date.now(), flag: 0, reconsumeTimes: 0, unitMode: false, batch: false },
        properties: `UNIQ_KEY\u0001${what} ${i}\u0002`,
      },
      { timeoutMs: TIMEOUT_MS, body: Buffer.from(`${what} ${i} `.padEnd(1000, '.')) },
    );
    assert.equal(response.code, ResponseCode.SUCCESS, response.remark);
  }
}

/** What consumers get once they get that many: Apache's broker shows messages a moment after it has acknowledged them. */
async function readAll(client: RemotingClient, address: string, count = 0): Promise<Kept[]> {
  let found = await readOnce(client, address);
  for (const giveUpAt = Date.now() + 30_000; found.length < count && Date.now() < giveUpAt; await pause(100))
    found = await readOnce(client, address);
  return found;
}

/** Every message of the topic that a consumer gets, in the order of the log. */
async function readOnce(client: RemotingClient, address: string): Promise<Kept[]> {
  const found: MessageView[] = [];
  for (let queueId = 0; queueId < QUEUES; queueId++) {
    const end = await offsetOf(client, address, GET_MAX_OFFSET, queueId);
    for (let from = await offsetOf(client, address, GET_MIN_OFFSET, queueId); from < end; ) {
      const { code, remark, body, header } = await client.request(
        address,
        PULL_MESSAGE,
        {
          ...{ consumerGroup: 'holes_reader', topic: TOPIC, queueId, queueOffset: from, maxMsgNums: 32, sysFlag: 0x4 },
          ...{ commitOffset: 0, suspendTimeoutMillis: 0, subscription: '*', subVersion: 0, expressionType: 'TAG' },
        },
        { timeoutMs: TIMEOUT_MS },
      );
      if (code === ResponseCode.SUCCESS)
        found.push(...decodeMessages(Buffer.from(body), { verifyCrc: true, inflate: false }));
      // A queue offset that lost its record is passed: Apache's answers are then that there is nothing, or that the offset moved.
      const next = (header as { nextBeginOffset: number }).nextBeginOffset;
      assert.ok(next > from, `a pull of queue ${queueId} at ${from} does not advance: ${code} ${remark}`);
      from = next;
    }
  }
  return found
    .sort((a, b) => a.physicalOffset - b.physicalOffset)
    .map(({ body, physicalOffset }) => ({ body: body.toString(), physicalOffset }));
}

async function offsetOf(client: RemotingClient, address: string, command: Command, queueId: number): Promise<number> {
  const response = await client.request(address, command, { topic: TOPIC, queueId } as never, {
    timeoutMs: TIMEOUT_MS,
  });
  assert.equal(response.code, ResponseCode.SUCCESS, response.remark);
  return (response.header as { offset: number }).offset;
}
