import { createTopicConfig, type TopicConfig } from '@rocketmq-ts/protocol';
import type { Registration } from '../src/route-table.ts';

/** What every broker has from its start; a registration with fewer than two topics is an increment. */
const SYSTEM = ['TBW102', 'SELF_TEST_TOPIC'];

export function topics(...names: string[]): Map<string, TopicConfig> {
  const table = new Map<string, TopicConfig>();
  for (const name of [...SYSTEM, ...names]) {
    table.set(name, createTopicConfig(name, { readQueueNums: 4, writeQueueNums: 4, perm: name === 'TBW102' ? 7 : 6 }));
  }
  return table;
}

/** A registration of a master with one topic of its own, with changes. */
export function registration(changes: Partial<Registration> = {}): Registration {
  return {
    clusterName: 'C',
    brokerName: 'a',
    brokerAddr: '10.0.0.1:10911',
    brokerId: 0,
    haServerAddr: '10.0.0.1:10912',
    zoneName: undefined,
    heartbeatTimeoutMs: undefined,
    enableActingMaster: false,
    dataVersion: { stateVersion: 0, timestamp: 1, counter: 1 },
    topics: topics('T'),
    hasAllTopics: false,
    mappings: new Map(),
    filterServers: [],
    connection: { close: () => {} },
    ...changes,
  };
}

export function version(counter: number, stateVersion = 0): Registration['dataVersion'] {
  return { stateVersion, timestamp: 1, counter };
}
