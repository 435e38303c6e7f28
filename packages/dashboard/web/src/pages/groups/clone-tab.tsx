import { Alert, Button, Group, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useMemo, useState } from 'react';
import { type ClonePreview, type CloneRow, GROUP_ROUTES, type GroupSummary } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Card } from '../../parts/card.tsx';
import { ConfirmWrite } from '../../parts/confirm-write.tsx';
import { type Column, Rows } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { Failures } from '../../parts/failures.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import { useMayWrite } from '../../shell/may-write.ts';
import { useUrlState } from '../../shell/url-state.ts';
import { TopicSelect } from './reset-tab.tsx';
import { text } from './text.ts';

/** Copies how far this group is in a topic to another group. */
export function CloneTab({ summary }: { readonly summary: GroupSummary }) {
  const { group } = summary;
  const cluster = useCluster();
  const t = useText(text);
  const [url, change] = useUrlState({ topic: '', copyTo: '' });
  const [to, setTo] = useState(url.copyTo);
  const preview = useQuery({
    queryKey: ['clone-preview', cluster.id, group, url],
    queryFn: ({ signal }) =>
      call(
        GROUP_ROUTES.previewClone,
        { params: { cluster: cluster.id, group }, query: { to: url.copyTo, topic: url.topic } },
        signal,
      ),
    enabled: url.topic !== '' && url.copyTo !== '',
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (url.copyTo === to.trim()) void preview.refetch();
    else change({ copyTo: to.trim() });
  };
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {t.cloneText}
      </Text>
      <TopicSelect summary={summary} value={url.topic} onChange={(topic) => change({ topic })} />
      <form onSubmit={submit}>
        <Group align="flex-end" gap="sm">
          <TextInput
            label={t.cloneTo}
            w={{ base: '100%', xs: 320 }}
            value={to}
            spellCheck={false}
            onChange={(event) => setTo(event.currentTarget.value)}
          />
          <Button type="submit" variant="default" disabled={url.topic === '' || to.trim() === ''}>
            {t.preview}
          </Button>
        </Group>
      </form>
      {preview.error !== null && <ErrorBox error={preview.error} />}
      {preview.isLoading && <Skeleton h={160} />}
      {preview.data !== undefined && (
        <Preview
          group={group}
          to={url.copyTo}
          topic={url.topic}
          preview={preview.data}
          again={() => void preview.refetch()}
        />
      )}
    </Stack>
  );
}

function Preview(props: {
  readonly group: string;
  readonly to: string;
  readonly topic: string;
  readonly preview: ClonePreview;
  readonly again: () => void;
}) {
  const { group, to, topic, preview, again } = props;
  const cluster = useCluster();
  const t = useText(text);
  const queries = useQueryClient();
  const mayWrite = useMayWrite(GROUP_ROUTES.cloneOffsets);
  const [isAsking, setAsking] = useState(false);
  const columns = useColumns();
  const targets = useMemo(() => preview.brokers.map(({ brokerName, address }) => ({ brokerName, address })), [preview]);
  const obstacle = obstacleOf(preview);
  return (
    <>
      <Failures failures={preview.failures} />
      {obstacle !== undefined && (
        <Alert color="yellow" variant="light" icon={<Icon name="warning" />} role="status">
          {t[obstacle]}
        </Alert>
      )}
      <Card flush title={t.preview}>
        {preview.rows.length === 0 ? (
          <Empty title={t.nothingToClone} />
        ) : (
          <Rows
            label={t.preview}
            rows={preview.rows}
            columns={columns}
            rowKey={({ brokerName, queueId }) => `${brokerName}@${queueId}`}
          />
        )}
      </Card>
      <Group>
        <Button color="red" disabled={!mayWrite || obstacle !== undefined} onClick={() => setAsking(true)}>
          {t.cloneDo}
        </Button>
      </Group>
      <ConfirmWrite
        isOpen={isAsking}
        onClose={() => {
          setAsking(false);
          again();
        }}
        title={t.clone}
        action={t.cloneDo}
        targets={targets}
        areFixed
        typedName={to}
        write={() =>
          call(GROUP_ROUTES.cloneOffsets, { params: { cluster: cluster.id, group }, body: { to, topic, confirm: to } })
        }
        onDone={() => void queries.invalidateQueries({ queryKey: ['group-progress'] })}
      >
        <Text size="sm">{t.cloneConfirm(to)}</Text>
      </ConfirmWrite>
    </>
  );
}

function obstacleOf({
  rows,
  targetExists,
  targetOnline,
}: ClonePreview): 'targetMissing' | 'targetOnline' | 'nothingToClone' | undefined {
  if (rows.length === 0) return 'nothingToClone';
  if (!targetExists) return 'targetMissing';
  return targetOnline ? 'targetOnline' : undefined;
}

function useColumns(): readonly Column<CloneRow>[] {
  const t = useText(text);
  const format = useFormat();
  return [
    { key: 'broker', title: t.broker, render: ({ brokerName }) => brokerName },
    { key: 'queue', title: t.queue, right: true, render: ({ queueId }) => queueId },
    { key: 'source', title: t.source, right: true, render: ({ source }) => format.count(source) },
    {
      key: 'current',
      title: t.current,
      right: true,
      render: ({ current }) => (current === undefined ? t.unknownOffset : format.count(current)),
    },
  ];
}
