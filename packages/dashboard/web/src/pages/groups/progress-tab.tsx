import { Badge, Checkbox, Group, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { GROUP_ROUTES, type TopicProgress } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Age } from '../../parts/age.tsx';
import { Card } from '../../parts/card.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { Failures } from '../../parts/failures.tsx';
import { Figure } from '../../parts/figure.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { pagePath } from '../../shell/path.ts';
import { useUrlState } from '../../shell/url-state.ts';
import { Lag, useWhyUnknown } from './lag.tsx';
import { QueueTable } from './queue-table.tsx';
import { text } from './text.ts';

const REFRESH_MS = 10_000;

/** How far a group is in each topic and queue. */
export function ProgressTab({ group }: { readonly group: string }) {
  const cluster = useCluster();
  const t = useText(text);
  const format = useFormat();
  const why = useWhyUnknown();
  const [url, change] = useUrlState({ lagging: '' });
  const progress = useQuery({
    queryKey: ['group-progress', cluster.id, group],
    queryFn: ({ signal }) =>
      call(GROUP_ROUTES.groupProgress, { params: { cluster: cluster.id, group }, query: { owners: true } }, signal),
    refetchInterval: REFRESH_MS,
  });
  const { data, error } = progress;
  if (data === undefined)
    return error === null ? <Skeleton h={240} /> : <ErrorBox error={error} retry={() => void progress.refetch()} />;
  const last = Math.max(0, ...data.topics.map(({ lastConsumedMs }) => lastConsumedMs));
  const onlyLagging = url.lagging === 'true';
  return (
    <>
      <Failures failures={data.failures} />
      <SimpleGrid cols={{ base: 2, sm: 4 }} mb="md" spacing="sm">
        <Figure
          title={t.totalLag}
          value={data.lag === undefined ? t.unknown : format.count(data.lag)}
          about={data.unknown && why(data.unknown)}
        />
        <Figure title={t.inflight} value={format.count(data.inflight)} about={t.inflightText} />
        <Figure title={t.consumeTps} value={format.rate(data.consumeTps)} />
        <Figure
          title={t.lastConsumed}
          value={last === 0 ? t.never : format.time(last)}
          about={t.lastConsumedText}
          isText
        />
      </SimpleGrid>
      <Group justify="space-between" mb="sm">
        <Checkbox
          label={t.onlyLagging}
          checked={onlyLagging}
          onChange={(event) => change({ lagging: event.currentTarget.checked ? 'true' : '' })}
        />
        <Age atMs={data.collectedAtMs} refresh={() => void progress.refetch()} isBusy={progress.isFetching} />
      </Group>
      {data.topics.length === 0 && (
        <Card>
          <Empty title={t.noProgress}>{data.unknown === undefined ? t.noProgressText : why(data.unknown)}</Empty>
        </Card>
      )}
      <Stack gap="md">
        {data.topics.map((topic) => (
          <TopicCard key={topic.topic} cluster={cluster.id} topic={topic} onlyLagging={onlyLagging} />
        ))}
      </Stack>
    </>
  );
}

function TopicCard(props: { readonly cluster: string; readonly topic: TopicProgress; readonly onlyLagging: boolean }) {
  const { cluster, topic, onlyLagging } = props;
  const t = useText(text);
  const queues = onlyLagging ? topic.queues.filter(({ lag }) => lag !== undefined && lag > 0) : topic.queues;
  return (
    <Card
      flush
      title={
        <Group gap={8} component="span">
          <Link href={pagePath(cluster, 'topics', topic.topic)}>{topic.topic}</Link>
          {topic.topic.startsWith('%RETRY%') && (
            <Badge tt="none" size="xs" variant="light" color="yellow" component="span">
              {t.retryTopic}
            </Badge>
          )}
        </Group>
      }
      tools={
        <Text span inherit>
          {t.lag} <Lag lag={topic.lag} unknown="NO_OFFSETS" />
        </Text>
      }
    >
      {queues.length > 0 && <QueueTable label={t.showQueues(topic.topic)} queues={queues} />}
    </Card>
  );
}
