import { Route, Switch, useLocation } from 'wouter';
import { useCluster } from '../../shell/cluster.tsx';
import { BrokerPage } from './broker-page.tsx';
import { BrokersPage } from './brokers-page.tsx';

/** The brokers of the cluster, and below it the views of one: `/cluster/<address>/<view>`. */
export default function ClusterPage() {
  const { id } = useCluster();
  const base = `/c/${encodeURIComponent(id)}/cluster`;
  const [location] = useLocation();
  const [address, view] = location
    .slice(base.length + 1)
    .split('/')
    .map(decoded);
  return (
    <Switch>
      <Route path="/c/:cluster/cluster">
        <BrokersPage base={base} />
      </Route>
      <Route>
        <BrokerPage key={address} base={base} address={address ?? ''} view={view ?? 'status'} />
      </Route>
    </Switch>
  );
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
