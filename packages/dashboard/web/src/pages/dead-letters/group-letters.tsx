import { Button, Stack, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { CHOSEN_LIMIT, DEAD_LETTER_ROUTES, type ResendResult } from '../../../../src/api/index.ts';
import { Empty } from '../../parts/empty.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import { useMayWrite } from '../../shell/may-write.ts';
import { pagePath } from '../../shell/path.ts';
import { useSettings } from '../../shell/settings.tsx';
import { useUrlState } from '../../shell/url-state.ts';
import { wholeOf } from '../messages/by-topic.tsx';
import { messageHref } from '../messages/links.ts';
import { PageResults } from '../messages/page-results.tsx';
import { SearchForm } from '../messages/search-form.tsx';
import { spanOf, spanState, TimeRange } from '../messages/time-range.tsx';
import { ResendDialog } from './resend-dialog.tsx';
import { text } from './text.ts';

/** The dead letters of one group: search by time, choose, send again, export. */
export function GroupLetters({ group }: { readonly group: string }) {
  const cluster = useCluster();
  const t = useText(text);
  const { zone } = useSettings();
  const topic = `%DLQ%${group}`;
  const [state, change] = useUrlState({ begin: '', end: '', page: '1', size: '20' });
  const beginMs = wholeOf(state.begin);
  const endMs = wholeOf(state.end);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [isOpen, setOpen] = useState(false);
  const [results, setResults] = useState<readonly ResendResult[]>([]);
  const mayResend = useMayWrite(DEAD_LETTER_ROUTES.resendDeadLetters);
  useEffect(() => {
    if (beginMs === undefined || endMs === undefined) change({ begin: '0', end: String(Date.now()) }, true);
  }, [beginMs, endMs, change]);
  return (
    <>
      <PageHead
        title={t.ofGroup(group)}
        back={{ path: pagePath(cluster.id, 'dead-letters'), title: t.back }}
        about={t.about}
      >
        <Button component={Link} href={pagePath(cluster.id, 'groups', group)} variant="default" size="xs">
          {t.openGroup}
        </Button>
        <Button component={Link} href={pagePath(cluster.id, 'topics', topic)} variant="default" size="xs">
          {t.openTopic}
        </Button>
      </PageHead>
      <Stack gap="md">
        <Search key={`${beginMs} ${endMs} ${zone}`} {...{ topic, beginMs, endMs, change }} />
        {beginMs !== undefined && endMs !== undefined && (
          <PageResults
            {...{ topic, beginMs, endMs, oldestFirst: false }}
            page={wholeOf(state.page) || 1}
            pageSize={Math.min(200, wholeOf(state.size) || 20)}
            change={({ page, pageSize }) => change({ page: String(page), size: String(pageSize) })}
            withOrigin
            choice={{ chosen, change: setChosen }}
            empty={<Empty title={t.nothing}>{t.nothingText}</Empty>}
            tools={
              <Button
                size="xs"
                leftSection={<Icon name="send" size={14} />}
                disabled={!mayResend || chosen.size === 0 || chosen.size > CHOSEN_LIMIT}
                title={chosen.size === 0 ? t.chooseFirst : undefined}
                onClick={() => setOpen(true)}
              >
                {t.resend(chosen.size)}
              </Button>
            }
          />
        )}
      </Stack>
      <ResendDialog
        group={group}
        ids={[...chosen]}
        isOpen={isOpen}
        onDone={setResults}
        onClose={() => {
          setOpen(false);
          // What was sent is no longer chosen: pressing the button once more must not send it twice.
          const sent = new Set(results.flatMap(({ id, ok }) => (ok ? [id] : [])));
          setChosen(new Set([...chosen].filter((id) => !sent.has(id))));
          setResults([]);
        }}
      />
    </>
  );
}

/** By time, or to one of them by its id. */
function Search(props: {
  readonly topic: string;
  readonly beginMs: number | undefined;
  readonly endMs: number | undefined;
  readonly change: (part: { begin: string; end: string; page: string }) => void;
}) {
  const { topic, beginMs, endMs, change } = props;
  const cluster = useCluster();
  const t = useText(text);
  const { zone } = useSettings();
  const [, navigate] = useLocation();
  const [id, setId] = useState('');
  const [span, setSpan] = useState(() => spanState(beginMs, endMs, zone, 'allTime'));
  const search = (): void => {
    if (id.trim() !== '') {
      navigate(messageHref(cluster.id, topic, id.trim()));
      return;
    }
    const wanted = spanOf(span, zone, Date.now());
    if (wanted !== undefined) change({ begin: String(wanted.beginMs), end: String(wanted.endMs), page: '1' });
  };
  return (
    <SearchForm search={search}>
      <TimeRange state={span} change={setSpan} />
      <TextInput
        label={t.idLabel}
        title={t.idHint}
        style={{ flex: '1 1 280px' }}
        value={id}
        spellCheck={false}
        onChange={(event) => setId(event.currentTarget.value)}
      />
    </SearchForm>
  );
}
