import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { DiskOperation, SuddenEnd } from '@rocketmq-ts/testkit';
import type { ClusterServer } from '@rocketmq-ts/testkit/cluster';
import {
  assertAllIn,
  assertSame,
  consumed,
  epochsOf,
  type Group,
  registered,
  startGroup,
  TOPIC,
} from './controlled-group.ts';

/** A call of the disk: what it does, and a part of the path. */
type Step = readonly [operation: DiskOperation, path: string];

/**
 * Before which a member dies that cuts its log, one after the other in one life: what it has kept, its marks, the log, its queues,
 * the index, the epochs, the first bytes from its master, what it copies beside them.
 */
const WHILE_IT_CUTS: readonly (readonly [how: SuddenEnd, steps: readonly Step[]])[] = [
  ...both(['write', '/truncated-log/'], ['syncDirectory', '/truncated-log'], ['rename', '/abort.tmp']),
  ['power loss', [['rename', '/checkpoint.tmp']]],
  ['kill', [['truncate', '/commitlog/']]],
  ['power loss', [['sync', '/commitlog/']]],
  ['kill', [['truncate', '/consumequeue/']]],
  ['power loss', [['sync', '/index/']]],
  ...both(['rename', '/epochFileCheckpoint.bak.tmp']),
  ...both(['rename', '/epochFileCheckpoint.tmp']),
  ...both(['write', '/commitlog/']),
  ['power loss', [['rename', '/config/subscriptionGroup.json.tmp']]],
];

function both(...steps: readonly Step[]): (readonly [SuddenEnd, readonly Step[]])[] {
  return [
    ['kill', steps],
    ['power loss', steps],
  ];
}

