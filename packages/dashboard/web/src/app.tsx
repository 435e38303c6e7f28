import { Skeleton, Stack } from '@mantine/core';
import { Suspense, useEffect } from 'react';
import { Link, Redirect, Route, Switch, useLocation } from 'wouter';
import type { ClusterRow } from '../../src/api/index.ts';
import { CallError } from './call.ts';
import { Empty } from './parts/empty.tsx';
import { ErrorBox } from './parts/error-box.tsx';
import { PageGuard } from './parts/page-guard.tsx';
import { useSession } from './session/session.tsx';
import { ClusterContext, useClusters } from './shell/cluster.tsx';
import { useText } from './shell/language.ts';
import { Layout } from './shell/layout.tsx';
import { PAGES } from './shell/navigation.ts';
import { text } from './shell/text.ts';

/** The whole console below its providers. */
export function App() {
  const clusters = useClusters();
  const [location] = useLocation();
  const id = clusterIdOf(location);
  const rows = clusters.data ?? [];
  const cluster = rows.find((each) => each.id === id);
  return (
    <Layout clusters={rows} cluster={cluster}>
      {clusters.error !== null && <LostConsole error={clusters.error} />}
      {clusters.data === undefined ? (
        clusters.error === null && <PageSkeleton />
      ) : (
        <Switch>
          <Route path="/">{rows[0] === undefined ? <NoPage /> : <Redirect to={homeOf(rows[0])} replace />}</Route>
          <Route path="/c/:cluster">
            {cluster === undefined ? <NoCluster /> : <Redirect to={homeOf(cluster)} replace />}
          </Route>
          <Route>
            {id !== undefined && cluster === undefined ? <NoCluster /> : <ClusterPages cluster={cluster} />}
          </Route>
        </Switch>
      )}
    </Layout>
  );
}

function homeOf({ id }: ClusterRow): string {
  return `/c/${encodeURIComponent(id)}/overview`;
}

function clusterIdOf(location: string): string | undefined {
  const part = /^\/c\/([^/]+)/.exec(location)?.[1];
  try {
    return part === undefined ? undefined : decodeURIComponent(part);
  } catch {
    return part;
  }
}

function ClusterPages({ cluster }: { readonly cluster: ClusterRow | undefined }) {
  const [location] = useLocation();
  const t = useText(text);
  const session = useSession();
  const entry = PAGES.find(({ path }) => new RegExp(`^/c/[^/]+/${path}(?:/|$)`).test(location));
  const title = entry === undefined ? undefined : (t[entry.title] as string);
  useEffect(() => {
    document.title = [title, cluster?.name, t.product].filter((each) => each !== undefined).join(' · ');
  }, [title, cluster?.name, t.product]);
  if (entry === undefined || cluster === undefined) return <NoPage />;
  const { page: Page, path, mayOpen } = entry;
  if (mayOpen !== undefined && session === undefined) return <PageSkeleton />;
  if (mayOpen !== undefined && session !== undefined && !mayOpen(session)) return <NoRight page={title ?? path} />;
  return (
    <ClusterContext value={cluster}>
      <PageGuard key={`${cluster.id} ${path}`}>
        <Suspense fallback={<PageSkeleton />}>
          <Page />
        </Suspense>
      </PageGuard>
    </ClusterContext>
  );
}

function LostConsole({ error }: { readonly error: Error }) {
  const t = useText(text);
  return error instanceof CallError && error.status === 0 ? (
    <ErrorBox title={t.consoleGone} />
  ) : (
    <ErrorBox error={error} />
  );
}

function NoCluster() {
  const t = useText(text);
  return (
    <Empty isPage title={t.noCluster} action={<Link href="/">{t.toStart}</Link>}>
      {t.noClusterText}
    </Empty>
  );
}

function NoPage() {
  const t = useText(text);
  return (
    <Empty isPage title={t.noPage} action={<Link href="/">{t.toStart}</Link>}>
      {t.noPageText}
    </Empty>
  );
}

function NoRight({ page }: { readonly page: string }) {
  const t = useText(text);
  return (
    <Empty isPage title={t.noRight} action={<Link href="/">{t.toStart}</Link>}>
      {t.noRightText(page)}
    </Empty>
  );
}

function PageSkeleton() {
  return (
    <Stack gap="md" aria-hidden="true">
      <Skeleton h={28} w={220} />
      <Skeleton h={120} />
      <Skeleton h={260} />
    </Stack>
  );
}
