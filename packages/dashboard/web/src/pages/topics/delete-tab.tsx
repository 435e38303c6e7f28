import { Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type BrokerResult, TOPIC_ROUTES, type TopicSummary } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { DeletePanel } from '../../parts/delete-panel.tsx';
import { useCluster } from '../../shell/cluster.tsx';
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
    </DeletePanel>
  );
}
