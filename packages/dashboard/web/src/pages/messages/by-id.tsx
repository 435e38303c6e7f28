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
import { IdFacts } from './id-facts.tsx';
import { MessageTable } from './message-table.tsx';
import classes from './messages.module.css';
import { TopicInput } from './name-input.tsx';
import { ResultSkeleton } from './page-results.tsx';
import { SearchForm } from './search-form.tsx';
import { text } from './text.ts';

/** A message by either kind of id, and what the id says. */
export function ById() {
  const t = useText(text);
  const [state, change] = useUrlState({ topic: '', id: '' });
  const [topic, setTopic] = useState(state.topic);
  const [id, setId] = useState(state.id);
  const search = (): void => {
    change({ topic: topic.trim(), id: id.trim() });
  };
  return (
    <>
      <SearchForm search={search}>
        <TextInput
          label={t.messageId}
          value={id}
          onChange={(event) => setId(event.currentTarget.value)}
          required
          className={classes.grow ?? ''}
          spellCheck={false}
          size="sm"
        />
        <TopicInput value={topic} change={setTopic} required={false} />
      </SearchForm>
      {state.id !== '' && <Found topic={state.topic} id={state.id} />}
    </>
  );
}

function Found({ topic, id }: { readonly topic: string; readonly id: string }) {
  const cluster = useCluster();
  const t = useText(text);
  const { data, error, refetch } = useQuery({
    queryKey: ['messages by id', cluster.id, topic, id],
    queryFn: ({ signal }) => {
      const query = topic === '' ? { id } : { id, topic };
      return call(MESSAGE_ROUTES.messagesById, { params: { cluster: cluster.id }, query }, signal);
    },
  });
  if (error !== null) return <ErrorBox error={error} retry={() => void refetch()} />;
  if (data === undefined) return <ResultSkeleton />;
  return (
    <>
      <Failures failures={data.failures} />
      {data.id !== undefined && (
        <Card title={t.idKind}>
          <IdFacts id={data.id} />
        </Card>
      )}
      <Card flush>
        {data.rows.length === 0 ? (
          <Empty title={t.noneById}>{t.noneByIdText}</Empty>
        ) : (
          <MessageTable rows={data.rows} label={t.title} />
        )}
      </Card>
    </>
  );
}
