import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Producer } from '@rocketmq-ts/client';
import { ours } from '../support/cluster.ts';
import { unlessJava } from '../support/needs.ts';
import { sharedStore } from '../support/shared-store.ts';
import { viewStore } from '../support/store-view.ts';

const TEST_MS = 180_000;
const ROLLS_MS = 30_000;
const TOPIC = 'DiskTimers';

/** Small files of the timer log, and a window of six seconds: most messages are stored again on their way. */
const properties = {
  mappedFileSizeCommitLog: 1024 * 1024,
  mappedFileSizeTimerLog: 2048,
  timerRollWindowSlot: 6,
  recallMessageEnable: true,
};

/**
 * One folder through the hands of both, each killed: what one has accepted, stored again on its way or recalled, the other
 * delivers or leaves out.
 */
suite("timer messages in one store folder, Apache's broker and ours in turn", { skip: unlessJava() }, () => {
  const store = sharedStore('timers');
  const due = new Map<string, number>();
  const recalled = new Set<string>();

  /** Of each three messages one is recalled; they are due from two seconds on, half a second apart. */
  async function send(name: string, count: number): Promise<void> {
    const producer = new Producer({ namesrvAddr: store.namesrv, producerGroup: 'disk_timers' });
    await producer.start();
    try {
      const nowMs = Date.now();
      for (let i = 0; i < count; i++) {
        const body = `${name} ${i}`;
        const dueMs = nowMs + 2000 + i * 500;
        due.set(body, dueMs);
        const sent = await producer.send({ topic: TOPIC, body, deliverAt: dueMs });
        if (i % 3 !== 2 || i < 9) continue;
        await producer.recall(TOPIC, sent.recallHandle!);
        recalled.add(body);
      }
    } finally {
      await producer.stop();
    }
  }

  async function messages() {
    const { queues } = await viewStore(store.broker, [TOPIC]);
    return Object.values(queues).flatMap((queue) => queue.messages);
  }

  /**
   * Until two checkpoints in a row say the same end of the timer log. All that wait are stored again at one moment, every six
   * seconds; a kill in the middle of that doubles them.
   */
  async function betweenRolls(): Promise<void> {
    const giveUpAtMs = Date.now() + ROLLS_MS;
    let [savedAt, end, same] = [0n, -1n, 0];
    while (same < 2) {
      assert.ok(Date.now() < giveUpAtMs, `the timer log still grows after ${ROLLS_MS} ms`);
      await pause(50);
      const checkpoint = readFileSync(join(store.directory, 'config', 'timercheck'));
      const now = checkpoint.readBigInt64BE(0);
      if (now === savedAt) continue;
      same = checkpoint.readBigInt64BE(8) === end ? same + 1 : 0;
      [savedAt, end] = [now, checkpoint.readBigInt64BE(8)];
    }
  }

  /** Waits, and then ends the broker at once. */
  async function killAfter(ms: number): Promise<void> {
    await pause(ms);
    await betweenRolls();
    await store.close('kill');
    await store.verify();
  }

  test("accepted by Apache's, continued by ours, by Apache's again, and by ours to the end", {
    timeout: TEST_MS,
  }, async () => {
    await store.open('apache', { properties });
    await send('apache', 60);
    await killAfter(3000);
    await store.open(ours, { properties });
    await send('ours', 50);
    await killAfter(4000);
    const startsMs = Date.now();
    await store.open('apache', { properties });
    const startedMs = Date.now();
    await killAfter(4000);
    await store.open(ours, { properties });
    // After a kill Apache's broker delivers what became due meanwhile from the queue at once, past the recalls of its wheel.
    const isPastRecalls = (body: string): boolean =>
      due.get(body)! > startsMs - 1000 && due.get(body)! < startedMs + 1000;
    const expected = [...due.keys()].filter((body) => !recalled.has(body));
    const lastMs = Math.max(...due.values());
    for (;;) {
      const came = await messages();
      const bodies = new Set(came.map(({ body }) => body));
      const missing = expected.filter((body) => !bodies.has(body));
      if (missing.length === 0 && Date.now() > lastMs + 1000) {
        for (const body of recalled) assert.ok(!bodies.has(body) || isPastRecalls(body), `${body} was recalled`);
        for (const { body, storeTimestamp } of came)
          assert.ok(storeTimestamp >= due.get(body)!, `${body} came ${due.get(body)! - storeTimestamp} ms early`);
        const again = came.length - bodies.size;
        assert.ok(again < expected.length / 2, `${again} of ${expected.length} came more than once`);
        return;
      }
      assert.ok(Date.now() < lastMs + 20_000, `missing: ${missing}`);
      await pause(200);
    }
  });
});
