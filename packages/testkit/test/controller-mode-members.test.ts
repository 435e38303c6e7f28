import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  CONTROLLER_GET_REPLICA_INFO,
  decodeHaRuntimeInfo,
  decodeSyncStateSet,
  GET_BROKER_HA_STATUS,
  GET_MAX_OFFSET,
  RESET_MASTER_FLUSH_OFFSET,
} from '@rocketmq-ts/protocol';
import { Cluster } from '@rocketmq-ts/testkit/cluster';
import { assertAllIn, assertSame, consumed, epochsOf, type Group, startGroup, TOPIC } from './controlled-group.ts';

const FILE_BYTES = 256 * 1024;

async function haStatus({ cluster }: Group, broker: string) {
  const answer = await cluster.run(cluster.admin.ask(`${broker}:10911`, GET_BROKER_HA_STATUS, {}));
  return decodeHaRuntimeInfo(answer!.body);
}

/** Next offset of both queues. */
async function queueEnds({ cluster }: Group, broker: string): Promise<unknown[]> {
  const ends: unknown[] = [];
  for (const queueId of [0, 1]) {
    const answer = await cluster.run(cluster.admin.ask(`${broker}:10911`, GET_MAX_OFFSET, { topic: TOPIC, queueId }));
    ends.push(answer?.header.offset);
  }
  return ends;
}

/** The third member begins anew: with its disk, or with an empty one, by which it gets another id. */
async function startLast({ cluster }: Group, properties: Record<string, string>, isEmpty = false): Promise<void> {
  const member = cluster.broker('broker-a-s2');
  member.kill();
  if (isEmpty) member.platform.disk.replace();
  await cluster.advance(6000);
  await member.start(properties);
  await cluster.advance(6000);
}

suite('what a broker in controller mode says of replication', () => {
  test('the master names its slaves and which are in sync; a slave its master, and what that said of its disk', async () => {
    const group = await startGroup(3);
    const { cluster } = group;
    await group.send(5, 'a');
    const { maxOffset } = await epochsOf(group, 'broker-a');
    const master = await haStatus(group, 'broker-a');
    assert.deepEqual([master.master, master.masterCommitLogMaxOffset, master.inSyncSlaveNums], [true, maxOffset, 2]);
    assert.deepEqual(
      master.haConnectionInfo.map(({ slaveAckOffset, diff, inSync, transferFromWhere }) => [
        ...[slaveAckOffset, diff, inSync, transferFromWhere],
      ]),
      Array(2).fill([maxOffset, 0, true, maxOffset]),
    );
    const host = cluster.environment.network.addressOf('broker-a');
    for (const name of ['broker-a-s1', 'broker-a-s2']) {
      const { haClientRuntimeInfo: slave, ...rest } = await haStatus(group, name);
      assert.deepEqual([rest.master, rest.haConnectionInfo], [false, []]);
      assert.deepEqual([slave.masterAddr, slave.maxOffset], [`${host}:10912`, maxOffset]);
      assert.ok(Math.abs(cluster.clock.now() - slave.lastReadTimestamp) < 10_000, `read at ${slave.lastReadTimestamp}`);
      assert.ok(Math.abs(cluster.clock.now() - slave.lastWriteTimestamp) < 10_000);
    }
    await group.stop();
  });

  test('RESET_MASTER_FLUSH_OFFSET is kept by a slave, and accepted by a master', async () => {
    const group = await startGroup(2);
    const { cluster } = group;
    for (const [name, shown] of [
      ['broker-a', 0],
      ['broker-a-s1', 4711],
    ] as const) {
      const header = { masterFlushOffset: 4711 };
      const answer = await cluster.run(cluster.admin.ask(`${name}:10911`, RESET_MASTER_FLUSH_OFFSET, header));
      assert.equal(answer?.code, 0);
      assert.equal((await haStatus(group, name)).haClientRuntimeInfo.masterFlushOffset, shown);
    }
    await group.stop();
  });

  test('a slave that was cut off is behind and leaves the set; a new master says so of itself at once', async () => {
    const group = await startGroup(3, { haMaxTimeSlaveNotCatchup: '3000' });
    const { cluster } = group;
    cluster.partition('broker-a', 'broker-a-s2');
    await group.send(3, 'a', 500);
    await cluster.advance(10_000);
    const [behind] = (await haStatus(group, 'broker-a')).haConnectionInfo.filter(({ inSync }) => !inSync);
    assert.ok(behind !== undefined && behind.diff > 0);
    assert.equal((await haStatus(group, 'broker-a')).inSyncSlaveNums, 1);
    assert.equal((await group.send(3, 'b')).length, 3);
    cluster.heal();
    cluster.broker('broker-a').kill();
    await cluster.advance(10_000);
    const status = await haStatus(group, 'broker-a-s1');
    assert.deepEqual([status.master, status.inSyncSlaveNums, status.haConnectionInfo.length], [true, 1, 1]);
    assert.equal((await haStatus(group, 'broker-a-s2')).master, false);
    await group.stop();
  });
});

