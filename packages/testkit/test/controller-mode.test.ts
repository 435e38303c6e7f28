import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  decodeClusterInfo,
  decodeEpochEntryCache,
  GET_BROKER_CLUSTER_INFO,
  GET_BROKER_EPOCH_CACHE,
} from '@rocketmq-ts/protocol';
import { Cluster, type ClusterLogLine } from '@rocketmq-ts/testkit/cluster';
import { ScriptedController } from './scripted-controller.ts';

const TOPIC = 'T';

interface Group {
  readonly cluster: Cluster;
  readonly controller: ScriptedController;
  readonly lines: ClusterLogLine[];
  /** Bodies that were acknowledged. */
  send(count: number, text: string, timeoutMs?: number): Promise<string[]>;
  stop(): Promise<void>;
}

/** A group `broker-a` of so many members under a scripted controller; all are up, the first one is master. */
async function startGroup(members: number, properties: Record<string, string> = {}, seed = 7): Promise<Group> {
  const lines: ClusterLogLine[] = [];
  const cluster = new Cluster({
    ...{ seed, brokers: 1, slaves: members - 1, onLog: (line) => lines.push(line) },
    brokerProperties: {
      ...{ enableControllerMode: 'true', controllerAddr: ScriptedController.address, brokerId: '-1' },
      ...{ allAckInSyncStateSet: 'true', syncBrokerMetadataPeriod: '1000' },
      ...properties,
    },
    slaveProperties: { brokerRole: 'SLAVE', brokerId: '-1' },
  });
  const controller = new ScriptedController(cluster);
  await cluster.run(controller.start());
  await cluster.start();
  await cluster.advance(5000);
  await cluster.createTopic(TOPIC, 2);
  await cluster.advance(5000);
  return {
    ...{ cluster, controller, lines },
    async send(count, text, timeoutMs = 5000) {
      const producer = await cluster.producer({
        producerGroup: 'p',
        retryTimesWhenSendFailed: 0,
        sendTimeoutMs: timeoutMs,
      });
      const acknowledged: string[] = [];
      for (let i = 0; i < count; i++) {
        try {
          const { sendStatus } = await cluster.run(producer.send({ topic: TOPIC, body: `${text} ${i}` }));
          if (sendStatus === 'SEND_OK') acknowledged.push(`${text} ${i}`);
        } catch {
          // Not acknowledged.
        }
      }
      await cluster.stopClient(producer);
      return acknowledged;
    },
    async stop() {
      await cluster.stop();
      await cluster.run(controller.stop());
    },
  };
}

/** Members of the group at the name server, by id. */
async function registered({ cluster }: Group): Promise<Record<string, string>> {
  const answer = await cluster.run(cluster.admin.ask(cluster.nameServers[0]!.address, GET_BROKER_CLUSTER_INFO, {}));
  const addresses = decodeClusterInfo(answer!.body).brokerAddrTable.get('broker-a')?.brokerAddrs ?? new Map();
  const names = [...cluster.brokers, ...cluster.slaves].map(({ name, platform }) => [
    platform.network.interfaces().find(({ loopback }) => !loopback)?.address,
    name,
  ]);
  const nameOf = (address: string): string =>
    String(names.find(([host]) => address.startsWith(`${host}:`))?.[1] ?? address);
  return Object.fromEntries([...addresses].map(([id, address]) => [String(id), nameOf(address)]));
}

async function epochsOf({ cluster }: Group, broker: string) {
  const answer = await cluster.run(cluster.admin.ask(`${broker}:10911`, GET_BROKER_EPOCH_CACHE, {}));
  const { epochList, maxOffset, brokerId } = decodeEpochEntryCache(answer!.body);
  return { epochs: epochList.map(({ epoch, startOffset }) => [epoch, startOffset]), maxOffset, brokerId };
}

