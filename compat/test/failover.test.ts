import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { CONTROLLER_GET_METADATA_INFO } from '@rocketmq-ts/protocol';
import { type OurServer, startOurController } from '@rocketmq-ts/testkit/processes';
import { brokerUnderTest } from '../support/broker-under-test.ts';
import { startNamesrv } from '../support/cluster.ts';
import { epochsOf, groupAt, logOf, registeredMaster, startMember, until } from '../support/controller.ts';
import { hashOf } from '../support/deliveries.ts';
import { type EtcdCluster, freePorts, startEtcd } from '../support/etcd.ts';
import { Started } from '../support/started.ts';
import { everythingThere, SteadyLoad } from '../support/steady-load.ts';

const TEST_MS = 90_000;
const TOPIC = 'Failover';
const CONTROLLERS = ['c0', 'c1', 'c2'];
const MEMBERS = ['n0', 'n1', 'n2'];
/** The promise: so long after the death of a master another one takes messages. */
const FAILOVER_MS = 10_000;
const JOIN_MS = 20_000;
/** Slaves that stand still for so long are still connected to their master. */
const STOPPED_MS = 4000;
/** More than sockets hold, so that the end of it is in the master's log alone. */
const TAIL_BYTES = 4_000_000;
const TAIL_MESSAGES = 16;
const TAIL_MESSAGE_BYTES = 1_000_000;

