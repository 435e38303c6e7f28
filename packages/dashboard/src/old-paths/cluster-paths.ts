import { reasonOf } from '../http/failure.ts';
import type { OldEndpoint } from './endpoint.ts';
import { clusterInfoJson } from './json-forms.ts';

const MESSAGE_TYPES = ['UNSPECIFIED', 'NORMAL', 'FIFO', 'DELAY', 'TRANSACTION', 'MIXED'];

/** `/cluster/…`. Source: ClusterController, ClusterServiceImpl. */
export const clusterPaths: readonly OldEndpoint[] = [
  {
    method: 'GET',
    path: '/cluster/list.query',
    access: 'read',
    async run({ admin, failures }) {
      const info = await admin.examineClusterInfo();
      const brokers = [...info.brokerAddrTable.values()].flatMap(({ brokerName, brokerAddrs }) =>
        [...brokerAddrs].map(([brokerId, address]) => ({ brokerName, brokerId, address })),
      );
      const brokerServer: Record<string, Record<string, Readonly<Record<string, string>>>> = {};
      for (const { brokerName } of brokers) brokerServer[brokerName] = {};
      await Promise.all(
        brokers.map(async ({ brokerName, brokerId, address }) => {
          try {
            brokerServer[brokerName]![brokerId] = Object.fromEntries(await admin.brokerRuntimeInfo(address));
          } catch (error) {
            // A broker that is down must not hide the others.
            brokerServer[brokerName]![brokerId] = { error: reasonOf(error) };
            failures.push({ brokerName, address, message: reasonOf(error) });
          }
        }),
      );
      const messageTypes = Object.fromEntries(MESSAGE_TYPES.map((type) => [type, `MESSAGE_TYPE_${type}`]));
      return { clusterInfo: clusterInfoJson(info), brokerServer, messageTypes };
    },
  },
  {
    method: 'GET',
    path: '/cluster/brokerConfig.query',
    access: 'read',
    run: async ({ admin, values }) => Object.fromEntries(await admin.brokerConfig(values.text('brokerAddr'))),
  },
];
