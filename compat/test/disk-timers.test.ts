import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Producer } from '@rocketmq-ts/client';
import { startApacheBroker } from '@rocketmq-ts/testkit/java';
import { type OurServer, runOurCommand, startOurBroker, startOurNamesrv } from '@rocketmq-ts/testkit/processes';
import { type Make, ours } from '../support/cluster.ts';
import { unlessJava } from '../support/needs.ts';
import { viewStore } from '../support/store-view.ts';

const TEST_MS = 180_000;
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
  const root = mkdtempSync(join(tmpdir(), 'rocketmq-ts-timers-'));
  const store = join(root, 'store');
  const due = new Map<string, number>();
  const recalled = new Set<string>();
  let namesrv: OurServer;
  let broker: OurServer | undefined;

  before(async () => {
    namesrv = await startOurNamesrv({ home: join(root, 'namesrv') });
  });
  after(async () => {
    await broker?.kill();
    await namesrv?.kill();
    rmSync(root, { recursive: true, force: true });
  });

  async function open(make: Make): Promise<void> {
    const options = { home: join(root, make), namesrv: namesrv.address, storeDirectory: store, properties };
    broker = make === ours ? await startOurBroker(options) : await startApacheBroker(options);
  }

  /** Of each three messages one is recalled; they are due from two seconds on, half a second apart. */
  async function send(name: string, count: number): Promise<void> {
    const producer = new Producer({ namesrvAddr: namesrv.address, producerGroup: 'disk_timers' });
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
    const { queues } = await viewStore(broker!.address, [TOPIC]);
    return Object.values(queues).flatMap((queue) => queue.messages);
  }

  /** Waits, and then ends the broker at once. */
  async function killAfter(ms: number): Promise<void> {
    await pause(ms);
    await broker!.kill();
    broker = undefined;
    const { code, output } = await runOurCommand('mqstore', ['verify', store], { home: join(root, 'mqstore') });
    assert.equal(code, 0, output);
  }

  test("accepted by Apache's, continued by ours, by Apache's again, and by ours to the end", {
    timeout: TEST_MS,
  }, async () => {
    await open('apache');
    await send('apache', 60);
    await killAfter(3000);
    await open(ours);
    await send('ours', 50);
    await killAfter(4000);
    const startsMs = Date.now();
    await open('apache');
    const startedMs = Date.now();
    await killAfter(4000);
    await open(ours);
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
