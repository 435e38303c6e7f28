import { Group, Skeleton, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, useRef } from 'react';
import { MESSAGE_ROUTES, type MessagePage } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Card } from '../../parts/card.tsx';
import { Pages } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { Failures } from '../../parts/failures.tsx';
import partClasses from '../../parts/parts.module.css';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { ExportMenu } from './export-menu.tsx';
import { type Choice, ChooseAll, MessageTable } from './message-table.tsx';
import { text } from './text.ts';

/** The messages of a topic in a span of time. */
export interface SearchRange {
  readonly topic: string;
  readonly beginMs: number;
  readonly endMs: number;
  readonly oldestFirst: boolean;
}

interface PageResultsProps extends SearchRange {
  readonly page: number;
  readonly pageSize: number;
  readonly change: (wanted: { readonly page: number; readonly pageSize: number }) => void;
  readonly withOrigin?: boolean;
  readonly choice?: Choice | undefined;
  /** What can be done with the chosen ones. */
  readonly tools?: ReactNode;
  readonly empty?: ReactNode;
}

/** A page of a search. Pages of one search count the same messages, whatever is stored meanwhile. */
export function usePageOfMessages(range: SearchRange, page: number, pageSize: number) {
  const cluster = useCluster();
  const snapshots = useRef(new Map<string, string>());
  const { topic, beginMs, endMs, oldestFirst } = range;
  const search = JSON.stringify([cluster.id, topic, beginMs, endMs]);
  return useQuery({
    queryKey: ['messages', search, oldestFirst, page, pageSize],
    queryFn: async ({ signal }): Promise<MessagePage> => {
      const snapshot = snapshots.current.get(search);
      const body = {
        topic,
        beginMs,
        endMs,
        oldestFirst,
        page,
        pageSize,
        ...(snapshot === undefined ? {} : { snapshot }),
      };
      const found = await call(MESSAGE_ROUTES.searchMessages, { params: { cluster: cluster.id }, body }, signal);
      snapshots.current.set(search, found.snapshot);
      return found;
    },
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  });
}

/** Messages in pages. */
export function PageResults(props: PageResultsProps) {
  const { page, pageSize, change, withOrigin = false, choice, tools, empty, ...range } = props;
  const t = useText(text);
  const format = useFormat();
  const result = usePageOfMessages(range, page, pageSize);
  const { data, error } = result;
  if (error !== null) return <ErrorBox error={error} retry={() => void result.refetch()} />;
  if (data === undefined) return <ResultSkeleton />;
  const { rows, total, removed, failures } = data;
  return (
    <>
      <Failures failures={failures} />
      <Card flush>
        {total === 0 ? (
          (empty ?? (
            <Empty title={t.nothing}>{t.nothingText(format.time(range.beginMs), format.time(range.endMs))}</Empty>
          ))
        ) : (
          <>
            <Group className={partClasses.tools ?? ''} gap="sm">
              {choice !== undefined && <ChooseAll rows={rows} choice={choice} />}
              {tools}
              <Group ml="auto" gap="sm">
                {removed > 0 && (
                  <Text size="xs" c="dimmed">
                    {t.removed(format.count(removed))}
                  </Text>
                )}
                <Text size="xs" c="dimmed" role="status">
                  {t.total(format.count(total))}
                </Text>
                <ExportMenu range={range} chosen={choice?.chosen} />
              </Group>
            </Group>
            <div style={{ opacity: result.isPlaceholderData ? 0.6 : 1 }}>
              <MessageTable rows={rows} label={t.title} withOrigin={withOrigin} choice={choice} />
            </div>
            <Pages
              page={page}
              pageSize={pageSize}
              total={total}
              change={(part) =>
                change({ page: Number(part.page ?? page), pageSize: Number(part.pageSize ?? pageSize) })
              }
            />
          </>
        )}
      </Card>
    </>
  );
}

/** While the first page is looked for. */
export function ResultSkeleton() {
  return (
    <Card>
      <div aria-hidden="true">
        {[1, 2, 3, 4, 5, 6].map((each) => (
          <Skeleton key={each} h={18} my={12} />
        ))}
      </div>
    </Card>
  );
}
