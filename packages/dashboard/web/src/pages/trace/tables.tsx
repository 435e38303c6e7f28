import type { MantineColor } from '@mantine/core';
import type { TraceAttempt, TraceEnd, TraceRecallEvent, TraceSend } from '../../../../src/api/index.ts';
import { Rows } from '../../parts/data-table.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { Badge } from '../messages/badge.tsx';
import classes from '../messages/messages.module.css';
import { text } from './text.ts';

type Status = 'SUCCESS' | 'FAILED' | 'UNFINISHED';
const COLORS: Readonly<Record<Status, MantineColor>> = { SUCCESS: 'green', FAILED: 'red', UNFINISHED: 'orange' };

function StatusBadge({ status, note }: { readonly status: Status; readonly note?: string | undefined }) {
  const t = useText(text);
  return (
    <Badge
      variant="light"
      color={COLORS[status]}
      tt="none"
      title={status === 'UNFINISHED' ? t.unfinishedText : undefined}
    >
      {note === undefined || note === status ? t[status] : `${t[status]} · ${note}`}
    </Badge>
  );
}

function Time({ ms }: { readonly ms: number | undefined }) {
  const format = useFormat();
  return <>{ms === undefined ? '–' : format.exactTime(ms)}</>;
}

/** Attempts of producers to send the message. */
export function SendTable({ sends }: { readonly sends: readonly TraceSend[] }) {
  const t = useText(text);
  const format = useFormat();
  return (
    <Rows
      label={t.sends}
      rows={sends}
      rowKey={({ beginMs, storeHost, clientHost }) => `${beginMs} ${storeHost} ${clientHost}`}
      columns={[
        { key: 'group', title: t.sentBy, render: ({ group }) => group },
        { key: 'client', title: t.client, render: ({ clientHost }) => clientHost },
        { key: 'broker', title: t.storeHost, render: ({ storeHost }) => storeHost },
        { key: 'begin', title: t.begin, render: ({ beginMs }) => <Time ms={beginMs} /> },
        { key: 'cost', title: t.cost, right: true, render: ({ costMs }) => t.ms(format.count(costMs)) },
        {
          key: 'status',
          title: t.status,
          render: ({ success }) => <StatusBadge status={success ? 'SUCCESS' : 'FAILED'} />,
        },
        { key: 'type', title: t.type, render: ({ messageType }) => messageType },
        { key: 'body', title: t.bodySize, right: true, render: ({ bodyBytes }) => format.bytes(bodyBytes) },
        {
          key: 'offset id',
          title: t.offsetId,
          render: ({ offsetMsgId }) => <span className={classes.mono}>{offsetMsgId ?? '–'}</span>,
        },
        { key: 'region', title: t.region, render: ({ regionId }) => regionId },
      ]}
    />
  );
}

/** How producers ended the transaction. */
export function EndTable({ ends }: { readonly ends: readonly TraceEnd[] }) {
  const t = useText(text);
  const statusOf = (state: string): Status =>
    state === 'COMMIT_MESSAGE' ? 'SUCCESS' : state === 'ROLLBACK_MESSAGE' ? 'FAILED' : 'UNFINISHED';
  return (
    <Rows
      label={t.ends}
      rows={ends}
      rowKey={({ atMs, clientHost, state }) => `${atMs} ${clientHost} ${state}`}
      columns={[
        { key: 'group', title: t.sentBy, render: ({ group }) => group },
        { key: 'client', title: t.client, render: ({ clientHost }) => clientHost },
        { key: 'broker', title: t.storeHost, render: ({ storeHost }) => storeHost },
        { key: 'time', title: t.time, render: ({ atMs }) => <Time ms={atMs} /> },
        {
          key: 'state',
          title: t.state,
          render: ({ state }) => (
            <Badge variant="light" color={COLORS[statusOf(state)]} tt="none">
              {state}
            </Badge>
          ),
        },
        { key: 'check', title: t.fromCheck, render: ({ fromCheck }) => (fromCheck ? t.yes : t.no) },
        {
          key: 'id',
          title: t.transactionId,
          render: ({ transactionId }) => <span className={classes.mono}>{transactionId ?? '–'}</span>,
        },
      ]}
    />
  );
}

/** Recalls of a timer message. */
export function RecallTable({ recalls }: { readonly recalls: readonly TraceRecallEvent[] }) {
  const t = useText(text);
  return (
    <Rows
      label={t.recalls}
      rows={recalls}
      rowKey={({ atMs, clientHost }) => `${atMs} ${clientHost}`}
      columns={[
        { key: 'group', title: t.sentBy, render: ({ group }) => group },
        { key: 'client', title: t.client, render: ({ clientHost }) => clientHost },
        { key: 'time', title: t.time, render: ({ atMs }) => <Time ms={atMs} /> },
        {
          key: 'status',
          title: t.status,
          render: ({ success }) => <StatusBadge status={success ? 'SUCCESS' : 'FAILED'} />,
        },
      ]}
    />
  );
}

/** Calls of a group's listeners. */
export function AttemptTable({
  attempts,
  label,
}: {
  readonly attempts: readonly TraceAttempt[];
  readonly label: string;
}) {
  const t = useText(text);
  const format = useFormat();
  return (
    <Rows
      label={label}
      rows={attempts}
      rowKey={({ requestId }) => requestId}
      columns={[
        { key: 'client', title: t.client, render: ({ clientHost }) => clientHost },
        { key: 'begin', title: t.begin, render: ({ beginMs }) => <Time ms={beginMs} /> },
        { key: 'end', title: t.end, render: ({ endMs }) => <Time ms={endMs} /> },
        {
          key: 'cost',
          title: t.cost,
          right: true,
          render: ({ costMs }) => (costMs === undefined ? '–' : t.ms(format.count(costMs))),
        },
        {
          key: 'status',
          title: t.status,
          render: ({ status, returnType }) => (
            <StatusBadge status={status} note={status === 'FAILED' ? returnType : undefined} />
          ),
        },
        {
          key: 'retries',
          title: t.retries,
          right: true,
          render: ({ retryTimes }) => (retryTimes === undefined ? '–' : format.count(retryTimes)),
        },
        { key: 'keys', title: t.keys, render: ({ keys }) => (keys === undefined || keys === '' ? '–' : keys) },
        {
          key: 'request',
          title: t.requestId,
          render: ({ requestId }) => <span className={classes.mono}>{requestId}</span>,
        },
      ]}
    />
  );
}
