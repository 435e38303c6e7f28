import { Button, Group, NumberInput, Select, Text, TextInput } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { MESSAGE_ROUTES, type QueueMessages } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Card } from '../../parts/card.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import partClasses from '../../parts/parts.module.css';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { useUrlState } from '../../shell/url-state.ts';
import { wholeOf } from './by-topic.tsx';
import { MessageTable } from './message-table.tsx';
import { TopicInput } from './name-input.tsx';
import { ResultSkeleton } from './page-results.tsx';
import { SearchForm } from './search-form.tsx';
import { text } from './text.ts';

const DEFAULTS = { topic: '', broker: '', queue: '0', offset: '', count: '20' };

/** Messages of one queue from an offset on. */
export function ByQueue() {
  const cluster = useCluster();
  const t = useText(text);
  const [state, change] = useUrlState(DEFAULTS);
  const [topic, setTopic] = useState(state.topic);
  const [fields, setFields] = useState(state);
  const brokers = useQuery({
    queryKey: ['broker names', cluster.id],
    queryFn: ({ signal }) => call(MESSAGE_ROUTES.brokerNames, { params: { cluster: cluster.id } }, signal),
    staleTime: 30_000,
  });
  const names = brokers.data?.names ?? [];
  const broker = fields.broker || names[0] || '';
  const search = (): void => {
    change({ topic: topic.trim(), broker, queue: fields.queue, offset: fields.offset.trim(), count: fields.count });
  };
  return (
    <>
      <SearchForm search={search}>
        <TopicInput value={topic} change={setTopic} />
        <Select
          label={t.broker}
          data={[...new Set([...names, broker])].filter((name) => name !== '')}
          value={broker === '' ? null : broker}
          onChange={(value) => setFields({ ...fields, broker: value ?? '' })}
          allowDeselect={false}
          size="sm"
        />
        <NumberInput
          label={t.queueId}
          value={fields.queue}
          min={0}
          allowDecimal={false}
          onChange={(value) => setFields({ ...fields, queue: String(value) })}
          size="sm"
        />
        <TextInput
          label={t.queueOffset}
          placeholder={t.noOffset}
          inputMode="numeric"
          pattern="\d*"
          value={fields.offset}
          onChange={(event) => setFields({ ...fields, offset: event.currentTarget.value })}
          size="sm"
        />
      </SearchForm>
      {state.topic !== '' && state.broker !== '' && <Found state={state} change={change} />}
    </>
  );
}

type State = { readonly [Key in keyof typeof DEFAULTS]: string };

function Found({ state, change }: { readonly state: State; readonly change: (part: Partial<State>) => void }) {
  const cluster = useCluster();
  const t = useText(text);
  const format = useFormat();
  const count = Math.min(200, wholeOf(state.count) || 20);
  const offset = wholeOf(state.offset);
  const query = {
    ...{ topic: state.topic, brokerName: state.broker, queueId: wholeOf(state.queue) ?? 0, count },
    ...(offset === undefined ? {} : { offset }),
  };
  const { data, error, refetch } = useQuery({
    queryKey: ['messages of queue', cluster.id, query],
    queryFn: ({ signal }) => call(MESSAGE_ROUTES.messagesOfQueue, { params: { cluster: cluster.id }, query }, signal),
    placeholderData: keepPreviousData,
  });
  if (error !== null) return <ErrorBox error={error} retry={() => void refetch()} />;
  if (data === undefined) return <ResultSkeleton />;
  const { rows, minOffset, maxOffset } = data;
  const about =
    maxOffset > minOffset ? t.queueRange(format.count(minOffset), format.count(maxOffset - 1)) : t.emptyQueue;
  return (
    <Card flush>
      <Group className={partClasses.tools ?? ''} justify="space-between">
        <Text size="xs" c="dimmed" role="status">
          {about}
        </Text>
        <Steps data={data} count={count} go={(next) => change({ offset: String(next) })} />
      </Group>
      {rows.length === 0 ? <Empty title={t.noneInQueue} /> : <MessageTable rows={rows} label={t.title} />}
    </Card>
  );
}

function Steps(props: { readonly data: QueueMessages; readonly count: number; readonly go: (offset: number) => void }) {
  const { data, count, go } = props;
  const t = useText(text);
  const first = data.rows[0]?.queueOffset ?? data.next;
  return (
    <Group gap={6}>
      <Button
        size="xs"
        variant="default"
        disabled={first <= data.minOffset}
        onClick={() => go(Math.max(data.minOffset, first - count))}
      >
        {t.earlier}
      </Button>
      <Button size="xs" variant="default" disabled={data.next >= data.maxOffset} onClick={() => go(data.next)}>
        {t.later}
      </Button>
    </Group>
  );
}
