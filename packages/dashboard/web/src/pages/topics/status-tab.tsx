import { Group, SimpleGrid, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { type QueueRow, TOPIC_ROUTES, type TopicStatus } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Age } from '../../parts/age.tsx';
import { Card } from '../../parts/card.tsx';
import { type Column, Rows } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { Failures } from '../../parts/failures.tsx';
import { Figure } from '../../parts/figure.tsx';
import classes from '../../parts/parts.module.css';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { text } from './text.ts';

const REFRESH_MS = 5000;

/** Queues of a topic with their bounds and how fast they grow. */
export function StatusTab({ topic }: { readonly topic: string }) {
  const cluster = useCluster();
  const t = useText(text);
  const format = useFormat();
  const status = useQuery({
    queryKey: ['topic-status', cluster.id, topic],
    queryFn: ({ signal }) => call(TOPIC_ROUTES.topicStatus, { params: { cluster: cluster.id, topic } }, signal),
    refetchInterval: REFRESH_MS,
  });
  const rates = useRates(status.data);
  const columns = useColumns(rates);
  const { data, error } = status;
  if (data === undefined)
    return error === null ? <Skeleton h={240} /> : <ErrorBox error={error} retry={() => void status.refetch()} />;
  const total = data.queues.reduce((sum, { minOffset, maxOffset }) => sum + maxOffset - minOffset, 0);
  const last = Math.max(0, ...data.queues.map(({ lastUpdateMs }) => lastUpdateMs));
  return (
    <>
      <Failures failures={data.failures} />
      <SimpleGrid cols={{ base: 2, sm: 4 }} mb="md" spacing="sm">
        <Figure title={t.queues} value={format.count(data.queues.length)} />
        <Figure title={t.messages} value={format.count(total)} />
        <Figure
          title={t.putTps}
          value={data.putTps === undefined ? '–' : format.rate(data.putTps)}
          about={t.putTpsText}
        />
        <Figure title={t.lastUpdate} value={last === 0 ? t.never : format.time(last)} isText />
      </SimpleGrid>
      <Card
        flush
        title={t.queues}
        tools={<Age atMs={data.collectedAtMs} refresh={() => void status.refetch()} isBusy={status.isFetching} />}
      >
        {data.queues.length === 0 ? (
          <Empty title={t.noQueue}>{t.noQueueText}</Empty>
        ) : (
          <Rows label={t.queues} rows={data.queues} columns={columns} rowKey={queueKey} />
        )}
      </Card>
    </>
  );
}

function queueKey({ brokerName, queueId }: QueueRow): string {
  return `${brokerName}@${queueId}`;
}

function useColumns(rates: ReadonlyMap<string, number>): readonly Column<QueueRow>[] {
  const t = useText(text);
  const format = useFormat();
  return [
    { key: 'broker', title: t.broker, render: ({ brokerName }) => <span className={classes.whole}>{brokerName}</span> },
    { key: 'queue', title: t.queue, right: true, render: ({ queueId }) => queueId },
    { key: 'min', title: t.minOffset, right: true, render: ({ minOffset }) => format.count(minOffset) },
    { key: 'max', title: t.maxOffset, right: true, render: ({ maxOffset }) => format.count(maxOffset) },
    {
      key: 'messages',
      title: t.messages,
      right: true,
      render: ({ minOffset, maxOffset }) => format.count(maxOffset - minOffset),
    },
    {
      key: 'rate',
      title: t.rate,
      right: true,
      render: (row) => {
        const rate = rates.get(queueKey(row));
        return rate === undefined ? <Measuring /> : format.rate(rate);
      },
    },
    {
      key: 'last',
      title: t.lastUpdate,
      right: true,
      render: ({ lastUpdateMs }) => (lastUpdateMs === 0 ? t.never : format.exactTime(lastUpdateMs)),
    },
  ];
}

function Measuring() {
  const t = useText(text);
  return (
    <Group justify="flex-end" component="span">
      <Text span size="xs" c="dimmed">
        {t.measuring}
      </Text>
    </Group>
  );
}

/** Messages a second by queue, between the last two answers; empty until there are two. */
function useRates(status: TopicStatus | undefined): ReadonlyMap<string, number> {
  const before = useRef<TopicStatus>(undefined);
  const [rates, setRates] = useState<ReadonlyMap<string, number>>(new Map());
  useEffect(() => {
    if (status === undefined) return;
    const earlier = before.current;
    before.current = status;
    const spanMs = earlier === undefined ? 0 : status.collectedAtMs - earlier.collectedAtMs;
    if (earlier === undefined || spanMs <= 0) return;
    const offsets = new Map(earlier.queues.map((row) => [queueKey(row), row.maxOffset]));
    const next = new Map<string, number>();
    for (const row of status.queues) {
      const offset = offsets.get(queueKey(row));
      // A queue that became shorter was deleted and made again.
      if (offset !== undefined && row.maxOffset >= offset)
        next.set(queueKey(row), ((row.maxOffset - offset) * 1000) / spanMs);
    }
    setRates(next);
  }, [status]);
  return rates;
}
