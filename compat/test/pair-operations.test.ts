import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { brokerIsRegistered } from '@rocketmq-ts/testkit/java';
import { runOurCommand } from '@rocketmq-ts/testkit/processes';
import { ApacheMqadmin } from '../support/apache-mqadmin.ts';
import { unlessJava } from '../support/needs.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { hasStackTrace, lines, masked, maskedStatus } from '../support/printed.ts';

const TEST_MS = 90_000;
const REGISTERED_MS = 40_000;
const TOPIC = 'TopicTest';
const CLUSTER = 'DefaultCluster';
/** A slave reads no timers: its reading is as many seconds behind as its master's progress, which it gets now and then, is old. */
const SLAVE_TIMER = /^(\S+ +\S+ +1 .* )\d+(?=-0\()([^)]*\)) +/gm;
/** Facts whose names have a folder or a level of delay in them. */
const OF_PLACES = /_/;
const properties = {
  ...{ mappedFileSizeCommitLog: 1024 * 1024, mappedFileSizeConsumeQueue: 20_000 },
  ...{ autoCreateTopicEnable: true, haHousekeepingInterval: 60_000 },
};

suite('what operators see of masters with slaves', { skip: unlessJava() }, () => {
  const pairs: Pair[] = [];
  let ours: Pair;
  let apaches: Pair;
  let mqadmin: ApacheMqadmin;

  before(async () => {
    ours = await startPair({ master: 'ours', slave: 'apache' }, { ...properties, brokerName: 'broker-a' });
    pairs.push(ours);
    apaches = await startPair({ master: 'apache', slave: 'ours' }, { ...properties, brokerName: 'broker-b' }, ours);
    pairs.push(apaches);
    mqadmin = new ApacheMqadmin(join(ours.home, 'apaches-mqadmin'));
    await Promise.all(
      pairs.map(async (pair) => {
        await pair.start('master');
        await pair.start('slave');
        await pair.send(20);
        await pair.assertCopied();
      }),
    );
    for (const pair of pairs)
      for (const side of ['master', 'slave'] as const)
        await brokerIsRegistered(ours.namesrv, pair.address(side), REGISTERED_MS);
  });
  after(async () => {
    await mqadmin?.stop();
    await Promise.all(pairs.map((pair) => pair.end()));
  });

  /** Both tools print the same; resolves to it. */
  const both = async (args: readonly string[], mask: (output: string) => string = masked): Promise<string> => {
    const command = [...args, '-n', ours.namesrv];
    const [theirs, own] = await Promise.all([
      mqadmin.run(command),
      runOurCommand('mqadmin', command, { home: join(ours.home, 'mqadmin') }),
    ]);
    assert.ok(!hasStackTrace(theirs), theirs);
    assert.deepEqual(lines(mask(own.output)), lines(mask(theirs)), args.join(' '));
    return own.output;
  };

  test('clusterList shows every member with its id', { timeout: TEST_MS }, async () => {
    const list = await both(['clusterList'], (output) => masked(output.replace(SLAVE_TIMER, '$1<seconds>$2 ')));
    for (const [name, pair] of [
      ['broker-a', ours],
      ['broker-b', apaches],
    ] as const)
      for (const [id, side] of ['master', 'slave'].entries())
        assert.match(
          list,
          new RegExp(`^${CLUSTER} +${name} +${id} +${pair.address(side as 'master' | 'slave')} `, 'm'),
        );
    await both(['clusterList', '-m']);
  });

  test('topicRoute shows where slaves are, as JSON and as a list', { timeout: TEST_MS }, async () => {
    const route = await both(['topicRoute', '-t', TOPIC]);
    for (const pair of pairs) assert.match(route, new RegExp(`1:"${pair.address('slave')}"`));
    await both(['topicRoute', '-t', TOPIC, '-l']);
    await both(['topicClusterList', '-t', TOPIC]);
  });

  test('brokerStatus of all members, and our slave has the facts that Apache’s has', { timeout: TEST_MS }, async () => {
    const status = await both(['brokerStatus', '-c', CLUSTER], maskedStatus);
    for (const pair of pairs)
      assert.match(status, new RegExp(`^${pair.address('slave')} +brokerActive +: false$`, 'm'));
    await both(['brokerStatus', '-b', apaches.address('slave')], maskedStatus);
    const [own, theirs] = await Promise.all([apaches, ours].map((pair) => pair.facts('slave')));
    const names = (facts: ReadonlyMap<string, string>): string[] =>
      [...facts.keys()].filter((key) => !OF_PLACES.test(key)).sort();
    assert.deepEqual(names(own!), names(theirs!));
  });

  test('haStatus of masters and of slaves', { timeout: TEST_MS }, async () => {
    const masters = await both(['haStatus', '-c', CLUSTER]);
    assert.equal(masters.match(/^#SlaveNum\t1$/gm)?.length, 2);
    for (const pair of pairs) {
      const slave = await both(['haStatus', '-b', pair.address('slave')]);
      assert.match(slave, new RegExp(`^#MasterAddr\t${pair.haAddress('master')}$`, 'm'));
    }
  });

  test('getBrokerConfig of a cluster shows slaves behind their masters', { timeout: TEST_MS }, async () => {
    const config = await both(['getBrokerConfig', '-c', CLUSTER]);
    for (const pair of pairs)
      assert.match(config, new RegExp(`My Master: ${pair.address('master')}=+Slave: ${pair.address('slave')}=`));
  });

  test('wipeWritePerm and addWritePerm take the permission to write from a pair and give it back', {
    timeout: TEST_MS,
  }, async () => {
    for (const [command, perm] of [
      ['wipeWritePerm', 4],
      ['addWritePerm', 6],
    ] as const) {
      await both([command, '-b', 'broker-a']);
      const route = await both(['topicRoute', '-t', TOPIC, '-l']);
      assert.match(route, new RegExp(` broker-a .* ${perm} *$`, 'm'));
      assert.match(route, / broker-b .* 6 *$/m);
    }
  });

  test('resetMasterFlushOffset of a slave', { timeout: TEST_MS }, async () => {
    for (const pair of pairs) {
      await both(['resetMasterFlushOffset', '-b', pair.address('slave'), '-o', '4096']);
      assert.match(await both(['haStatus', '-b', pair.address('slave')]), /^#MasterFlushOffset\t4096$/m);
    }
  });
});
