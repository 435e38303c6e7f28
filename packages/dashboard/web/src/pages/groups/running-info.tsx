import { Group, Skeleton, Stack, Switch, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import {
  GROUP_ROUTES,
  type MemberPopQueue,
  type MemberQueue,
  type MemberRate,
  type RunningInfo,
} from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Age } from '../../parts/age.tsx';
import { Card } from '../../parts/card.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { type Column, Rows } from '../../parts/data-table.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { Facts } from '../../parts/facts.tsx';
import classes from '../../parts/parts.module.css';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { useUrlState } from '../../shell/url-state.ts';
import { SubscriptionTable } from './subscription-table.tsx';
import { text } from './text.ts';

/** What a member reports about itself, in all its sections, with its stack when that is wanted. */
export function RunningInfoCard({ group, client }: { readonly group: string; readonly client: string }) {
  const cluster = useCluster();
  const t = useText(text);
  const [url, change] = useUrlState({ stack: '' });
  const withStack = url.stack === 'true';
  const info = useQuery({
    queryKey: ['running-info', cluster.id, group, client, withStack],
    queryFn: ({ signal }) =>
      call(
        GROUP_ROUTES.runningInfo,
        { params: { cluster: cluster.id, group, client }, query: { stack: withStack } },
        signal,
      ),
    retry: false,
  });
  return (
    <Stack gap="md" mt="md" aria-live="polite">
      <Group justify="space-between">
        <Group gap={4}>
          <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
            {client}
          </Text>
          <CopyButton value={client} />
        </Group>
        <Group gap="md">
          <Switch
            label={t.withStack}
            title={t.stackText}
            checked={withStack}
            onChange={(event) => change({ stack: event.currentTarget.checked ? 'true' : '' })}
          />
          {info.data !== undefined && (
            <Age atMs={info.data.collectedAtMs} refresh={() => void info.refetch()} isBusy={info.isFetching} />
          )}
        </Group>
      </Group>
      {info.error !== null && <ErrorBox error={info.error} retry={() => void info.refetch()} />}
      {info.isPending && <Skeleton h={240} />}
      {info.data !== undefined && <Sections info={info.data} withStack={withStack} />}
    </Stack>
  );
}

function Sections({ info, withStack }: { readonly info: RunningInfo; readonly withStack: boolean }) {
  const t = useText(text);
  return (
    <>
      {withStack && (
        <Card title={t.stack} flush={info.stack !== undefined}>
          {info.stack === undefined ? (
            <Nothing>{t.noStack}</Nothing>
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: it is long, and the keyboard scrolls what has the focus
            <section tabIndex={0} aria-label={`${t.stack}, ${t.scrolls}`} style={STACK}>
              <pre style={{ margin: 0 }}>{info.stack}</pre>
            </section>
          )}
        </Card>
      )}
      <Card title={t.queuesOfClient} flush={info.queues.length > 0}>
        {info.queues.length === 0 ? <Nothing /> : <Queues queues={info.queues} />}
      </Card>
      {info.popQueues.length > 0 && (
        <Card title={t.popQueues} flush>
          <PopQueues queues={info.popQueues} />
        </Card>
      )}
      <Card title={t.rates} flush={info.rates.length > 0}>
        {info.rates.length === 0 ? <Nothing /> : <Rates rates={info.rates} />}
      </Card>
      <Card title={t.subscriptions} flush={info.subscriptions.length > 0}>
        {info.subscriptions.length === 0 ? <Nothing /> : <SubscriptionTable rows={info.subscriptions} />}
      </Card>
      <Card title={t.properties}>{info.properties.length === 0 ? <Nothing /> : <Facts rows={info.properties} />}</Card>
      {info.user.length > 0 && (
        <Card title={t.userInfo}>
          <Facts rows={info.user} />
        </Card>
      )}
    </>
  );
}

const STACK = { margin: 0, padding: '12px 16px', fontSize: 12, overflow: 'auto', maxHeight: 480 } as const;

function Nothing({ children }: { readonly children?: ReactNode }) {
  const t = useText(text);
  return (
    <Text size="sm" c="dimmed">
      {children ?? t.nothingReported}
    </Text>
  );
}

