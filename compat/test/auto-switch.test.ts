import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { runOurCommand } from '@rocketmq-ts/testkit/processes';
import { ApacheMqadmin } from '../support/apache-mqadmin.ts';
import { ours, startNamesrv } from '../support/cluster.ts';
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
import { Started } from '../support/started.ts';
import { everythingThere, SteadyLoad } from '../support/steady-load.ts';

const TEST_MS = 180_000;
const TOPIC = 'Failover';
/** The promise: so long after the death of a master another one takes messages. */
const FAILOVER_MS = 10_000;
const JOIN_MS = 20_000;

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
const steady = (text: string): string =>
  text
    .replace(/(Time\t|PerSecond|\(KB\/s\)\t).*/g, '$1…')
    .replace(/ +\d+\.\d\d(?= +(OK|Fall))/g, ' …')
    .trim();

/** Both tools, asked about both makes of brokers, print the same. */
async function printedAsByApache(place: GroupPlace, brokers: readonly Addressed[]): Promise<void> {
  const mqadmin = new ApacheMqadmin(join(place.home, 'mqadmin'));
  const printed = async (...args: readonly string[]): Promise<string> => {
    const [apache, our] = await Promise.all([
      mqadmin.run(args),
      runOurCommand('mqadmin', args, { home: join(place.home, 'mqadmin-ours') }),
    ]);
    assert.equal(steady(our.output), steady(apache));
    return our.output;
  };
  const asked = Promise.all([
    printed('getBrokerEpoch', '-n', place.namesrv, '-b', GROUP),
    ...brokers.map(({ address }) => printed('haStatus', '-b', address)),
  ]);
  const [epochs, ...statuses] = await asked.finally(() => mqadmin.stop());
  assert.match(epochs, /#Epoch: EpochEntry\{epoch=3, startOffset=\d+, endOffset=\d+\}/);
  const masters = statuses.filter((text) => /#InSyncSlaveNum\t1\n/.test(text));
  const slaves = statuses.filter((text) => /#MasterAddr\t127\.0\.0\.1:\d+\n#CommitLogMaxOffset\t\d+\n/.test(text));
  assert.deepEqual([masters.length, slaves.length], [1, 1]);
}

interface Addressed {
  readonly address: string;
}

suite("a group of Apache's broker and ours under Apache's controller", { skip: unlessJava() }, () => {
  const home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-compat-'));
  const started = new Started();
  const makes = { n0: ours, n1: 'apache' } as const;
  let place: GroupPlace;
  let load: SteadyLoad;
  let members: Record<keyof typeof makes, Awaited<ReturnType<typeof startMember>>>;

  const start = (name: keyof typeof makes) => started.keep(startMember(place, name, makes[name]));
  const bothInSync = () =>
    until(
      () => groupAt(place.controller),
      ({ inSync }) => inSync.length === 2,
      JOIN_MS,
    );

  before(async () => {
    const [namesrv, controller] = await Promise.all([
      started.keep(startNamesrv(ours, join(home, 'namesrv'))),
      started.keep(startController(home)),
    ]);
    place = { home, namesrv: namesrv.address, controller: controller.address };
    load = new SteadyLoad(place.namesrv, TOPIC);
    members = { n0: await start('n0'), n1: await start('n1') };
    await bothInSync();
  });
  after(async () => {
    await load?.stop();
    await started.end();
    rmSync(home, { recursive: true, force: true });
  });

  test('each takes over from the other under load, and follows it afterwards; nothing acknowledged is lost', {
    timeout: TEST_MS,
  }, async () => {
    assert.equal((await groupAt(place.controller)).master, members.n0.address);
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
        () => registeredMaster(place.namesrv),
        (address) => address === members[survives].address,
        FAILOVER_MS,
      );
      await pause(1500);
      assert.ok(load.takeGapMs() < FAILOVER_MS);
      members[dies] = await start(dies);
      await bothInSync();
      await pause(500);
    }
    await load.stop();
    await sameLogs(place, members);
    await printedAsByApache(place, Object.values(members));
    await everythingThere(place.namesrv, TOPIC, load.acknowledged);
  });
});