suite('three brokers under three controllers on etcd, all of them processes of ours', () => {
  const home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-compat-'));
  const started = new Started();
  const controllers = new Map<string, OurServer>();
  const members = new Map<string, Awaited<ReturnType<typeof startMember>>>();
  let etcd: EtcdCluster;
  let namesrv: Awaited<ReturnType<typeof startNamesrv>>;
  let addresses: string[];
  let load: SteadyLoad;

  const startController = async (name: string): Promise<void> => {
    const controllerDLegerPeers = CONTROLLERS.map((each, at) => `${each}-${addresses[at]}`).join(';');
    const properties = { controllerDLegerPeers, controllerDLegerSelfId: name, leaderLeaseMillis: 3000 };
    const port = Number(addresses[CONTROLLERS.indexOf(name)]!.split(':')[1]);
    const options = { home: join(home, name), etcdEndpoints: etcd.endpoints, port, properties };
    controllers.set(name, await started.keep(startOurController(options)));
  };
  const start = async (name: string): Promise<void> => {
    const place = { home, namesrv: namesrv.address, controller: addresses.join(';') };
    const properties = { allAckInSyncStateSet: false, inSyncReplicas: 2, minInSyncReplicas: 2 };
    members.set(name, await started.keep(startMember(place, name, 'ours', properties)));
  };
  /** The group as the controller that leads has it. */
  const group = () => Promise.any(addresses.map((address) => groupAt(address)));
  const nameOf = (address: string | undefined): string =>
    MEMBERS.find((name) => members.get(name)!.address === address) ?? assert.fail(`${address} is no member`);
  const allInSync = () => until(group, ({ inSync }) => inSync.length === 3, JOIN_MS);
  const leads = async (name: string): Promise<boolean> => {
    const asked = brokerUnderTest(controllers.get(name)!.address);
    try {
      return (await asked.ask(CONTROLLER_GET_METADATA_INFO, {})).header.isLeader === true;
    } finally {
      await asked.stop();
    }
  };
  /** Ends processes at once; another member serves in time, and the load continues. Resolves to its name. */
  const failOver = async (master: string, ...killed: readonly OurServer[]): Promise<string> => {
    load.takeGapMs();
    await Promise.all(killed.map((each) => each.kill()));
    const address = await until(
      () => registeredMaster(namesrv.address),
      (named) => named !== undefined && named !== members.get(master)!.address,
      FAILOVER_MS,
    );
    const before = load.acknowledged.length;
    await until(
      async () => load.acknowledged.length,
      (count) => count > before,
      FAILOVER_MS,
    );
    const gapMs = load.takeGapMs();
    assert.ok(gapMs < FAILOVER_MS, `nothing was acknowledged for ${gapMs} ms`);
    return nameOf(address);
  };

  before(async () => {
    etcd = await startEtcd();
    addresses = (await freePorts(CONTROLLERS.length)).map((port) => `127.0.0.1:${port}`);
    namesrv = await started.keep(startNamesrv('ours', join(home, 'namesrv')));
    await Promise.all(CONTROLLERS.map((name) => startController(name)));
    await Promise.all(MEMBERS.map((name) => start(name)));
    await allInSync();
    load = new SteadyLoad(namesrv.address, TOPIC, 4);
    await load.start();
    await until(
      async () => load.acknowledged.length,
      (count) => count > 100,
      JOIN_MS,
    );
  });
  after(async () => {
    await load?.stop();
    await started.end();
    await etcd?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  test('a killed master is replaced, and returns as a slave; what only it had is cut off and kept', {
    timeout: TEST_MS,
  }, async () => {
    const master = nameOf((await group()).master);
    const slaves = MEMBERS.filter((name) => name !== master).map((name) => members.get(name)!);
    for (const { pid } of slaves) process.kill(pid, 'SIGSTOP');
    const { address } = members.get(master)!;
    const { maxOffset } = await epochsOf(address);
    // Bytes that can't be compressed.
    const tail = Array.from({ length: TAIL_MESSAGES }, () => randomBytes(TAIL_MESSAGE_BYTES));
    const isTaken = tail.map((body) => load.send(body, STOPPED_MS));
    await until(
      () => epochsOf(address),
      (now) => now.maxOffset > maxOffset + TAIL_BYTES,
      STOPPED_MS,
    );
    const killed = members.get(master)!.kill();
    for (const { pid } of slaves) process.kill(pid, 'SIGCONT');
    await killed;
    assert.deepEqual(new Set(await Promise.all(isTaken)), new Set([false]));
    assert.notEqual(await failOver(master), master);
    await start(master);
    await allInSync();
    assert.notEqual((await group()).master, members.get(master)!.address);
    const folder = join(home, master, 'store', 'truncated-log');
    const kept = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    const cut = tail.filter((body) => kept.some((bytes) => bytes.includes(body)));
    assert.ok(cut.length > 0, 'nothing of the tail was cut off');
    const there = await everythingThere(namesrv.address, TOPIC, load.acknowledged.slice());
    for (const body of cut) assert.ok(!there.has(hashOf(body)), 'what was cut off is delivered');
  });

  test('the leading controller and the master are killed at once: both are replaced, and all logs end the same', {
    timeout: TEST_MS,
  }, async () => {
    const master = nameOf((await group()).master);
    const leading = await Promise.all(CONTROLLERS.map((name) => leads(name)));
    const leader = CONTROLLERS[leading.indexOf(true)] ?? assert.fail('no controller leads');
    assert.notEqual(await failOver(master, controllers.get(leader)!, members.get(master)!), master);
    await Promise.all([startController(leader), start(master)]);
    await allInSync();
    await pause(500);
    await load.stop();
    const [first, ...others] = await until(
      () => Promise.all(MEMBERS.map((name) => epochsOf(members.get(name)!.address))),
      (all) => all.every(({ maxOffset }) => maxOffset === all[0]!.maxOffset),
      JOIN_MS,
    );
    const log = logOf(home, MEMBERS[0]!, first!.maxOffset);
    assert.ok(first!.epochs.length >= 3);
    for (const [at, { epochs }] of others.entries()) {
      assert.deepEqual(epochs, first!.epochs);
      assert.ok(logOf(home, MEMBERS[at + 1]!, first!.maxOffset).equals(log), `the log of ${MEMBERS[at + 1]} differs`);
    }
    await everythingThere(namesrv.address, TOPIC, load.acknowledged);
  });
});
