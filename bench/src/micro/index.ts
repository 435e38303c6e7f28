/**
 * What the index costs a message that has a unique key, a key and a tag: CPU microseconds of all threads for puts into a
 * store with and without it, at Apache's default sizes on a real disk, and the memory it takes. Run:
 * `sh bin/node-run bench/src/micro/index.ts`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tagCode } from '@rocketmq-ts/filter';
import { nodePlatform, silentLogger } from '@rocketmq-ts/kernel';
import { createMessageStore, type RecordInput, storeDefaults } from '@rocketmq-ts/store';
import { recordOf, smallStore } from '@rocketmq-ts/testkit';

const MESSAGES = 400_000;
const A_TURN = 200;
const ROUNDS = 3;
const BODY = Buffer.alloc(100, 97);
const HOST = Buffer.from('7f00000100002a9f', 'hex');
const TAGS = tagCode('TagA');

function input(i: number): RecordInput {
  const uniqueKey = `7F00000100002A9F0000${(i + 0x1000_0000).toString(16).toUpperCase().padStart(12, '0')}`;
  const keys = `order-${i}`;
  return recordOf({
    topic: 'BenchmarkTopic',
    queueId: i & 3,
    bornTimestamp: 1_760_000_000_000,
    bornHost: HOST,
    storeHost: HOST,
    body: BODY,
    properties: `UNIQ_KEY\u0001${uniqueKey}\u0002KEYS\u0001${keys}\u0002TAGS\u0001TagA\u0002`,
    tagsCode: TAGS,
    uniqueKey,
    keys,
    tags: 'TagA',
  });
}

async function round(withIndex: boolean): Promise<{ micros: number; rssMiB: number }> {
  const root = mkdtempSync(join(tmpdir(), 'index-bench-'));
  const store = createMessageStore({
    platform: nodePlatform,
    logger: silentLogger,
    ...smallStore,
    root,
    config: { ...storeDefaults, messageIndexEnable: withIndex },
    processId: process.pid,
  });
  await store.start();
  const rssBefore = process.memoryUsage.rss();
  const begin = process.cpuUsage();
  for (let i = 0; i < MESSAGES; ) {
    for (const end = i + A_TURN; i < end; i++) {
      if (store.put(input(i), undefined, true).status !== 'PUT_OK') throw new Error('a put was refused');
    }
    await new Promise<void>((resolve) => nodePlatform.clock.after(0, resolve));
  }
  const used = process.cpuUsage(begin);
  const rssMiB = (process.memoryUsage.rss() - rssBefore) / 1024 / 1024;
  await store.stop();
  rmSync(root, { recursive: true, force: true });
  return { micros: (used.user + used.system) / MESSAGES, rssMiB };
}

await round(true);
for (let i = 0; i < ROUNDS; i++) {
  for (const withIndex of [false, true]) {
    const { micros, rssMiB } = await round(withIndex);
    console.log(
      `${withIndex ? 'with' : 'without'} index`.padEnd(16),
      `${micros.toFixed(2)} µs a message, ${rssMiB.toFixed(0)} MiB more`,
    );
  }
}
