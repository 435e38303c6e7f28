import { Button, Group, Progress, Text } from '@mantine/core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { MESSAGE_ROUTES, type MessageScan } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Card } from '../../parts/card.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { Failures } from '../../parts/failures.tsx';
import partClasses from '../../parts/parts.module.css';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { MessageTable } from './message-table.tsx';
import { ResultSkeleton, type SearchRange } from './page-results.tsx';
import { text } from './text.ts';

interface ScanProps extends SearchRange {
  readonly tag: string;
  readonly keyWanted: string;
  readonly contains: string;
}

interface From {
  readonly from: number;
  readonly snapshot: string | undefined;
}

/** After so many matches it waits for the user. */
const MATCHES = 50;

/**
 * Messages that match, looked for request by request until there are enough, all were looked at, or the user stops it. Each request
 * looks at a bounded number of messages.
 */
export function ScanResults(props: ScanProps) {
  const { topic, beginMs, endMs, oldestFirst, tag, keyWanted, contains } = props;
  const cluster = useCluster();
  const t = useText(text);
  const format = useFormat();
  const queries = useQueryClient();
  const queryKey = ['message scan', cluster.id, topic, beginMs, endMs, oldestFirst, tag, keyWanted, contains];
  const key = JSON.stringify(queryKey);
  const [goal, setGoal] = useState({ key, matches: MATCHES });
  const result = useInfiniteQuery({
    queryKey,
    initialPageParam: { from: 0, snapshot: undefined } as From,
    queryFn: ({ pageParam, signal }): Promise<MessageScan> => {
      const { from, snapshot } = pageParam;
      const filters = { ...(tag && { tag }), ...(keyWanted && { key: keyWanted }), ...(contains && { contains }) };
      const body = {
        topic,
        beginMs,
        endMs,
        oldestFirst,
        from,
        ...(snapshot === undefined ? {} : { snapshot }),
        ...filters,
      };
      return call(MESSAGE_ROUTES.scanMessages, { params: { cluster: cluster.id }, body }, signal);
    },
    getNextPageParam: ({ next, snapshot }): From | undefined =>
      next === undefined ? undefined : { from: next, snapshot },
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
  const { data, error, hasNextPage, isFetching, fetchNextPage } = result;
  const parts = data?.pages ?? [];
  const rows = parts.flatMap((part) => part.rows);
  const wanted = goal.key === key ? goal.matches : MATCHES;
  const goesOn = hasNextPage && error === null && rows.length < wanted;
  useEffect(() => {
    if (goesOn && !isFetching) void fetchNextPage();
  }, [goesOn, isFetching, fetchNextPage]);
  const stop = (): void => {
    setGoal({ key, matches: rows.length });
    void queries.cancelQueries({ queryKey });
  };
  if (data === undefined)
    return error === null ? <ResultSkeleton /> : <ErrorBox error={error} retry={() => void result.refetch()} />;
  const { scanned, total, failures } = parts.at(-1)!;
  return (
    <>
      {error !== null && <ErrorBox error={error} retry={() => void fetchNextPage()} />}
      <Failures failures={failures} />
      <Card flush>
        <Group className={partClasses.tools ?? ''} gap="sm">
          <Text size="xs" c="dimmed" role="status">
            {t.scanned(format.count(scanned), format.count(total), format.count(rows.length))}
          </Text>
          <Progress
            value={total === 0 ? 100 : (100 * scanned) / total}
            flex={1}
            miw={80}
            size="sm"
            aria-hidden="true"
          />
          {goesOn ? (
            <Button size="xs" variant="default" onClick={stop}>
              {t.stopScan}
            </Button>
          ) : (
            hasNextPage && (
              <Button size="xs" onClick={() => setGoal({ key, matches: rows.length + MATCHES })}>
                {t.continueScan}
              </Button>
            )
          )}
        </Group>
        {rows.length > 0 ? (
          <MessageTable rows={rows} label={t.title} />
        ) : (
          <Empty title={hasNextPage ? t.noneFound : t.noneFoundAtAll} />
        )}
      </Card>
    </>
  );
}
