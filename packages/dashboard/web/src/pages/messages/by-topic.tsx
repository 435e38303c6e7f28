import { Button, Select, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { Card } from '../../parts/card.tsx';
import { Empty } from '../../parts/empty.tsx';
import { useText } from '../../shell/language.ts';
import { useSettings } from '../../shell/settings.tsx';
import { useUrlState } from '../../shell/url-state.ts';
import classes from './messages.module.css';
import { TopicInput } from './name-input.tsx';
import { PageResults } from './page-results.tsx';
import { ScanResults } from './scan-results.tsx';
import { SearchForm } from './search-form.tsx';
import { text } from './text.ts';
import { spanOf, spanState, TimeRange } from './time-range.tsx';

const DEFAULTS = {
  topic: '',
  begin: '',
  end: '',
  page: '1',
  size: '20',
  order: 'newest',
  tag: '',
  key: '',
  contains: '',
};

/** Digits of an address as a number. */
export function wholeOf(value: string): number | undefined {
  return /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/** Messages of a topic in a span of time, as pages or as those that match. */
export function ByTopic() {
  const t = useText(text);
  const { zone } = useSettings();
  const [state, change] = useUrlState(DEFAULTS);
  const beginMs = wholeOf(state.begin);
  const endMs = wholeOf(state.end);
  const isAsked = state.topic !== '' && beginMs !== undefined && endMs !== undefined;
  useEffect(() => {
    // A link from another page names only the topic.
    if (state.topic === '' || isAsked) return;
    const span = spanOf({ choice: 'last1h', from: '', to: '' }, zone, Date.now())!;
    change({ begin: String(span.beginMs), end: String(span.endMs) }, true);
  }, [state.topic, isAsked, zone, change]);
  const { topic, tag, key, contains } = state;
  const oldestFirst = state.order === 'oldest';
  const range = { topic, beginMs: beginMs ?? 0, endMs: endMs ?? 0, oldestFirst };
  const looksInside = tag !== '' || key !== '' || contains !== '';
  return (
    <>
      <Form state={state} change={change} beginMs={beginMs} endMs={endMs} />
      {!isAsked ? (
        <Card>
          <Empty title={t.chooseTopic}>{t.chooseTopicText}</Empty>
        </Card>
      ) : looksInside ? (
        <ScanResults {...range} tag={tag} keyWanted={key} contains={contains} />
      ) : (
        <PageResults
          {...range}
          page={wholeOf(state.page) || 1}
          pageSize={Math.min(200, wholeOf(state.size) || 20)}
          change={({ page, pageSize }) => change({ page: String(page), size: String(pageSize) })}
        />
      )}
    </>
  );
}

function Form(props: {
  readonly state: { readonly [Key in keyof typeof DEFAULTS]: string };
  readonly change: (part: Partial<typeof DEFAULTS>) => void;
  readonly beginMs: number | undefined;
  readonly endMs: number | undefined;
}) {
  const { state, change, beginMs, endMs } = props;
  const t = useText(text);
  const { zone } = useSettings();
  const [topic, setTopic] = useState(state.topic);
  const [span, setSpan] = useState(() => spanState(beginMs, endMs, zone, 'last1h'));
  const [inside, setInside] = useState({ tag: state.tag, key: state.key, contains: state.contains });
  const [isOpen, setOpen] = useState(inside.tag !== '' || inside.key !== '' || inside.contains !== '');
  useEffect(() => setTopic(state.topic), [state.topic]);
  const search = (): void => {
    const chosen = spanOf(span, zone, Date.now());
    if (chosen === undefined || topic.trim() === '') return;
    const wanted = isOpen ? inside : { tag: '', key: '', contains: '' };
    change({ topic: topic.trim(), begin: String(chosen.beginMs), end: String(chosen.endMs), page: '1', ...wanted });
  };
  const field = (name: 'tag' | 'key' | 'contains', label: string, description?: string) => (
    <TextInput
      label={label}
      description={description}
      value={inside[name]}
      size="sm"
      spellCheck={false}
      onChange={(event) => setInside({ ...inside, [name]: event.currentTarget.value })}
    />
  );
  return (
    <SearchForm
      search={search}
      more={
        <>
          <Button variant="subtle" size="compact-xs" mt="xs" onClick={() => setOpen(!isOpen)} aria-expanded={isOpen}>
            {isOpen ? t.fewerFilters : t.filters}
          </Button>
          {isOpen && (
            <div className={classes.form} style={{ marginTop: 8 }}>
              {field('tag', t.tag)}
              {field('key', t.keyIs)}
              {field('contains', t.contains)}
            </div>
          )}
        </>
      }
    >
      <TopicInput value={topic} change={setTopic} />
      <TimeRange state={span} change={setSpan} />
      <Select
        label={t.order}
        data={[
          { value: 'newest', label: t.newestFirst },
          { value: 'oldest', label: t.oldestFirst },
        ]}
        value={state.order === 'oldest' ? 'oldest' : 'newest'}
        allowDeselect={false}
        onChange={(value) => change({ order: value ?? 'newest', page: '1' })}
        size="sm"
      />
    </SearchForm>
  );
}