/** Before which the two slaves of a dead master die, of which one is to be the next. */
const WHILE_IT_BECOMES_MASTER: readonly (readonly [Step, Step])[] = [
  [
    ['write', '/consumequeue/'],
    ['write', '/epochFileCheckpoint.tmp'],
  ],
  [
    ['rename', '/epochFileCheckpoint.bak.tmp'],
    ['rename', '/config/topics.json.tmp'],
  ],
  [
    ['rename', '/epochFileCheckpoint.tmp'],
    ['rename', '/config/topics.json.tmp'],
  ],
];

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
    sent.push(...(await group.send(5, 'c')));
    // One of the two is without a byte, and the slave is sent what is before them and behind.
    for (let times = 0; times < 2; times++) {
      controller.elect(1);
      await cluster.advance(2000);
    }
    sent.push(...(await group.send(5, 'd')));
    await cluster.broker('broker-a-s1').start();
    await cluster.advance(6000);
    await assertSame(group);
    assert.equal((await epochsOf(group, 'broker-a-s1')).epochs.length, 4);
    cluster.broker('broker-a').kill();
    await cluster.advance(10_000);
    sent.push(...(await group.send(5, 'e')));
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

  test('a slave that becomes master while the last one, which has not heard of it, says where it replicates, does not follow that one', async () => {
    const group = await startGroup(2);
    const { cluster, controller, lines } = group;
    const sent = await group.send(5, 'a');
    // What it was sent last is not in its file for a while: it is master only then.
    cluster.broker('broker-a-s1').platform.disk.faults.add({
      ...{ operation: 'write', path: '/commitlog/', delayMs: 4000 },
    });
    await group.send(1, 'tail', 100);
    cluster.partition('broker-a', 'controller');
    controller.elect(2);
    lines.length = 0;
    await cluster.advance(7000);
    const follows = ({ machine, sentence }: (typeof lines)[number]): boolean =>
      machine === 'broker-a-s1' && sentence === 'this broker follows its master';
    assert.deepEqual(lines.filter(follows), []);
    sent.push(...(await group.send(5, 'b')));
    cluster.heal();
    await cluster.advance(10_000);
    assert.deepEqual(await registered(group), { '0': 'broker-a-s1', '1': 'broker-a' });
    await assertSame(group);
    assertAllIn(sent, await consumed(group));
    await group.stop();
  });

  for (const tail of [0, 5]) {
    const what =
      tail === 0 ? 'with messages that are not confirmed yet' : 'with messages where another tail was cut off';
    test(`a topic that the dead master made, ${what}, is there at the next one`, async () => {
      const group = await startGroup(2);
      const { cluster, controller } = group;
      await group.send(5, 'a');
      // A file of topics is there at its start.
      await cluster.broker('broker-a').stop();
      await cluster.broker('broker-a').start();
      await cluster.advance(10_000);
      controller.elect(1);
      await cluster.advance(5000);
      controller.refusesSets = true;
      cluster.partition('broker-a', 'broker-a-s1');
      for (let i = 0; i < tail; i++) assert.deepEqual(await group.send(1, `tail ${'x'.repeat(3000)}`, 100), []);
      cluster.cut('broker-a', 'broker-a-s1');
      cluster.heal();
      controller.refusesSets = false;
      controller.elect(2);
      await cluster.advance(500);
      assert.deepEqual([...controller.set].sort(), [1, 2]);
      assert.equal(cluster.broker('broker-a').platform.disk.list('/store/truncated-log').length, tail === 0 ? 0 : 1);
      const s1 = cluster.broker('broker-a-s1');
      await cluster.createTopic('New', 1, [s1]);
      const producer = await cluster.producer({ producerGroup: 'p', retryTimesWhenSendFailed: 0 });
      const { sendStatus } = await cluster.run(producer.send({ topic: 'New', body: 'new' }));
      assert.equal(sendStatus, 'SEND_OK');
      // By which it becomes confirmed at the slave, too.
      if (tail > 0) assert.equal((await group.send(3, 'b')).length, 3);
      s1.kill();
      await cluster.stopClient(producer);
      await cluster.advance(10_000);
      const bodies: string[] = [];
      await cluster.consumer({ consumerGroup: 'c', consumeFrom: 'FIRST_OFFSET', topics: { New: '*' } }, ({ body }) => {
        bodies.push(body.toString());
      });
      await cluster.advance(8000);
      assert.deepEqual(bodies, ['new']);
      await group.stop();
    });
  }

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

  /** Dies before a call; with `isCutting` once it has begun to keep what is cut off, since recovery makes such calls too. */
  function dieBefore(member: ClusterServer, [operation, part]: Step, how: SuddenEnd, isCutting = false): void {
    let isCounted = !isCutting;
    member.dieAt({
      ...{ calls: 1, how },
      counts: (called, path) => {
        isCounted ||= path.includes('/truncated-log');
        return isCounted && called === operation && path.includes(part);
      },
    });
  }

  /** It runs for a while, and dies as it was set up to. */
  async function hasDied(group: Group, member: ClusterServer, step: Step): Promise<void> {
    await group.cluster.advance(3000);
    assert.ok(member.died !== undefined, `${member.name} makes no ${step.join(' of ')}`);
    member.died = undefined;
  }

  test('while it comes back, cuts its log and follows: it ends as the other one is', async () => {
    for (const [seed, [how, steps]] of WHILE_IT_CUTS.entries()) {
      const group = await withTail(seed);
      const { cluster, controller } = group;
      const member = cluster.broker('broker-a');
      for (const step of steps) {
        dieBefore(member, step, how, true);
        await member.start().catch(() => undefined);
        await hasDied(group, member, step);
      }
      await member.start();
      await cluster.advance(10_000);
      assert.deepEqual([...controller.set].sort(), [1, 2], `${how} ${steps}`);
      await assertSame(group);
      assertAllIn(group.sent, await consumed(group));
      await group.stop();
    }
  });

  test('while it becomes master: the next one is complete, and nothing acknowledged is lost', async () => {
    for (const [seed, [one, other]] of WHILE_IT_BECOMES_MASTER.entries()) {
      const group = await startGroup(3, {}, seed);
      const { cluster, controller } = group;
      const sent = await group.send(6, 'a');
      assert.deepEqual([...controller.set].sort(), [1, 2, 3]);
      const [s1, s2] = [cluster.broker('broker-a-s1'), cluster.broker('broker-a-s2')];
      dieBefore(s1, one, 'kill');
      dieBefore(s2, other, 'kill');
      cluster.broker('broker-a').kill();
      await cluster.advance(10_000);
      await hasDied(group, s1, one);
      await hasDied(group, s2, other);
      for (const member of [cluster.broker('broker-a'), s1, s2]) await member.start();
      await cluster.advance(15_000);
      sent.push(...(await group.send(6, 'b')));
      assert.deepEqual([...controller.set].sort(), [1, 2, 3], `${one} ${other}`);
      for (const slave of ['broker-a-s1', 'broker-a-s2']) await assertSame(group, 'broker-a', slave, false);
      assertAllIn(sent, await consumed(group));
      await group.stop();
    }
  });
});
