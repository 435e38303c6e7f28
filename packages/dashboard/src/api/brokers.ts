import { list, record, text } from './field.ts';
import type { BrokerSummary } from './overview.ts';
import { type BrokerResult, PAGE_QUERY, type Page } from './page.ts';
import { answer, route } from './route.ts';

/** A runtime key or property with its value. */
export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

/** A property of a broker. */
export interface ConfigEntry extends KeyValue {
  /** Never changed over the network. */
  readonly isFixed: boolean;
}

export interface BrokerStatus {
  readonly address: string;
  readonly entries: readonly KeyValue[];
}

export interface BrokerConfig {
  readonly address: string;
  readonly brokerName?: string | undefined;
  readonly entries: readonly ConfigEntry[];
}

export const BROKER_ROUTES = {
  /** Every broker process; sorts by the names of the fields. */
  listBrokers: route('GET', '/clusters/:cluster/brokers', {
    query: PAGE_QUERY,
    answer: answer<Page<BrokerSummary>>(),
  }),
  /** Asked from the broker now. */
  brokerStatus: route('GET', '/clusters/:cluster/brokers/:address/status', { answer: answer<BrokerStatus>() }),
  brokerConfig: route('GET', '/clusters/:cluster/brokers/:address/config', { answer: answer<BrokerConfig>() }),
  /** The same properties on each of these brokers. */
  updateBrokerConfig: route('PUT', '/clusters/:cluster/brokers/config', {
    access: 'write',
    body: { addresses: list(text({ max: 256 }), { max: 256 }), properties: record(text({ min: 0 })) },
    answer: answer<readonly BrokerResult[]>(),
  }),
};
