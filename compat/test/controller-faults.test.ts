import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Admin, createAdmin } from '@rocketmq-ts/admin';
import { nodePlatform, silentLogger } from '@rocketmq-ts/kernel';
import {
  BROKER_HEARTBEAT,
  CONTROLLER_ALTER_SYNC_STATE_SET,
  CONTROLLER_APPLY_BROKER_ID,
  CONTROLLER_ELECT_MASTER,
  CONTROLLER_REGISTER_BROKER,
  encodeSyncStateSet,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import type { RemotingClient } from '@rocketmq-ts/remoting';
import { type OurServer, startOurController } from '@rocketmq-ts/testkit/processes';
import { remotingClient } from '../support/controller-script.ts';
import { type EtcdCluster, freePorts, startEtcd } from '../support/etcd.ts';

const TEST_MS = 120_000;
const NAMES = ['n0', 'n1', 'n2'];
const group = { clusterName: 'C', brokerName: 'broker-a' };

suite('three controllers on three etcd members', () => {
  const home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-controller-faults-'));
  const controllers = new Map<string, OurServer>();
  /** A connection of its own for each broker: it ends with the broker. */
  const brokers = new Map<number, { client: RemotingClient; timer: NodeJS.Timeout }>();
  /** By epoch: all masters that any answer ever named. */
  const masters = new Map<number, Set<number>>();
  let etcd: EtcdCluster;
  let addresses: string[];
  let admin: Admin;

  const startController = async (at: number): Promise<void> => {
    const peers = NAMES.map((name, index) => `${name}-${addresses[index]}`).join(';');
    const properties = { controllerDLegerPeers: peers, controllerDLegerSelfId: NAMES[at]!, leaderLeaseMillis: 3000 };
    const port = Number(addresses[at]!.split(':')[1]);
    const options = { home: join(home, NAMES[at]!), etcdEndpoints: etcd.endpoints, port, properties };
    controllers.set(NAMES[at]!, await startOurController(options));
  };
  const leader = async (): Promise<string | undefined> => {
    const answers = await Promise.all(
      addresses.map((address, at) =>
        Promise.race([admin.controllerMetaData(address), pause(500)])
          .then((answer) => (answer?.isLeader === true ? NAMES[at] : undefined))
          .catch(() => undefined),
      ),
    );
    const leading = answers.filter((name) => name !== undefined);
    assert.ok(leading.length <= 1, `${leading.join(' and ')} lead`);
    return leading[0];
  };
  const info = async () => {
    const name = await leader();
    if (name === undefined) return undefined;
    const answer = await Promise.race([
      admin.syncStateData(addresses[NAMES.indexOf(name)]!, ['broker-a']),
      pause(1000),
    ]).catch(() => undefined);
    const found = answer?.get('broker-a');
    if (found?.masterBrokerId !== undefined) {
      masters.set(found.masterEpoch, (masters.get(found.masterEpoch) ?? new Set()).add(found.masterBrokerId));
    }
    return found;
  };
  const until = async (what: string, holds: () => Promise<boolean>, timeoutMs = 10_000): Promise<void> => {
    const beganMs = performance.now();
    while (!(await holds())) {
      assert.ok(performance.now() - beganMs < timeoutMs, `${what} within ${timeoutMs} ms`);
      await pause(100);
    }
  };
  const ask: RemotingClient['request'] = async (_, command, header, options) => {
    const name = await leader();
    const [{ client }] = brokers.values() as unknown as [{ client: RemotingClient }];
    return client.request(addresses[NAMES.indexOf(name!)]!, command, header, options);
  };
  const startBroker = async (brokerId: number): Promise<void> => {
    const client = await remotingClient();
    const beat = (): void => {
      for (const address of addresses) {
        const brokerAddr = `10.0.0.${brokerId}:1`;
        const header = { ...group, brokerAddr, brokerId, epoch: 1, maxOffset: brokerId, heartbeatTimeoutMills: 5000 };
        client.notify(address, BROKER_HEARTBEAT, header).catch(() => {});
      }
    };
    brokers.set(brokerId, { client, timer: setInterval(beat, 500) });
    beat();
  };
  const killBroker = async (brokerId: number): Promise<void> => {
    const { client, timer } = brokers.get(brokerId)!;
    clearInterval(timer);
    brokers.delete(brokerId);
    await client.stop();
  };
  /** All living brokers are in the set again, as their master would ask for. */
  const fillSet = async (): Promise<void> => {
    const now = (await info())!;
    const header = { brokerName: 'broker-a', masterBrokerId: now.masterBrokerId!, masterEpoch: now.masterEpoch };
    const syncStateSet = [...brokers.keys()];
    const body = encodeSyncStateSet({ syncStateSet, syncStateSetEpoch: now.syncStateSetEpoch });
    const { code, remark } = await ask('', CONTROLLER_ALTER_SYNC_STATE_SET, header, { timeoutMs: 3000, body });
    assert.equal(code, ResponseCode.SUCCESS, remark);
  };

  before(async () => {
    etcd = await startEtcd(3);
    addresses = (await freePorts(3)).map((port) => `127.0.0.1:${port}`);
    admin = createAdmin({ platform: nodePlatform, namesrvAddresses: [], logger: silentLogger });
    await admin.start();
    await Promise.all(NAMES.map((_, at) => startController(at)));
    await until('a leader', async () => (await leader()) !== undefined);
    for (const brokerId of [1, 2, 3]) {
      await startBroker(brokerId);
      const registerCheckCode = `10.0.0.${brokerId}:1;1`;
      const brokerAddress = `10.0.0.${brokerId}:1`;
      const options = { timeoutMs: 3000 };
      await ask('', CONTROLLER_APPLY_BROKER_ID, { ...group, appliedBrokerId: brokerId, registerCheckCode }, options);
      await ask('', CONTROLLER_REGISTER_BROKER, { ...group, brokerId, brokerAddress }, options);
    }
    await ask('', CONTROLLER_ELECT_MASTER, { ...group, brokerId: 1 }, { timeoutMs: 3000 });
    await fillSet();
  });
  after(async () => {
    for (const brokerId of [...brokers.keys()]) await killBroker(brokerId);
    await admin?.stop();
    for (const controller of controllers.values()) await controller.kill();
    await etcd?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  test('with one etcd member killed or stopped, changes are saved as before', { timeout: TEST_MS }, async () => {
    for (const member of etcd.members.slice(0, 2)) {
      const before = (await info())!;
      if (member === etcd.members[0]) member.kill();
      else member.pause();
      await until('an election', async () => {
        const header = { ...group, brokerId: before.masterBrokerId === 1 ? 2 : 1, designateElect: true };
        await ask('', CONTROLLER_ELECT_MASTER, header, { timeoutMs: 3000 }).catch(() => undefined);
        return ((await info())?.masterEpoch ?? 0) > before.masterEpoch;
      });
      if (member === etcd.members[0]) await member.restart();
      else member.resume();
      await fillSet();
    }
  });

  test('the leader and the master killed at once are both replaced within ten seconds', {
    timeout: TEST_MS,
  }, async () => {
    const before = (await info())!;
    const name = (await leader())!;
    await Promise.all([controllers.get(name)!.kill(), killBroker(before.masterBrokerId!)]);
    await until('a new master', async () => {
      const now = await info();
      return now !== undefined && now.masterEpoch > before.masterEpoch && now.masterBrokerId !== undefined;
    });
    const now = (await info())!;
    assert.notEqual(now.masterBrokerId, before.masterBrokerId);
    assert.ok(before.inSyncReplicas.some(({ brokerId }) => brokerId === now.masterBrokerId));
    await startController(NAMES.indexOf(name));
    await startBroker(before.masterBrokerId!);
    await pause(1000);
    await fillSet();
  });

  test('a leader that was stopped for longer than its lease changes nothing when it continues', {
    timeout: TEST_MS,
  }, async () => {
    const before = (await info())!;
    const name = (await leader())!;
    const stopped = controllers.get(name)!;
    process.kill(stopped.pid, 'SIGSTOP');
    await until('another leader', async () => ![undefined, name].includes(await leader()));
    const [{ client }] = brokers.values() as unknown as [{ client: RemotingClient }];
    const header = { ...group, brokerId: before.masterBrokerId === 2 ? 3 : 2, designateElect: true };
    // Waits in the socket of the stopped process, and is served before it has heard of anything.
    const late = client.request(stopped.address, CONTROLLER_ELECT_MASTER, header, { timeoutMs: 10_000 });
    await pause(200);
    process.kill(stopped.pid, 'SIGCONT');
    assert.equal((await late).code, ResponseCode.CONTROLLER_NOT_LEADER);
    const now = (await info())!;
    assert.deepEqual([now.masterBrokerId, now.masterEpoch], [before.masterBrokerId, before.masterEpoch]);
    assert.notEqual(await leader(), name);
  });

  test('without most of etcd nobody leads, and with it somebody does again', { timeout: TEST_MS }, async () => {
    const before = (await info())!;
    for (const member of etcd.members.slice(1)) member.pause();
    await until('no leader', async () => (await leader()) === undefined);
    for (const member of etcd.members.slice(1)) member.resume();
    await until('a leader', async () => (await leader()) !== undefined, 20_000);
    await until('the group', async () => ((await info())?.masterEpoch ?? 0) >= before.masterEpoch);
  });

  test('in all this no epoch had two masters', () => {
    assert.ok(masters.size >= 4, `${masters.size} epochs`);
    for (const [epoch, ids] of masters) assert.equal(ids.size, 1, `epoch ${epoch}: ${[...ids].join(', ')}`);
  });
});
