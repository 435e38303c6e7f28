import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Producer } from '@rocketmq-ts/client';
import { type Make, ours, startNamesrv } from '../support/cluster.ts';
import {
  epochsOf,
  type GroupPlace,
  groupAt,
  registeredMaster,
  startController,
  startMember,
  until,
} from '../support/controller.ts';
import { hashes, hashOf } from '../support/deliveries.ts';
import { unlessJava } from '../support/needs.ts';
import { typescriptConsume } from '../support/typescript-clients.ts';

const TEST_MS = 180_000;
const TOPIC = 'Failover';
/** The promise: so long after the death of a master another one takes messages. */
const FAILOVER_MS = 10_000;

/** Sends all the time, one after the other; keeps what was acknowledged, and when. */
class Load {
  readonly acknowledged: string[] = [];
  readonly #producer: Producer;
  #lastMs = Date.now();
  #longestGapMs = 0;
  #isStopped = false;
  #done: Promise<void> | undefined;

  constructor(namesrvAddr: string) {
    this.#producer = new Producer({
      ...{ namesrvAddr, producerGroup: 'load', sendTimeoutMs: 1000, retryTimesWhenSendFailed: 0 },
      pollNameServerIntervalMs: 500,
    });
  }

  async start(): Promise<void> {
    await this.#producer.start();
    this.#lastMs = Date.now();
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#done;
    await this.#producer.stop();
  }

  /** Longest time without an acknowledgement since the last call. */
  takeGapMs(): number {
    const gap = Math.max(this.#longestGapMs, Date.now() - this.#lastMs);
    this.#longestGapMs = 0;
    return gap;
  }

  async #run(): Promise<void> {
    for (let i = 0; !this.#isStopped; i++) {
      const body = `m${i}`;
      try {
        const { sendStatus } = await this.#producer.send({ topic: TOPIC, body });
        if (sendStatus === 'SEND_OK') {
          this.#longestGapMs = Math.max(this.#longestGapMs, Date.now() - this.#lastMs);
          this.#lastMs = Date.now();
          this.acknowledged.push(hashOf(Buffer.from(body)));
        }
        await pause(2);
      } catch {
        await pause(50);
      }
    }
  }
}

function logOf(place: GroupPlace, name: string, bytes: number): Buffer {
  const folder = join(place.home, name, 'store', 'commitlog');
  return Buffer.concat(
    readdirSync(folder)
      .sort()
      .map((file) => readFileSync(join(folder, file))),
  ).subarray(0, bytes);
}

suite("a group of Apache's broker and ours under Apache's controller", { skip: unlessJava() }, () => {
  test('each takes over from the other under load, and follows it afterwards; nothing acknowledged is lost', {
    timeout: TEST_MS,
  }, async () => {
    const home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-compat-'));
    const [namesrv, controller] = await Promise.all([startNamesrv(ours, join(home, 'namesrv')), startController(home)]);
    const place: GroupPlace = { home, namesrv: namesrv.address, controller: controller.address };
    const makes: Record<string, Make> = { n0: ours, n1: 'apache' };
    const start = (name: string) => startMember(place, name, makes[name]!);
    const members = { n0: await start('n0'), n1: await start('n1') };
    const load = new Load(namesrv.address);
    try {
      await until(
        () => groupAt(controller.address),
        ({ inSync }) => inSync.length === 2,
        20_000,
      );
      assert.equal((await groupAt(controller.address)).master, members.n0.address);
      await load.start();
      await pause(1500);
      // Twice, so that either make is master and slave of the other one.
      for (const [dies, survives] of [
        ['n0', 'n1'],
        ['n1', 'n0'],
      ] as const) {
        load.takeGapMs();
        await members[dies].kill();
        await until(
          () => registeredMaster(namesrv.address),
          (address) => address === members[survives].address,
          FAILOVER_MS,
        );
        await pause(1500);
        assert.ok(load.takeGapMs() < FAILOVER_MS);
        members[dies] = await start(dies);
        await until(
          () => groupAt(controller.address),
          ({ inSync }) => inSync.length === 2,
          20_000,
        );
        await pause(500);
      }
      await load.stop();
      const [one, other] = await until(
        () => Promise.all([epochsOf(members.n0.address), epochsOf(members.n1.address)]),
        ([a, b]) => a.maxOffset === b.maxOffset,
        10_000,
      );
      assert.deepEqual(one.epochs, other.epochs);
      assert.equal(one.epochs.length, 3);
      assert.ok(logOf(place, 'n0', one.maxOffset).equals(logOf(place, 'n1', one.maxOffset)), 'the logs differ');
      const cluster = { namesrv: namesrv.address, broker: members.n0.address, home, stop: async () => {} };
      const count = load.acknowledged.length;
      const deliveries = await typescriptConsume(cluster, { topic: TOPIC, group: 'reader', count });
      const found = new Set(hashes(deliveries));
      assert.deepEqual(
        load.acknowledged.filter((hash) => !found.has(hash)),
        [],
      );
    } finally {
      await load.stop().catch(() => undefined);
      await Promise.all([members.n0.kill(), members.n1.kill(), controller.kill(), namesrv.kill()]);
      rmSync(home, { recursive: true, force: true });
    }
  });
});
