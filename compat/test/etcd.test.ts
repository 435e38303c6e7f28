import { setTimeout as sleep } from 'node:timers/promises';
import { connectEtcd } from '@rocketmq-ts/controller';
import { nodePlatform, silentLogger } from '@rocketmq-ts/kernel';
import { describeEtcdContract } from '@rocketmq-ts/testkit/etcd';
import { startEtcd } from '../support/etcd.ts';

describeEtcdContract('etcd by its client library', async () => {
  const cluster = await startEtcd();
  const options = {
    endpoints: cluster.members.map(({ endpoint }) => endpoint),
    timeoutMs: 2000,
    clock: nodePlatform.clock,
    logger: silentLogger,
  };
  const [first, second] = [await connectEtcd(options), await connectEtcd(options)];
  return {
    first,
    second,
    run: (work) => work,
    pass: async (ms) => {
      await sleep(ms);
    },
    end: async () => {
      first.close();
      second.close();
      await cluster.stop();
    },
  };
});
