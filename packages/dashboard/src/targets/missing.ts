import type { BrokerFailure } from '../api/index.ts';
import type { BrokerState, ClusterModel } from '../collect/model.ts';
import { addressesOf, type BrokerTarget } from './broker-target.ts';

/**
 * Brokers that the console has seen and that are not among those that are asked: what they hold is missing on a page, which
 * must not look as if it were whole. `known`: all that are registered.
 */
export function missingBrokers(
  model: ClusterModel,
  known: readonly BrokerTarget[],
  concerns: (brokerName: string) => boolean = () => true,
): BrokerFailure[] {
  return absent(model, known, (broker) => concerns(broker.brokerName));
}

/** The same where `known` are only those of a route: a broker that answers has been taken out of it. */
export function missingFromRoute(
  model: ClusterModel,
  known: readonly BrokerTarget[],
  had: (brokerName: string) => boolean,
): BrokerFailure[] {
  return absent(model, known, ({ brokerName, outage }) => outage !== undefined && had(brokerName));
}

function absent(
  model: ClusterModel,
  known: readonly BrokerTarget[],
  counts: (broker: BrokerState) => boolean,
): BrokerFailure[] {
  const addresses = addressesOf(known);
  return [...model.brokers.values()]
    .filter((broker) => !addresses.has(broker.address) && counts(broker))
    .map(({ brokerName, address, outage }) => ({
      ...{ brokerName, address },
      message: outage?.message ?? 'the name servers do not know it any more',
    }));
}

/** Failures of several questions, each server once. */
export function mergeFailures(...lists: readonly (readonly BrokerFailure[])[]): BrokerFailure[] {
  const byAddress = new Map<string, BrokerFailure>();
  for (const failure of lists.flat()) if (!byAddress.has(failure.address)) byAddress.set(failure.address, failure);
  return [...byAddress.values()];
}
