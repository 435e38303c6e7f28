import { Group, Skeleton } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { CopyButton } from './copy-button.tsx';
import { Empty } from './empty.tsx';
import { ErrorBox } from './error-box.tsx';
import { PageHead } from './page-head.tsx';
import { type PageTab, PageTabs } from './page-tabs.tsx';

/** One thing that has a name, such as a topic, in tabs; or that no broker has it. */
export function NamedPage<Summary extends { readonly exists: boolean }>(props: {
  readonly name: string;
  /** Beside the name. */
  readonly badges: ReactNode;
  /** Ways to what belongs to it on other pages. */
  readonly links: ReactNode;
  readonly listPath: string;
  readonly summary: UseQueryResult<Summary>;
  readonly tabs: readonly PageTab[];
  readonly here: string;
  readonly text: {
    readonly backToList: string;
    readonly tabs: string;
    readonly gone: string;
    readonly goneText: string;
  };
  readonly children: (summary: Summary) => ReactNode;
}) {
  const { name, badges, links, listPath, summary, tabs, here, text: t, children } = props;
  const { data, error } = summary;
  return (
    <>
      <PageHead
        title={
          <Group gap={8}>
            {name}
            <CopyButton value={name} />
            {badges}
          </Group>
        }
        back={{ path: listPath, title: t.backToList }}
      >
        {links}
      </PageHead>
      {error !== null && <ErrorBox error={error} retry={() => void summary.refetch()} />}
      {data === undefined && error === null && <Skeleton h={240} />}
      {data !== undefined && !data.exists && <Empty title={t.gone}>{t.goneText}</Empty>}
      {data?.exists === true && (
        <>
          <PageTabs label={t.tabs} here={here} tabs={tabs} />
          {children(data)}
        </>
      )}
    </>
  );
}
