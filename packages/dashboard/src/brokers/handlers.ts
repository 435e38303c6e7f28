import type { BROKER_ROUTES, BrokerSummary, ConfigEntry, KeyValue } from '../api/index.ts';
import type { Cluster } from '../clusters/registry.ts';
import type { BrokerState } from '../collect/model.ts';
import { ConsoleError } from '../errors.ts';
import type { Handlers } from '../http/bind.ts';
import { onEach } from '../http/on-each.ts';
import { pageOf, type SortKeys } from '../http/page-of.ts';
import { summaryOf } from '../overview/summary.ts';
import { checkValues, isFixedKey } from './config-check.ts';

const SORTS: SortKeys<BrokerSummary> = {
  brokerName: ({ brokerName, brokerId }) => `${brokerName}:${brokerId}`,
  address: ({ address }) => address,
  version: ({ version }) => version,
  putTps: ({ putTps }) => putTps,
  getTps: ({ getTps }) => getTps,
  putToday: ({ putToday }) => putToday,
  putYesterday: ({ putYesterday }) => putYesterday,
  gotToday: ({ gotToday }) => gotToday,
  gotYesterday: ({ gotYesterday }) => gotYesterday,
  diskRatio: ({ diskRatio }) => diskRatio,
};

/** Answers about brokers: the list from what was collected, all else asked from them now. */
export const brokerHandlers: Handlers<typeof BROKER_ROUTES> = {
  listBrokers({ cluster, query }) {
    const { model } = cluster;
    const rows = [...model.brokers.values()].map(summaryOf);
    const rest = { collectedAtMs: model.collectedAtMs('brokers'), failures: model.failures() };
    return pageOf(rows, query, ({ brokerName, brokerId }) => `${brokerName}:${brokerId}`, SORTS, rest);
  },

  async brokerStatus({ cluster, params }) {
    const { address } = brokerOf(cluster, params.address);
    return { address, entries: entriesOf(await cluster.admin.brokerRuntimeInfo(address)) };
  },

  async brokerConfig({ cluster, params }) {
    const { address, brokerName } = brokerOf(cluster, params.address);
    const config = await cluster.admin.brokerConfig(address);
    return { address, brokerName, entries: configEntries(config) };
  },

  async updateBrokerConfig({ cluster, body }) {
    const properties = new Map(Object.entries(body.properties));
    if (properties.size === 0) throw new ConsoleError('BAD_REQUEST', 'no property is to be changed');
    const brokers = body.addresses.map((address) => brokerOf(cluster, address));
    return await onEach(brokers, async ({ address }): Promise<string | undefined> => {
      checkValues(await cluster.admin.brokerConfig(address), properties);
      return await cluster.admin.updateBrokerConfig(address, properties);
    });
  },
};

/** A broker of the cluster by its address. Throws NOT_FOUND, so that the console asks no address that a browser makes up. */
export function brokerOf(cluster: Cluster, address: string): BrokerState {
  const found = cluster.model.brokers.get(address);
  if (found === undefined) throw new ConsoleError('NOT_FOUND', `the cluster has no broker at ${address}`);
  return found;
}

/** Properties by key, with those marked that can't be changed. */
export function configEntries(config: ReadonlyMap<string, string>): ConfigEntry[] {
  return entriesOf(config).map((each) => ({ ...each, isFixed: isFixedKey(config, each.key) }));
}

/** Keys with their values, by key. */
function entriesOf(table: ReadonlyMap<string, string>): KeyValue[] {
  return [...table].map(([key, value]) => ({ key, value })).sort((a, b) => (a.key < b.key ? -1 : 1));
}
