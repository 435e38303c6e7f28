import { useQuery } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { CLUSTER_ROUTES, type ClusterRow } from '../../../src/api/index.ts';
import { call } from '../call.ts';

/** The cluster of the address, for everything on its pages. */
export const ClusterContext = createContext<ClusterRow | undefined>(undefined);

/** The cluster that the page is about. */
export function useCluster(): ClusterRow {
  const found = useContext(ClusterContext);
  if (found === undefined) throw new Error('useCluster outside of a page');
  return found;
}

/** All clusters of the console, asked again every ten seconds. */
export function useClusters() {
  return useQuery({
    queryKey: ['clusters'],
    queryFn: ({ signal }) => call(CLUSTER_ROUTES.listClusters, {}, signal),
    refetchInterval: 10_000,
  });
}
