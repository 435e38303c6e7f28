import { Button, SegmentedControl, Select, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { TRACE_ROUTES } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Card } from '../../parts/card.tsx';
import { Empty } from '../../parts/empty.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import { useUrlState } from '../../shell/url-state.ts';
import classes from '../messages/messages.module.css';
import { TracesByKey } from './by-key.tsx';
import { text } from './text.ts';
import { TraceView } from './trace-view.tsx';

const DEFAULTS = { by: 'id', id: '', key: '', topic: '', traceTopic: 'RMQ_SYS_TRACE_TOPIC' };
type State = { readonly [Key in keyof typeof DEFAULTS]: string };

/** The way of a message as clients reported it. */
export default function Trace() {
  const t = useText(text);
  const [state, change] = useUrlState(DEFAULTS);
  const { by, id, key, topic, traceTopic } = state;
  return (
    <>
      <PageHead title={t.title} about={t.about} />
      <Stack gap="md">
        <Form key={`${by} ${id} ${key} ${traceTopic}`} state={state} change={change} />
        {by === 'key' && key !== '' ? (
          <TracesByKey traceTopic={traceTopic} wanted={key} />
        ) : by === 'id' && id !== '' ? (
          <TraceView traceTopic={traceTopic} id={id} topic={topic} />
        ) : (
          <Card>
            <Empty title={t.choose}>{t.chooseText}</Empty>
          </Card>
        )}
      </Stack>
    </>
  );
}

function Form({ state, change }: { readonly state: State; readonly change: (part: Partial<State>) => void }) {
  const cluster = useCluster();
  const t = useText(text);
  const isKey = state.by === 'key';
  const [wanted, setWanted] = useState(isKey ? state.key : state.id);
  const [traceTopic, setTraceTopic] = useState(state.traceTopic);
  useEffect(() => setTraceTopic(state.traceTopic), [state.traceTopic]);
  const topics = useQuery({
    queryKey: ['trace topics', cluster.id],
    queryFn: ({ signal }) => call(TRACE_ROUTES.traceTopics, { params: { cluster: cluster.id } }, signal),
    staleTime: 30_000,
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const value = wanted.trim();
    // Another message: it need not be of the same topic.
    const topic = value === state.id ? state.topic : '';
    change(isKey ? { key: value, traceTopic } : { id: value, topic, traceTopic });
  };
  const known = topics.data?.topics ?? [];
  const data = known.map(({ topic, exists }) => ({ value: topic, label: exists ? topic : t.missingTopic(topic) }));
  if (!data.some(({ value }) => value === traceTopic)) data.push({ value: traceTopic, label: traceTopic });
  return (
    <Card>
      <form onSubmit={submit} className={classes.form}>
        <SegmentedControl
          aria-label={t.searchBy}
          size="sm"
          data={[
            { value: 'id', label: t.byId },
            { value: 'key', label: t.byKey },
          ]}
          value={state.by}
          onChange={(value) => change({ by: value })}
        />
        <TextInput
          label={isKey ? t.key : t.id}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
          required
          spellCheck={false}
          className={classes.grow ?? ''}
        />
        <Select
          label={t.traceTopic}
          data={data}
          value={traceTopic}
          onChange={(value) => setTraceTopic(value ?? DEFAULTS.traceTopic)}
          allowDeselect={false}
          searchable
        />
        <Button type="submit" className={classes.button ?? ''} leftSection={<Icon name="search" size={16} />}>
          {t.search}
        </Button>
      </form>
    </Card>
  );
}
