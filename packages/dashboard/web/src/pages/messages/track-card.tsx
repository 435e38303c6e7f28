import { Anchor, type MantineColor, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { type GroupTrack, MESSAGE_ROUTES, type TrackType } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Age } from '../../parts/age.tsx';
import { Card } from '../../parts/card.tsx';
import { Rows } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { Failures } from '../../parts/failures.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { pagePath } from '../../shell/path.ts';
import { Badge } from './badge.tsx';
import { text } from './text.ts';

const COLORS: Readonly<Record<TrackType, MantineColor>> = {
  CONSUMED: 'green',
  CONSUMED_BUT_FILTERED: 'gray',
  PULL: 'blue',
  NOT_CONSUME_YET: 'orange',
  NOT_ONLINE: 'red',
  CONSUME_BROADCASTING: 'blue',
  UNKNOWN: 'gray',
};

/** What became of a message, group by group. */
export function TrackCard(props: { readonly topic: string; readonly id: string; readonly queueOffset: number }) {
  const { topic, id, queueOffset } = props;
  const cluster = useCluster();
  const t = useText(text);
  const { data, error, refetch, isFetching, dataUpdatedAt } = useQuery({
    queryKey: ['track', cluster.id, topic, id],
    queryFn: ({ signal }) => call(MESSAGE_ROUTES.messageTrack, { params: { cluster: cluster.id, topic, id } }, signal),
  });
  const age = data && <Age atMs={dataUpdatedAt} refresh={() => void refetch()} isBusy={isFetching} />;
  return (
    <Card title={t.track} tools={age} flush>
      {error !== null && <ErrorBox error={error} retry={() => void refetch()} />}
      {data === undefined ? (
        error === null && <Skeleton h={60} m="md" aria-hidden="true" />
      ) : (
        <>
          <Failures failures={data.failures} />
          {data.groups.length === 0 ? (
            data.failures.length === 0 && <Empty title={t.noGroup}>{t.noGroupText}</Empty>
          ) : (
            <TrackTable groups={data.groups} queueOffset={queueOffset} />
          )}
        </>
      )}
    </Card>
  );
}

function TrackTable({ groups, queueOffset }: { readonly groups: readonly GroupTrack[]; readonly queueOffset: number }) {
  const cluster = useCluster();
  const t = useText(text);
  const format = useFormat();
  return (
    <Rows
      label={t.trackAbout}
      rows={groups}
      rowKey={({ group }) => group}
      columns={[
        {
          key: 'group',
          title: t.group,
          render: ({ group }) => (
            <Anchor component={Link} href={pagePath(cluster.id, 'groups', group)} size="sm">
              {group}
            </Anchor>
          ),
        },
        {
          key: 'state',
          title: t.state,
          render: ({ type }) => (
            <Badge variant="light" color={COLORS[type]} tt="none" title={type}>
              {t[type]}
            </Badge>
          ),
        },
        { key: 'why', title: t.why, render: (track) => <Why track={track} queueOffset={queueOffset} /> },
        {
          key: 'committed',
          title: t.committed,
          right: true,
          render: ({ consumerOffset }) => (consumerOffset === undefined ? '–' : format.count(consumerOffset)),
        },
      ]}
    />
  );
}

function Why({ track, queueOffset }: { readonly track: GroupTrack; readonly queueOffset: number }) {
  const t = useText(text);
  const format = useFormat();
  const { type, consumerOffset, message } = track;
  const hasPassed = consumerOffset !== undefined && consumerOffset > queueOffset;
  const before = consumerOffset === undefined ? undefined : format.count(Math.max(0, queueOffset - consumerOffset));
  const reasons: Readonly<Record<TrackType, string>> = {
    CONSUMED: t.whyConsumed,
    CONSUMED_BUT_FILTERED: t.whyFiltered,
    PULL: t.whyPull,
    NOT_CONSUME_YET: before === undefined ? t.whyNotYetNone : t.whyNotYet(before),
    NOT_ONLINE: hasPassed ? t.whyOfflinePassed : t.whyOffline,
    CONSUME_BROADCASTING: t.whyBroadcasting,
    UNKNOWN: message === undefined ? t.whyUnknown : `${t.whyUnknown} ${message}`,
  };
  return (
    <Text size="sm" c="dimmed">
      {reasons[type]}
    </Text>
  );
}
