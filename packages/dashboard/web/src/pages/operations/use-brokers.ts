import { useQuery } from '@tanstack/react-query';
import { type BrokerSummary, OVERVIEW_ROUTES } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { useCluster } from '../../shell/cluster.tsx';

/** The brokers of the cluster, as they were collected last. */
export function useBrokers(): readonly BrokerSummary[] {
  const { id } = useCluster();
  const { data } = useQuery({
    queryKey: ['overview', id],
    queryFn: ({ signal }) => call(OVERVIEW_ROUTES.overview, { params: { cluster: id } }, signal),
    staleTime: 10_000,
  });
  return data?.brokers ?? [];
}
