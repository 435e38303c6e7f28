import { text } from './field.ts';
import type { Reachability } from './operations.ts';
import { answer, route } from './route.ts';

/** A proxy that the console knows, and whether it answers at its remoting port. */
export interface ProxyRow extends Pick<Reachability, 'address' | 'latencyMs' | 'failure' | 'hint'> {
  /** The one that `/proxy/homePage.query` names as current. */
  readonly isCurrent: boolean;
}

export const PROXY_ROUTES = {
  /** Asks every proxy now, in the order in which they were added. */
  proxies: route('GET', '/clusters/:cluster/proxies', { answer: answer<readonly ProxyRow[]>() }),
  addProxy: route('POST', '/proxies', {
    access: 'write',
    body: { address: text({ max: 256 }) },
    answer: answer<null>(),
  }),
  /** Makes one of them the current one. */
  chooseProxy: route('POST', '/proxies/current', {
    access: 'write',
    body: { address: text({ max: 256 }) },
    answer: answer<null>(),
  }),
};