function logOf({ cluster }: Group, broker: string, bytes: number): Buffer {
  const { disk } = cluster.broker(broker).platform;
  const files = disk.list('/store/commitlog').map(({ name }) => disk.readFile(`/store/commitlog/${name}`)!);
  return Buffer.concat(files).subarray(0, bytes);
}

/**
 * Both logs, byte for byte, and both lists of epochs. Where a master was killed and has started again in its epoch, that begins there
 * for it.
 */
async function assertSame(group: Group, one = 'broker-a', other = 'broker-a-s1', isSameStart = true): Promise<void> {
  const [a, b] = [await epochsOf(group, one), await epochsOf(group, other)];
  assert.equal(a.maxOffset, b.maxOffset);
  const compared = ({ epochs }: typeof a) => (isSameStart ? epochs : epochs.map(([epoch]) => epoch));
  assert.deepEqual(compared(a), compared(b));
  assert.ok(logOf(group, one, a.maxOffset).equals(logOf(group, other, a.maxOffset)), 'the logs differ');
}

/** All that the group's master gives to a new consumer; a queue offset twice fails. */
async function consumed({ cluster }: Group): Promise<string[]> {
  const bodies: string[] = [];
  const places = new Set<string>();
  const consumer = await cluster.consumer(
    { consumerGroup: `c${cluster.clock.monotonicMs()}`, consumeFrom: 'FIRST_OFFSET', topics: { [TOPIC]: '*' } },
    ({ body, queueId, queueOffset }) => {
      const place = `${queueId}:${queueOffset}`;
      assert.ok(!places.has(place), `${place} twice`);
      places.add(place);
      bodies.push(body.toString());
    },
  );
  await cluster.advance(8000);
  await cluster.stopClient(consumer);
  return bodies.sort();
}

function assertAllIn(acknowledged: readonly string[], found: readonly string[]): void {
  for (const body of acknowledged) assert.ok(found.includes(body), `"${body}" was acknowledged and is lost`);
}

