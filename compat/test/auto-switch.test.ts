import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { runApacheMqadmin } from '@rocketmq-ts/testkit/java';
import { runOurCommand } from '@rocketmq-ts/testkit/processes';
import { type Make, ours, startNamesrv } from '../support/cluster.ts';
import {
  epochsOf,
  GROUP,
  type GroupPlace,
  groupAt,
  logOf,
  registeredMaster,
  startController,
  startMember,
  until,
} from '../support/controller.ts';
import { unlessJava } from '../support/needs.ts';
import { everythingThere, SteadyLoad } from '../support/steady-load.ts';

const TEST_MS = 180_000;
const TOPIC = 'Failover';
/** The promise: so long after the death of a master another one takes messages. */
const FAILOVER_MS = 10_000;

/** Both logs are the same to the byte, and have the same epochs. */
async function sameLogs(place: GroupPlace, members: { readonly n0: Addressed; readonly n1: Addressed }): Promise<void> {
  const [one, other] = await until(
    () => Promise.all([epochsOf(members.n0.address), epochsOf(members.n1.address)]),
    ([a, b]) => a.maxOffset === b.maxOffset,
    10_000,
  );
  assert.deepEqual(one.epochs, other.epochs);
  assert.ok(one.epochs.length >= 2);
  assert.ok(logOf(place.home, 'n0', one.maxOffset).equals(logOf(place.home, 'n1', one.maxOffset)), 'the logs differ');
}

/** Times and speeds are those of the moment. */
const steady = (text: string): string => text.replace(/(Time\t|PerSecond|\(KB\/s\)\t).*/g, '$1…').trim();

/** Both tools, asked about both makes of brokers, print the same. */
async function printedAsByApache(place: GroupPlace, brokers: readonly Addressed[]): Promise<void> {
  const printed = async (...args: readonly string[]): Promise<string> => {
    const home = join(place.home, `mqadmin-${args.join('-').replaceAll(':', '-')}`);
    const [apache, our] = await Promise.all([
      runApacheMqadmin(args, { home }),
      runOurCommand('mqadmin', args, { home }),
    ]);
    assert.equal(steady(our.output), steady(apache.output));
    return our.output;
  };
  const [epochs, ...statuses] = await Promise.all([
    printed('getBrokerEpoch', '-n', place.namesrv, '-b', GROUP),
    ...brokers.map(({ address }) => printed('haStatus', '-b', address)),
  ]);
  assert.match(epochs, /#Epoch: EpochEntry\{epoch=3, startOffset=\d+, endOffset=\d+\}/);
  const masters = statuses.filter((text) => /#InSyncSlaveNum\t1\n/.test(text));
  const slaves = statuses.filter((text) => /#MasterAddr\t127\.0\.0\.1:\d+\n#CommitLogMaxOffset\t\d+\n/.test(text));
  assert.deepEqual([masters.length, slaves.length], [1, 1]);
}

interface Addressed {
  readonly address: string;
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
    const load = new SteadyLoad(namesrv.address, TOPIC);
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
      await sameLogs(place, members);
      await printedAsByApache(place, Object.values(members));
      await everythingThere(namesrv.address, TOPIC, load.acknowledged);
    } finally {
      await load.stop().catch(() => undefined);
      await Promise.all([members.n0.kill(), members.n1.kill(), controller.kill(), namesrv.kill()]);
      rmSync(home, { recursive: true, force: true });
    }
  });
});
