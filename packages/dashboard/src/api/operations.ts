import type { ConfigEntry } from './brokers.ts';
import { list, oneOf, record, text } from './field.ts';
import type { BrokerResult } from './page.ts';
import { answer, route } from './route.ts';

/** Whether an address of the cluster can be reached from the console. */
export interface Reachability {
  readonly role: 'nameServer' | 'broker' | 'brokerVip' | 'controller';
  readonly brokerName?: string | undefined;
  readonly brokerId?: number | undefined;
  readonly address: string;
  /** How long the answer took; undefined when there was none. */
  readonly latencyMs?: number | undefined;
  readonly failure?: string | undefined;
  /** What to do about the failure. */
  readonly hint?: 'brokerIP1' | 'loopback' | 'firewall' | 'notRunning' | 'hangs' | 'name' | undefined;
}

export interface NameServerConfig {
  readonly address: string;
  readonly entries: readonly ConfigEntry[];
  readonly failure?: string | undefined;
}

export const OPERATION_ROUTES = {
  /** Asks every address now. */
  reachability: route('GET', '/clusters/:cluster/reachability', { answer: answer<readonly Reachability[]>() }),
  nameServerConfig: route('GET', '/clusters/:cluster/name-servers/config', {
    answer: answer<readonly NameServerConfig[]>(),
  }),
  updateNameServerConfig: route('PUT', '/clusters/:cluster/name-servers/config', {
    access: 'write',
    body: { properties: record(text({ min: 0 })) },
    answer: answer<readonly BrokerResult[]>(),
  }),
  /** On every name server. */
  writePermission: route('POST', '/clusters/:cluster/write-permission', {
    access: 'write',
    body: { brokerName: text({ max: 256 }), change: oneOf('wipe', 'add') },
    answer: answer<readonly BrokerResult[]>(),
  }),
  cleanUp: route('POST', '/clusters/:cluster/clean-up', {
    access: 'write',
    body: {
      what: oneOf('expiredConsumeQueues', 'expiredCommitLog', 'unusedTopics'),
      addresses: list(text({ max: 256 }), { max: 256 }),
    },
    answer: answer<readonly BrokerResult[]>(),
  }),
};
