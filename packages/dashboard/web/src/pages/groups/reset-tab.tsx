import { Select, Stack } from '@mantine/core';
import type { GroupSummary } from '../../../../src/api/index.ts';
import { Empty } from '../../parts/empty.tsx';
import { useText } from '../../shell/language.ts';
import { useUrlState } from '../../shell/url-state.ts';
import { ResetPanel } from '../topics/reset-panel.tsx';
import { text } from './text.ts';

/** Moves this group in one of its topics. */
export function ResetTab({ summary }: { readonly summary: GroupSummary }) {
  const t = useText(text);
  const [url, change] = useUrlState({ topic: '' });
  return (
    <Stack gap="md">
      <TopicSelect summary={summary} value={url.topic} onChange={(topic) => change({ topic })} />
      {url.topic === '' ? (
        <Empty title={t.noTopic}>{t.noTopicText}</Empty>
      ) : (
        <ResetPanel key={url.topic} topic={url.topic} group={summary.group} />
      )}
    </Stack>
  );
}

/** One of the topics of a group. */
export function TopicSelect(props: {
  readonly summary: GroupSummary;
  readonly value: string;
  readonly onChange: (topic: string) => void;
}) {
  const { summary, value, onChange } = props;
  const t = useText(text);
  const topics = summary.topics.includes(value) || value === '' ? summary.topics : [...summary.topics, value];
  return (
    <Select
      label={t.chooseTopic}
      maw={480}
      searchable
      data={[...topics]}
      value={value === '' ? null : value}
      onChange={(topic) => onChange(topic ?? '')}
    />
  );
}
