import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { brokerConfigTable } from '@rocketmq-ts/broker';
import type { ConfigTable } from '@rocketmq-ts/kernel';
import { namesrvConfigTable } from '@rocketmq-ts/namesrv';
import { unlessJava } from '../support/needs.ts';
import { settingsInUse } from '../support/settings-in-use.ts';

/** No change of these is taken over the network: who a server is, where its data lies, what ours does not serve. */
const REFUSED: readonly string[] = [
  ...['brokerName', 'brokerClusterName', 'brokerId', 'storePathRootDir', 'storePathCommitLog', 'rocketmqHome'],
  ...['configBlackList', 'configStorePath', 'kvConfigPath', 'enableDLegerCommitLog'],
];

/** Read by what a start hands to its instruments and calls itself, and by lines of a log. */
const NOT_IN_USE: ReadonlyMap<string, RegExp> = new Map([
  ['metricsInDelta', /^BrokerMetricsManager\.lambda\$init\$/],
  ['listenPort', /^NettyRemotingServer\./],
]);

suite("what waits for the next start here and not with Apache's says why, and nothing else does", {
  skip: unlessJava(),
}, () => {
  test('broker', { timeout: 120_000 }, async () => {
    const inUse = await settingsInUse('broker');
    for (const name of ['maxMessageSize', 'brokerPermission', 'transactionCheckMax'])
      assert.ok(inUse.get(name)!.length > 0, name);
    for (const name of ['flushConsumerOffsetInterval', 'channelExpiredTimeout', 'maxHashSlotNum'])
      assert.deepEqual(inUse.get(name), [], name);
    assert.deepEqual(differences(brokerConfigTable, inUse), {});
  });

  test('name server', { timeout: 120_000 }, async () => {
    const inUse = await settingsInUse('namesrv');
    assert.ok(inUse.get('orderMessageEnable')!.length > 0);
    assert.deepEqual(inUse.get('scanNotActiveBrokerInterval'), []);
    assert.deepEqual(differences(namesrvConfigTable, inUse), {});
  });
});

function differences(table: ConfigTable, inUse: ReadonlyMap<string, readonly string[]>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, { facts }] of Object.entries(table)) {
    if (facts.idle === true || facts.change === 'live' || REFUSED.includes(name)) continue;
    const methods = (inUse.get(name) ?? []).filter((method) => NOT_IN_USE.get(name)?.test(method) !== true);
    if (methods.length > 0 && facts.waits === undefined) found[name] = `read by ${methods.join(', ')}`;
    if (methods.length === 0 && facts.waits !== undefined) found[name] = 'has a reason that nothing needs';
  }
  return found;
}