suite('members of another kind', () => {
  test('asyncLearner: it follows and has the same log, nothing waits for it, and it never is in the set or master', async () => {
    const group = await startGroup(3, { allAckInSyncStateSet: 'false', inSyncReplicas: '2' });
    const { cluster, controller } = group;
    await startLast(group, { asyncLearner: 'true' });
    assert.deepEqual([...controller.set].sort(), [1, 2]);
    const sent = await group.send(5, 'a');
    await cluster.advance(1000);
    await assertSame(group, 'broker-a', 'broker-a-s2');
    const { haConnectionInfo } = await haStatus(group, 'broker-a');
    assert.deepEqual(haConnectionInfo.map(({ inSync }) => inSync).sort(), [false, true]);
    cluster.partition('broker-a', 'broker-a-s2');
    sent.push(...(await group.send(5, 'b')));
    assert.equal(sent.length, 10);
    cluster.heal();
    // With the learner alone a message has one copy that counts.
    cluster.broker('broker-a-s1').kill();
    await cluster.advance(10_000);
    assert.deepEqual(controller.set, [1]);
    assert.deepEqual(await group.send(1, 'c'), []);
    cluster.broker('broker-a').kill();
    await cluster.advance(20_000);
    assert.equal(controller.masterId, 1);
    assert.equal((await haStatus(group, 'broker-a-s2')).master, false);
    await cluster.broker('broker-a').start();
    await cluster.broker('broker-a-s1').start();
    await cluster.advance(30_000);
    assert.deepEqual([...controller.set].sort(), [1, 2]);
    sent.push(...(await group.send(5, 'd')));
    assert.equal(sent.length, 15);
    assertAllIn(sent, await consumed(group));
    await group.stop();
  });

  test('syncFromLastFile: an empty member gets the last file alone, joins the set, and continues all queues as master', async () => {
    const group = await startGroup(3);
    const { cluster, controller } = group;
    // Short enough not to be compressed.
    const before = await group.send(100, 'x'.repeat(3000));
    const { maxOffset } = await epochsOf(group, 'broker-a');
    const lastFile = maxOffset - (maxOffset % FILE_BYTES);
    assert.ok(lastFile >= FILE_BYTES, `${maxOffset} bytes`);
    await startLast(group, { syncFromLastFile: 'true' }, true);
    const files = cluster.broker('broker-a-s2').platform.disk.list('/store/commitlog');
    assert.deepEqual(
      files.map(({ name }) => Number(name)),
      [lastFile],
    );
    assert.deepEqual([...controller.set].sort(), [1, 2, 4]);
    const one = cluster.broker('broker-a').platform.disk.readFile(`/store/commitlog/${files[0]!.name}`)!;
    const other = cluster.broker('broker-a-s2').platform.disk.readFile(`/store/commitlog/${files[0]!.name}`)!;
    assert.ok(one.subarray(0, maxOffset - lastFile).equals(other.subarray(0, maxOffset - lastFile)));
    controller.elect(4);
    await cluster.advance(6000);
    const sent = await group.send(5, 'behind');
    assert.equal(sent.length, 5);
    const found = await consumed(group);
    assertAllIn(sent, found);
    const kept = found.length - sent.length;
    assert.ok(kept > 0 && kept < before.length, `${kept} of ${before.length} are in the last file`);
    assert.deepEqual(await queueEnds(group, 'broker-a-s2'), await queueEnds(group, 'broker-a'));
    await group.stop();
  });
});

test('controllerAddr is a domain with fetchControllerAddrByDnsLookup: its every address is a controller', async () => {
  const cluster = new Cluster({
    ...{ seed: 5, controllers: 3, slaves: 1 },
    brokerProperties: { controllerAddr: 'controllers.internal:9878', fetchControllerAddrByDnsLookup: 'true' },
  });
  cluster.environment.network.nameHosts('controllers.internal', ['controller-1', 'controller-2', 'controller-3']);
  await cluster.start();
  await cluster.createTopic(TOPIC, 2);
  await cluster.advance(5000);
  const group = async (at: number): Promise<unknown> => {
    const address = cluster.controllers[at]!.address;
    const header = { brokerName: 'broker-a' };
    const answer = await cluster.run(cluster.admin.ask(address, CONTROLLER_GET_REPLICA_INFO, header));
    return answer?.code === 0 ? [...decodeSyncStateSet(answer.body).syncStateSet].sort() : undefined;
  };
  const found = [await group(0), await group(1), await group(2)].filter((set) => set !== undefined);
  assert.deepEqual(found, [[1, 2]]);
  await cluster.stop();
});