suite('brokers in controller mode', () => {
  test('the first member becomes master, the next one follows it, and sends wait for both', async () => {
    const group = await startGroup(2);
    assert.equal(group.controller.masterId, 1);
    assert.deepEqual(group.controller.set, [1, 2]);
    assert.deepEqual(await registered(group), { '0': 'broker-a', '2': 'broker-a-s1' });
    const sent = await group.send(20, 'a');
    assert.equal(sent.length, 20);
    await assertSame(group);
    assert.deepEqual(await consumed(group), sent.sort());
    group.cluster.broker('broker-a-s1').kill();
    // One copy is not enough while the controller counts two members.
    group.controller.refusesSets = true;
    assert.deepEqual(await group.send(1, 'b'), []);
    group.controller.refusesSets = false;
    await group.cluster.advance(10_000);
    assert.deepEqual(group.controller.set, [1]);
    assert.equal((await group.send(3, 'c')).length, 3);
    await group.stop();
    assert.equal(group.cluster.clock.pendingTimers, 1);
  });

  test('a dead master is replaced within ten seconds; it comes back as slave with its unreplicated tail cut off', async () => {
    const group = await startGroup(2);
    const { cluster, controller } = group;
    const sent = await group.send(20, 'a');
    // As if the controller could not be reached: the set stays, and what only the master has is not acknowledged.
    controller.refusesSets = true;
    cluster.partition('broker-a', 'broker-a-s1');
    assert.deepEqual(await group.send(3, 'tail'), []);
    cluster.broker('broker-a').kill();
    controller.refusesSets = false;
    cluster.heal();
    await cluster.advance(10_000);
    assert.equal(controller.masterId, 2);
    assert.equal((await registered(group))['0'], 'broker-a-s1');
    sent.push(...(await group.send(20, 'b')));
    assert.equal(sent.length, 40);
    await cluster.broker('broker-a').start();
    await cluster.advance(10_000);
    assert.deepEqual([...controller.set].sort(), [1, 2]);
    assert.deepEqual(await registered(group), { '0': 'broker-a-s1', '1': 'broker-a' });
    await assertSame(group);
    const { disk } = cluster.broker('broker-a').platform;
    const [kept] = disk.list('/store/truncated-log');
    assert.match(disk.readFile(`/store/truncated-log/${kept!.name}`)!.toString('latin1'), /tail 0.*tail 1.*tail 2/s);
    assert.deepEqual(await consumed(group), sent.sort());
    // And back again, with a load on it.
    cluster.broker('broker-a-s1').kill();
    await cluster.advance(10_000);
    assert.equal(controller.masterId, 1);
    sent.push(...(await group.send(20, 'c')));
    await cluster.broker('broker-a-s1').start();
    await cluster.advance(10_000);
    await assertSame(group);
    assert.deepEqual(await consumed(group), sent.sort());
    await group.stop();
  });

  test('the same master gets a new epoch, then a slave joins: its epochs are the same, no queue offset is given twice', async () => {
    const group = await startGroup(2);
    const { cluster, controller } = group;
    const sent = await group.send(5, 'a');
    controller.elect(1);
    await cluster.advance(6000);
    sent.push(...(await group.send(5, 'b')));
    await assertSame(group);
    cluster.broker('broker-a-s1').kill();
    await cluster.advance(6000);
    controller.elect(1);
    await cluster.advance(2000);
    sent.push(...(await group.send(5, 'c')));
    await cluster.broker('broker-a-s1').start();
    await cluster.advance(6000);
    await assertSame(group);
    assert.equal((await epochsOf(group, 'broker-a-s1')).epochs.length, 3);
    cluster.broker('broker-a').kill();
    await cluster.advance(10_000);
    sent.push(...(await group.send(5, 'd')));
    assert.deepEqual(await consumed(group), sent.sort());
    await group.stop();
  });

  test('roles change while both run, by notice or by asking; a send that waits is not acknowledged by a master that is none any more', async () => {
    for (const isSilent of [false, true]) {
      const group = await startGroup(2);
      const { cluster, controller } = group;
      controller.isSilent = isSilent;
      const sent = await group.send(5, 'a');
      cluster.partition('broker-a', 'broker-a-s1');
      controller.refusesSets = true;
      const producer = await cluster.producer({
        ...{ producerGroup: 'waiting', retryTimesWhenSendFailed: 0, sendTimeoutMs: 9000 },
      });
      const waiting = producer.send({ topic: TOPIC, body: 'waits' }).then(
        ({ sendStatus }) => sendStatus,
        (error: Error) => error.message,
      );
      await cluster.advance(200);
      controller.elect(2);
      assert.match(await cluster.run(waiting), /14/);
      await cluster.stopClient(producer);
      controller.refusesSets = false;
      cluster.heal();
      await cluster.advance(10_000);
      assert.equal((await registered(group))['0'], 'broker-a-s1');
      sent.push(...(await group.send(5, 'b')));
      await assertSame(group);
      controller.elect(1);
      await cluster.advance(10_000);
      assert.deepEqual(await registered(group), { '0': 'broker-a', '2': 'broker-a-s1' });
      sent.push(...(await group.send(5, 'c')));
      assert.equal(sent.length, 15);
      await assertSame(group);
      assertAllIn(sent, await consumed(group));
      await group.stop();
    }
  });

  test('a master that sees neither controller nor slaves acknowledges nothing, and goes on when it sees them again', async () => {
    const group = await startGroup(2, { allAckInSyncStateSet: 'false', inSyncReplicas: '2' });
    const { cluster, controller } = group;
    const sent = await group.send(5, 'a');
    cluster.partition('broker-a', 'broker-a-s1');
    cluster.partition('broker-a', 'controller');
    assert.deepEqual(await group.send(3, 'alone'), []);
    await cluster.advance(10_000);
    assert.equal(controller.masterId, 2);
    cluster.heal();
    await cluster.advance(15_000);
    assert.deepEqual([...controller.set].sort(), [1, 2]);
    sent.push(...(await group.send(5, 'b')));
    await assertSame(group);
    assert.deepEqual(await consumed(group), sent.sort());
    await group.stop();
  });

  test('the controller is away: nothing stops; fewer members than minInSyncReplicas take nothing', async () => {
    const group = await startGroup(2, { minInSyncReplicas: '2' });
    const { cluster, controller } = group;
    for (const broker of ['broker-a', 'broker-a-s1']) cluster.partition(broker, 'controller');
    await cluster.advance(30_000);
    assert.equal((await group.send(5, 'a')).length, 5);
    cluster.heal();
    await cluster.advance(5000);
    assert.equal(controller.masterEpoch, 1);
    cluster.broker('broker-a-s1').kill();
    await cluster.advance(10_000);
    assert.deepEqual(controller.set, [1]);
    assert.deepEqual(await group.send(1, 'b'), []);
    assert.ok((await consumed(group)).every((body) => body.startsWith('a')));
    await group.stop();
  });
});

