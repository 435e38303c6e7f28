import { TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { MESSAGE_ROUTES } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Card } from '../../parts/card.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { Failures } from '../../parts/failures.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useText } from '../../shell/language.ts';
import { useUrlState } from '../../shell/url-state.ts';
import { MessageTable } from './message-table.tsx';
import classes from './messages.module.css';
import { TopicInput } from './name-input.tsx';
import { ResultSkeleton } from './page-results.tsx';
import { SearchForm } from './search-form.tsx';
import { text } from './text.ts';

/** Messages of a topic with a key. */
export function ByKey() {
  const t = useText(text);
  const [state, change] = useUrlState({ topic: '', key: '' });
  const [topic, setTopic] = useState(state.topic);
  const [key, setKey] = useState(state.key);
  const search = (): void => {
    change({ topic: topic.trim(), key: key.trim() });
  };
  return (
    <>
      <SearchForm search={search}>
        <TopicInput value={topic} change={setTopic} />
        <TextInput
          label={t.key}
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
          required
          className={classes.grow ?? ''}
          spellCheck={false}
          size="sm"
        />
      </SearchForm>
      {state.topic !== '' && state.key !== '' && <Found topic={state.topic} wanted={state.key} />}
    </>
  );
}

function Found({ topic, wanted }: { readonly topic: string; readonly wanted: string }) {
  const cluster = useCluster();
  const t = useText(text);
  const { data, error, refetch } = useQuery({
    queryKey: ['messages by key', cluster.id, topic, wanted],
    queryFn: ({ signal }) =>
      call(MESSAGE_ROUTES.messagesByKey, { params: { cluster: cluster.id }, query: { topic, key: wanted } }, signal),
  });
  if (error !== null) return <ErrorBox error={error} retry={() => void refetch()} />;
  if (data === undefined) return <ResultSkeleton />;
  return (
    <>
      <Failures failures={data.failures} />
      <Card flush>
        {data.rows.length === 0 ? (
          <Empty title={t.nothing}>{t.noneByKey}</Empty>
        ) : (
          <MessageTable rows={data.rows} label={t.title} />
        )}
      </Card>
    </>
  );
}
