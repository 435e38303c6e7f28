import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import type { ClusterRow, SessionFacts } from '../../../src/api/index.ts';
import type { IconName } from './icon.tsx';
import type { text } from './text.ts';

/** A page of the console, with everything that is known of it before it is loaded. */
export interface PageEntry {
  /** Below `/c/<cluster>/`; what follows it belongs to the page. */
  readonly path: string;
  /** Key of its title in `shell/text.ts`. */
  readonly title: Exclude<keyof typeof text.en, 'checkedAgo' | 'alertsRaised' | 'noRightText'>;
  readonly icon: IconName;
  readonly section: 'watch' | 'data' | 'run';
  readonly page: LazyExoticComponent<ComponentType>;
  /** Only where it has something to show. Default: always. */
  readonly isFor?: (cluster: ClusterRow) => boolean;
  /** Only for those to whom the server answers. Default: for all who may look. */
  readonly mayOpen?: (session: SessionFacts) => boolean;
}

/** Pages in the order of the navigation. The default export of each module is its component. */
export const PAGES: readonly PageEntry[] = [
  {
    path: 'overview',
    title: 'overview',
    icon: 'overview',
    section: 'watch',
    page: lazy(() => import('../pages/overview/page.tsx')),
  },
  {
    path: 'alerts',
    title: 'alerts',
    icon: 'alerts',
    section: 'watch',
    page: lazy(() => import('../pages/alerts/page.tsx')),
  },
  {
    path: 'topics',
    title: 'topics',
    icon: 'topics',
    section: 'data',
    page: lazy(() => import('../pages/topics/page.tsx')),
  },
  {
    path: 'groups',
    title: 'groups',
    icon: 'groups',
    section: 'data',
    page: lazy(() => import('../pages/groups/page.tsx')),
  },
  {
    path: 'producers',
    title: 'producers',
    icon: 'producers',
    section: 'data',
    page: lazy(() => import('../pages/producers/page.tsx')),
  },
  {
    path: 'cluster',
    title: 'cluster',
    icon: 'cluster',
    section: 'watch',
    page: lazy(() => import('../pages/cluster/page.tsx')),
  },
  {
    path: 'controllers',
    title: 'controllers',
    icon: 'controllers',
    section: 'run',
    page: lazy(() => import('../pages/controllers/page.tsx')),
    isFor: ({ hasControllers }) => hasControllers,
  },
  {
    path: 'proxies',
    title: 'proxies',
    icon: 'proxies',
    section: 'run',
    page: lazy(() => import('../pages/proxies/page.tsx')),
  },
  {
    path: 'operations',
    title: 'operations',
    icon: 'operations',
    section: 'run',
    page: lazy(() => import('../pages/operations/page.tsx')),
  },
  {
    path: 'messages',
    title: 'messages',
    icon: 'messages',
    section: 'data',
    page: lazy(() => import('../pages/messages/page.tsx')),
  },
  {
    path: 'trace',
    title: 'trace',
    icon: 'trace',
    section: 'data',
    page: lazy(() => import('../pages/trace/page.tsx')),
  },
  {
    path: 'dead-letters',
    title: 'deadLetters',
    icon: 'deadLetters',
    section: 'data',
    page: lazy(() => import('../pages/dead-letters/page.tsx')),
  },
  {
    path: 'transactions',
    title: 'transactions',
    icon: 'transactions',
    section: 'data',
    page: lazy(() => import('../pages/transactions/page.tsx')),
  },
  {
    path: 'timers',
    title: 'timers',
    icon: 'timers',
    section: 'data',
    page: lazy(() => import('../pages/timers/page.tsx')),
  },
  {
    path: 'acl',
    title: 'accounts',
    icon: 'accounts',
    section: 'run',
    page: lazy(() => import('../pages/acl/page.tsx')),
  },
  {
    path: 'audit',
    title: 'audit',
    icon: 'log',
    section: 'run',
    page: lazy(() => import('../pages/audit/page.tsx')),
    mayOpen: ({ mayWrite }) => mayWrite,
  },
];
