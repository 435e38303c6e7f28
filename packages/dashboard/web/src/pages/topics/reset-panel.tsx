import { Button, Group, Select, Skeleton, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { TOPIC_ROUTES } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Card } from '../../parts/card.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { NumberField } from '../../parts/number-field.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useText } from '../../shell/language.ts';
import { useSettings } from '../../shell/settings.tsx';
import { fromTimeInput, toTimeInput } from '../../shell/time-input.ts';
import { useUrlState } from '../../shell/url-state.ts';
import { ResetPreviewTable } from './reset-preview.tsx';
import { text } from './text.ts';

const TO = ['end', 'start', 'time', 'offset'] as const;
type To = (typeof TO)[number];

/** Where a group is to be moved in a topic, a preview of it, and the move. What is chosen is in the address. */
export function ResetPanel({ topic, group }: { readonly topic: string; readonly group: string }) {
  const cluster = useCluster();
  const t = useText(text);
  const { zone } = useSettings();
  const [url, change] = useUrlState({ to: '', timestampMs: '', offset: '' });
  const asked = TO.find((each) => each === url.to);
  const [to, setTo] = useState<To>(asked ?? 'end');
  const [time, setTime] = useState(() => toTimeInput(Number(url.timestampMs) || Date.now() - 3_600_000, zone));
  const [offset, setOffset] = useState<number>(Number(url.offset) || 0);
  const preview = useQuery({
    queryKey: ['reset-preview', cluster.id, topic, group, url],
    enabled: asked !== undefined,
    queryFn: ({ signal }) => {
      const query = {
        group,
        to: asked ?? 'end',
        ...(asked === 'time' ? { timestampMs: Number(url.timestampMs) } : {}),
        ...(asked === 'offset' ? { offset: Number(url.offset) || 0 } : {}),
      };
      return call(TOPIC_ROUTES.previewReset, { params: { cluster: cluster.id, topic }, query }, signal);
    },
    staleTime: 0,
  });
  const atMs = fromTimeInput(time, zone);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const next = {
      to,
      timestampMs: to === 'time' && atMs !== undefined ? String(atMs) : '',
      offset: to === 'offset' ? String(offset) : '',
    };
    const isSame = next.to === url.to && next.timestampMs === url.timestampMs && next.offset === url.offset;
    if (isSame) void preview.refetch();
    else change(next);
  };
  const titles: Record<To, string> = { end: t.toEnd, start: t.toStart, time: t.toTime, offset: t.toOffset };
  return (
    <Stack gap="md">
      <form onSubmit={submit}>
        <Card>
          <Group align="flex-end" gap="sm">
            <Select
              label={t.to}
              w={{ base: '100%', xs: 260 }}
              data={TO.map((value) => ({ value, label: titles[value] }))}
              value={to}
              allowDeselect={false}
              onChange={(value) => setTo((value ?? 'end') as To)}
            />
            {to === 'time' && (
              <TextInput
                type="datetime-local"
                step={1}
                label={zone === 'utc' ? `${t.time} (UTC)` : t.time}
                value={time}
                onChange={(event) => setTime(event.currentTarget.value)}
              />
            )}
            {to === 'offset' && <NumberField label={t.offset} min={0} value={offset} onChange={setOffset} />}
            <Button type="submit" variant="default" disabled={to === 'time' && atMs === undefined}>
              {t.preview}
            </Button>
          </Group>
        </Card>
      </form>
      {preview.error !== null && <ErrorBox error={preview.error} />}
      {asked !== undefined && preview.isPending && <Skeleton h={200} />}
      {preview.data !== undefined && (
        <ResetPreviewTable
          key={preview.dataUpdatedAt}
          topic={topic}
          group={group}
          preview={preview.data}
          again={() => void preview.refetch()}
        />
      )}
    </Stack>
  );
}