suite('a member of a group that is killed at any step', () => {
  /** The master has an end that its slave lacks, and is dead; the other one leads. */
  async function withTail(seed: number): Promise<Group & { readonly sent: string[] }> {
    const group = await startGroup(2, {}, seed);
    const { cluster, controller } = group;
    const sent = await group.send(6, 'a');
    controller.refusesSets = true;
    cluster.partition('broker-a', 'broker-a-s1');
    await group.send(2, 'tail', 500);
    cluster.broker('broker-a').kill();
    controller.refusesSets = false;
    cluster.heal();
    await cluster.advance(8000);
    assert.equal(controller.masterId, 2);
    sent.push(...(await group.send(6, 'b')));
    return { ...group, sent };
  }

  for (const how of ['kill', 'power loss'] as const) {
    test(`while it comes back, cuts its log and follows (${how}): it ends as the other one is`, async () => {
      for (let calls = Number(process.env.CALLS ?? 1); calls < Number(process.env.CALLS ?? 119) + 1; calls += 7) {
        const group = await withTail(calls);
        const { cluster, controller } = group;
        const member = cluster.broker('broker-a');
        member.dieAt({ calls, how });
        await member.start().catch(() => undefined);
        await cluster.advance(3000);
        if (member.isRunning) member.kill();
        member.died = undefined;
        await member.start();
        await cluster.advance(10_000);
        assert.deepEqual([...controller.set].sort(), [1, 2], `call ${calls}`);
        await assertSame(group);
        assertAllIn(group.sent, await consumed(group));
        await group.stop();
      }
    });
  }

  test('while it becomes master: the next one is complete, and nothing acknowledged is lost', async () => {
    for (let calls = 1; calls < 40; calls += 9) {
      const group = await startGroup(3, {}, calls);
      const { cluster, controller } = group;
      const sent = await group.send(6, 'a');
      assert.deepEqual([...controller.set].sort(), [1, 2, 3]);
      cluster.broker('broker-a-s1').dieAt({ calls, how: 'kill' });
      cluster.broker('broker-a-s2').dieAt({ calls: calls + 2, how: 'kill' });
      cluster.broker('broker-a').kill();
      await cluster.advance(10_000);
      for (const name of ['broker-a', 'broker-a-s1', 'broker-a-s2']) {
        const member = cluster.broker(name);
        if (member.isRunning) member.kill();
        member.died = undefined;
        await member.start();
      }
      await cluster.advance(15_000);
      sent.push(...(await group.send(6, 'b')));
      assert.deepEqual([...controller.set].sort(), [1, 2, 3], `call ${calls}`);
      for (const other of ['broker-a-s1', 'broker-a-s2']) await assertSame(group, 'broker-a', other, false);
      assertAllIn(sent, await consumed(group));
      await group.stop();
    }
  });
});
