import { Alert, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type BrokerResult, TOPIC_ROUTES, type TopicSummary } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { DeletePanel } from '../../parts/delete-panel.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import { text } from './text.ts';

/** Deletes a topic on the brokers that are chosen. */
export function DeleteTab({ summary }: { readonly summary: TopicSummary }) {
  const { topic, brokers } = summary;
  const cluster = useCluster();
  const t = useText(text);
  const queries = useQueryClient();
  const remove = (names: readonly string[]): Promise<readonly BrokerResult[]> =>
    call(TOPIC_ROUTES.deleteTopic, {
      params: { cluster: cluster.id, topic },
      body: { brokers: names, confirm: topic },
    });
  return (
    <DeletePanel
      title={t.removeTitle}
      action={t.doRemove}
      name={topic}
      change={TOPIC_ROUTES.deleteTopic}
      brokers={brokers.map(({ brokerName, cluster: of, addresses }) => ({
        brokerName,
        cluster: of,
        address: addresses[0]?.address ?? '',
      }))}
      remove={remove}
      onClosed={() => void queries.invalidateQueries()}
    >
      <Text size="sm">{t.removeText}</Text>
      <UseOfTopic topic={topic} />
    </DeletePanel>
  );
}

/** Groups that are named; the rest is counted. */
const MAX_NAMED = 5;

/** Who would miss the topic: nothing where no group is online and no message comes in. */
function UseOfTopic({ topic }: { readonly topic: string }) {
  const cluster = useCluster();
  const t = useText(text);
  const format = useFormat();
  const place = { params: { cluster: cluster.id, topic } };
  const consumers = useQuery({
    queryKey: ['topic-consumers', cluster.id, topic],
    queryFn: ({ signal }) => call(TOPIC_ROUTES.topicConsumers, place, signal),
  });
  const status = useQuery({
    queryKey: ['topic-status', cluster.id, topic],
    queryFn: ({ signal }) => call(TOPIC_ROUTES.topicStatus, place, signal),
  });
  const groups = consumers.data?.groups.flatMap(({ group, online }) => (online ? [group] : [])) ?? [];
  const putTps = status.data?.putTps ?? 0;
  if (groups.length === 0 && putTps === 0) return null;
  const named = groups.slice(0, MAX_NAMED).join(', ');
  const more = groups.length - MAX_NAMED;
  return (
    <Alert color="yellow" variant="light" icon={<Icon name="warning" />} role="status">
      {groups.length > 0 && <Text size="sm">{more > 0 ? t.inUseMore(named, format.count(more)) : t.inUse(named)}</Text>}
      {putTps > 0 && <Text size="sm">{t.sentNow(format.rate(putTps))}</Text>}
      <Text size="sm">{t.inUseText}</Text>
    </Alert>
  );
}
