import { Anchor } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { TRACE_ROUTES } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Card } from '../../parts/card.tsx';
import { Rows } from '../../parts/data-table.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { Failures } from '../../parts/failures.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { pagePath } from '../../shell/path.ts';
import classes from '../messages/messages.module.css';
import { ResultSkeleton } from '../messages/page-results.tsx';
import { text } from './text.ts';
import { WhyEmpty } from './why-empty.tsx';

/** Traced messages with a key, each with a link to its trace. */
export function TracesByKey({ traceTopic, wanted }: { readonly traceTopic: string; readonly wanted: string }) {
  const cluster = useCluster();
  const t = useText(text);
  const format = useFormat();
  const { data, error, refetch } = useQuery({
    queryKey: ['traces by key', cluster.id, traceTopic, wanted],
    queryFn: ({ signal }) => {
      const query = { traceTopic, key: wanted };
      return call(TRACE_ROUTES.tracesByKey, { params: { cluster: cluster.id }, query }, signal);
    },
  });
  if (error !== null) return <ErrorBox error={error} retry={() => void refetch()} />;
  if (data === undefined) return <ResultSkeleton />;
  const href = (id: string, topic = ''): string =>
    `${pagePath(cluster.id, 'trace')}?${new URLSearchParams({ id, traceTopic, ...(topic && { topic }) })}`;
  return (
    <>
      <Failures failures={data.failures} />
      {data.state === 'FOUND' ? (
        <Card title={t.found} flush>
          <Rows
            label={t.found}
            rows={data.rows}
            rowKey={({ msgId }) => msgId}
            columns={[
              {
                key: 'message',
                title: t.message,
                render: ({ msgId, topic }) => (
                  <Anchor component={Link} href={href(msgId, topic)} className={classes.id}>
                    {msgId}
                  </Anchor>
                ),
              },
              { key: 'topic', title: t.topic, render: ({ topic }) => topic ?? '–' },
              { key: 'keys', title: t.keys, render: ({ keys }) => keys ?? '–' },
              { key: 'tags', title: t.tags, render: ({ tags }) => tags ?? '–' },
              { key: 'producer', title: t.sentBy, render: ({ producerGroup }) => producerGroup ?? '–' },
              {
                key: 'sent',
                title: t.sent,
                render: ({ sentMs }) => (sentMs === undefined ? '–' : format.exactTime(sentMs)),
              },
              {
                key: 'groups',
                title: t.groups,
                render: ({ groups }) => (groups.length === 0 ? '–' : groups.join(', ')),
              },
            ]}
          />
        </Card>
      ) : (
        <WhyEmpty state={data.state} traceTopic={traceTopic} />
      )}
    </>
  );
}