function Queues({ queues }: { readonly queues: readonly MemberQueue[] }) {
  const t = useText(text);
  const format = useFormat();
  const time = (ms: number): string => (ms <= 0 ? t.never : format.time(ms));
  const isOrdered = queues.some(({ locked, lastLockMs }) => locked || lastLockMs > 0);
  const locks: readonly Column<MemberQueue>[] = [
    { key: 'locked', title: t.locked, render: ({ locked }) => (locked ? t.yes : t.no) },
    { key: 'lastLock', title: t.lastLock, right: true, render: ({ lastLockMs }) => time(lastLockMs) },
  ];
  const columns: readonly Column<MemberQueue>[] = [
    { key: 'topic', title: t.topic, render: ({ topic }) => topic },
    { key: 'broker', title: t.broker, render: ({ brokerName }) => <span className={classes.whole}>{brokerName}</span> },
    { key: 'queue', title: t.queue, right: true, render: ({ queueId }) => queueId },
    { key: 'commit', title: t.commitOffset, right: true, render: ({ commitOffset }) => format.count(commitOffset) },
    { key: 'cached', title: t.cached, right: true, render: ({ cachedCount }) => format.count(cachedCount) },
    {
      key: 'range',
      title: t.cachedRange,
      right: true,
      render: ({ cachedCount, cachedMinOffset, cachedMaxOffset }) =>
        cachedCount === 0 ? '–' : `${format.count(cachedMinOffset)} – ${format.count(cachedMaxOffset)}`,
    },
    { key: 'mib', title: t.cachedSize, right: true, render: ({ cachedMiB }) => format.count(cachedMiB) },
    {
      key: 'hand',
      title: t.inTransaction,
      right: true,
      render: ({ transactionCount }) => format.count(transactionCount),
    },
    ...(isOrdered ? locks : []),
    { key: 'dropped', title: t.dropped, render: ({ dropped }) => (dropped ? t.yes : t.no) },
    { key: 'lastPull', title: t.lastPull, right: true, render: ({ lastPullMs }) => time(lastPullMs) },
    { key: 'lastConsume', title: t.lastConsume, right: true, render: ({ lastConsumeMs }) => time(lastConsumeMs) },
  ];
  return <Rows label={t.queuesOfClient} rows={queues} columns={columns} rowKey={keyOf} />;
}

function keyOf({ topic, brokerName, queueId }: { topic: string; brokerName: string; queueId: number }): string {
  return `${topic}@${brokerName}@${queueId}`;
}

function PopQueues({ queues }: { readonly queues: readonly MemberPopQueue[] }) {
  const t = useText(text);
  const format = useFormat();
  const columns: readonly Column<MemberPopQueue>[] = [
    { key: 'topic', title: t.topic, render: ({ topic }) => topic },
    { key: 'broker', title: t.broker, render: ({ brokerName }) => <span className={classes.whole}>{brokerName}</span> },
    { key: 'queue', title: t.queue, right: true, render: ({ queueId }) => queueId },
    { key: 'wait', title: t.waitAck, right: true, render: ({ waitAckCount }) => format.count(waitAckCount) },
    { key: 'dropped', title: t.dropped, render: ({ dropped }) => (dropped ? t.yes : t.no) },
    {
      key: 'last',
      title: t.lastPop,
      right: true,
      render: ({ lastPopMs }) => (lastPopMs <= 0 ? t.never : format.time(lastPopMs)),
    },
  ];
  return <Rows label={t.popQueues} rows={queues} columns={columns} rowKey={keyOf} />;
}

function Rates({ rates }: { readonly rates: readonly MemberRate[] }) {
  const t = useText(text);
  const format = useFormat();
  const columns: readonly Column<MemberRate>[] = [
    { key: 'topic', title: t.topic, render: ({ topic }) => topic },
    { key: 'pullRt', title: t.pullRt, right: true, render: ({ pullRtMs }) => format.rate(pullRtMs) },
    { key: 'pullTps', title: t.pullTps, right: true, render: ({ pullTps }) => format.rate(pullTps) },
    { key: 'consumeRt', title: t.consumeRt, right: true, render: ({ consumeRtMs }) => format.rate(consumeRtMs) },
    { key: 'ok', title: t.okTps, right: true, render: ({ consumeOkTps }) => format.rate(consumeOkTps) },
    { key: 'failed', title: t.failedTps, right: true, render: ({ consumeFailedTps }) => format.rate(consumeFailedTps) },
    {
      key: 'count',
      title: t.failedCount,
      right: true,
      render: ({ consumeFailedCount }) => format.count(consumeFailedCount),
    },
  ];
  return <Rows label={t.rates} rows={rates} columns={columns} rowKey={({ topic }) => topic} />;
}
