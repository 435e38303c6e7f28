import type { Clock } from '@rocketmq-ts/kernel';
import type { NameServerConfig, OPERATION_ROUTES } from '../api/index.ts';
import { checkValues } from '../brokers/config-check.ts';
import { brokerOf, configEntries } from '../brokers/handlers.ts';
import { ConsoleError } from '../errors.ts';
import type { Handlers } from '../http/bind.ts';
import { reasonOf } from '../http/failure.ts';
import { onEach } from '../http/on-each.ts';
import { reachabilityOf } from './reachability.ts';

/** Answers of the page Operations, asked from the servers now. */
export function operationHandlers(clock: Clock): Handlers<typeof OPERATION_ROUTES> {
  return {
    reachability: ({ cluster }) => reachabilityOf(cluster, clock),

    nameServerConfig: async ({ cluster }) =>
      await Promise.all(
        cluster.namesrvAddresses.map(async (address): Promise<NameServerConfig> => {
          try {
            return { address, entries: configEntries(await cluster.admin.nameServerConfigOf(address)) };
          } catch (error) {
            return { address, entries: [], failure: reasonOf(error) };
          }
        }),
      ),

    async updateNameServerConfig({ cluster, body }) {
      const properties = new Map(Object.entries(body.properties));
      if (properties.size === 0) throw new ConsoleError('BAD_REQUEST', 'no property is to be changed');
      return await onEach(targetsOf(cluster.namesrvAddresses), async ({ address }) => {
        checkValues(await cluster.admin.nameServerConfigOf(address), properties);
        return await cluster.admin.updateNameServerConfigOf(address, properties);
      });
    },

    async writePermission({ cluster, body }) {
      const { brokerName, change } = body;
      const { admin } = cluster;
      return await onEach(targetsOf(cluster.namesrvAddresses), async ({ address }) => {
        const count = await (change === 'wipe'
          ? admin.wipeWritePermission(address, brokerName)
          : admin.addWritePermission(address, brokerName));
        return `${count} topics`;
      });
    },

    async cleanUp({ cluster, body }) {
      const { admin } = cluster;
      const work = {
        expiredConsumeQueues: admin.cleanExpiredConsumeQueue,
        expiredCommitLog: admin.deleteExpiredCommitLog,
        unusedTopics: admin.cleanUnusedTopic,
      }[body.what];
      const brokers = body.addresses.map((address) => brokerOf(cluster, address));
      return await onEach(brokers, ({ address }) => work(address));
    },
  };
}

function targetsOf(addresses: readonly string[]): { readonly address: string }[] {
  return addresses.map((address) => ({ address }));
}
