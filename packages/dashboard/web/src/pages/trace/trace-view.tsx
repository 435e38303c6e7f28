import { Anchor, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { type MessageTrace, TRACE_ROUTES } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Age } from '../../parts/age.tsx';
import { Card } from '../../parts/card.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Failures } from '../../parts/failures.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { messageHref } from '../messages/links.ts';
import classes from '../messages/messages.module.css';
import { ResultSkeleton } from '../messages/page-results.tsx';
import { pictureOf } from './layout.ts';
import { TracePicture } from './picture.tsx';
import { AttemptTable, EndTable, RecallTable, SendTable } from './tables.tsx';
import { text } from './text.ts';
import { WhyEmpty } from './why-empty.tsx';

interface TraceViewProps {
  readonly traceTopic: string;
  readonly id: string;
  /** Of the message, where it is known. */
  readonly topic: string;
}

/** The trace of one message, as a picture and as tables. */
export function TraceView({ traceTopic, id, topic }: TraceViewProps) {
  const cluster = useCluster();
  const { data, error, refetch, isFetching, dataUpdatedAt } = useQuery({
    queryKey: ['trace', cluster.id, traceTopic, id, topic],
    queryFn: ({ signal }) => {
      const query = topic === '' ? { traceTopic, id } : { traceTopic, id, topic };
      return call(TRACE_ROUTES.trace, { params: { cluster: cluster.id }, query }, signal);
    },
  });
  if (error !== null) return <ErrorBox error={error} retry={() => void refetch()} />;
  if (data === undefined) return <ResultSkeleton />;
  const age = <Age atMs={dataUpdatedAt} refresh={() => void refetch()} isBusy={isFetching} />;
  return (
    <>
      <Failures failures={data.failures} />
      {data.trace === undefined ? (
        <>
          <WhyEmpty state={data.state} traceTopic={traceTopic} />
          {age}
        </>
      ) : (
        <Found trace={data.trace} age={age} />
      )}
    </>
  );
}

function Found({ trace, age }: { readonly trace: MessageTrace; readonly age: ReactNode }) {
  const t = useText(text);
  const picture = pictureOf(trace);
  return (
    <Stack gap="md">
      {picture !== undefined && (
        <Card title={t.picture} tools={age}>
          <TracePicture picture={picture} />
        </Card>
      )}
      <Card title={t.message}>
        <MessageFacts trace={trace} />
      </Card>
      {trace.sends.length > 0 && (
        <Card title={t.sends} flush>
          <SendTable sends={trace.sends} />
        </Card>
      )}
      {trace.ends.length > 0 && (
        <Card title={t.ends} flush>
          <EndTable ends={trace.ends} />
        </Card>
      )}
      {trace.recalls.length > 0 && (
        <Card title={t.recalls} flush>
          <RecallTable recalls={trace.recalls} />
        </Card>
      )}
      {trace.groups.length === 0 && (
        <Card>
          <Empty title={t.noConsumer}>{t.noConsumerText}</Empty>
        </Card>
      )}
      {trace.groups.map(({ group, attempts }) => (
        <Card key={group} title={t.consumers(group === '' ? t.unnamedGroup : group)} flush>
          <AttemptTable attempts={attempts} label={t.consumers(group)} />
        </Card>
      ))}
    </Stack>
  );
}

function MessageFacts({ trace }: { readonly trace: MessageTrace }) {
  const cluster = useCluster();
  const t = useText(text);
  const format = useFormat();
  const { msgId, message, sends } = trace;
  const [first] = sends;
  const topic = message?.topic ?? first?.topic;
  return (
    <Facts
      rows={[
        [
          t.id,
          <span key="id" className={classes.mono}>
            {msgId} <CopyButton value={msgId} />
          </span>,
        ],
        [t.topic, topic],
        [t.tags, message?.tags ?? first?.tags],
        [t.keys, message?.keys.join(' ') || first?.keys],
        [t.stored, message === undefined ? t.storedUnknown : format.exactTime(message.storeTimestampMs)],
        [
          t.message,
          message === undefined ? undefined : (
            <Anchor
              key="open"
              component={Link}
              href={messageHref(cluster.id, message.topic, message.offsetMsgId)}
              size="sm"
            >
              {t.openMessage}
            </Anchor>
          ),
        ],
      ]}
    />
  );
}
