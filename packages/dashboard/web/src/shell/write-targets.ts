import { useQuery } from '@tanstack/react-query';
import { type BrokerResult, TOPIC_ROUTES, type TopicBroker } from '../../../src/api/index.ts';
import { call } from '../call.ts';
import type { WriteTarget } from '../parts/confirm-write.tsx';

/** Every broker name of a cluster, for forms that create something. */
export function useWriteTargets(cluster: string, isNeeded: boolean) {
  return useQuery({
    queryKey: ['targets', cluster],
    queryFn: ({ signal }) => call(TOPIC_ROUTES.writeTargets, { params: { cluster } }, signal),
    enabled: isNeeded,
  });
}

/** Brokers as the dialog of a change shows them: by the address that it is made at. */
export function writeTargets(brokers: readonly TopicBroker[]): WriteTarget[] {
  return brokers.map(({ brokerName, addresses }) => ({ brokerName, address: addresses[0]?.address ?? '' }));
}

/** Broker names of the targets that were chosen. */
export function namesOf(targets: readonly WriteTarget[]): string[] {
  return targets.flatMap(({ brokerName }) => brokerName ?? []);
}

/** True when a change was made on one broker at least. */
export function anyDone(results: readonly BrokerResult[]): boolean {
  return results.some(({ ok }) => ok);
}
