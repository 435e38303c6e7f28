import type { Clock } from '@rocketmq-ts/kernel';
import type { PROXY_ROUTES, ProxyRow } from '../api/index.ts';
import { connectionIn } from '../groups/members.ts';
import type { Handlers } from '../http/bind.ts';
import { connectionHint, reach } from '../operations/reachability.ts';
import type { ProxyList } from './proxy-list.ts';

/** What a proxy is asked for: it answers that nobody is online in this group, and its state is not changed. */
const ASKED_GROUP = 'TOOLS_CONSUMER';

/** Answers of the page Proxies. */
export function proxyHandlers(list: ProxyList, clock: Pick<Clock, 'monotonicMs'>): Handlers<typeof PROXY_ROUTES> {
  return {
    proxies: async ({ cluster }) =>
      await Promise.all(
        list.addresses.map(async (address): Promise<ProxyRow> => {
          // Read before the answer comes, so that all rows are of one moment.
          const isCurrent = address === list.current;
          const ask = () => connectionIn(cluster.admin, address, ASKED_GROUP);
          return { address, isCurrent, ...(await reach(ask, clock, connectionHint)) };
        }),
      ),
    addProxy({ body }) {
      list.add(body.address);
      return null;
    },
    chooseProxy({ body }) {
      list.choose(body.address);
      return null;
    },
  };
}
