import { Anchor, Button, Group, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { MESSAGE_ROUTES, type MessageDetail } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Card } from '../../parts/card.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Rows } from '../../parts/data-table.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { Facts } from '../../parts/facts.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import { useMayWrite } from '../../shell/may-write.ts';
import { pagePath } from '../../shell/path.ts';
import { Badge } from './badge.tsx';
import { BodyCard } from './body-card.tsx';
import { DirectDialog } from './direct-dialog.tsx';
import { useIdRows } from './id-facts.tsx';
import { queueHref, traceHref } from './links.ts';
import { MessageTable } from './message-table.tsx';
import classes from './messages.module.css';
import { ResendDialog } from './resend-dialog.tsx';
import { text } from './text.ts';
import { TrackCard } from './track-card.tsx';

/** One message with everything about it. */
export function MessagePage({ topic, id }: { readonly topic: string; readonly id: string }) {
  const cluster = useCluster();
  const t = useText(text);
  const { data, error, refetch } = useQuery({
    queryKey: ['message', cluster.id, topic, id],
    queryFn: ({ signal }) => call(MESSAGE_ROUTES.message, { params: { cluster: cluster.id, topic, id } }, signal),
    staleTime: 60_000,
  });
  return (
    <>
      <PageHead
        back={{ path: `${pagePath(cluster.id, 'messages')}?${new URLSearchParams({ topic })}`, title: t.back }}
        title={
          <Group gap={6}>
            {t.message}
            <Text span className={classes.mono} fz="md">
              {data?.msgId ?? id}
            </Text>
            <CopyButton value={data?.msgId ?? id} />
          </Group>
        }
        about={<TopicLine topic={topic} detail={data} />}
      >
        {data !== undefined && <Actions detail={data} />}
      </PageHead>
      {error !== null && <ErrorBox error={error} retry={() => void refetch()} />}
      {data === undefined ? error === null && <Skeleton h={320} aria-hidden="true" /> : <Parts detail={data} id={id} />}
    </>
  );
}

function TopicLine({ topic, detail }: { readonly topic: string; readonly detail: MessageDetail | undefined }) {
  const cluster = useCluster();
  const t = useText(text);
  const format = useFormat();
  return (
    <>
      {t.topic}{' '}
      <Anchor component={Link} href={pagePath(cluster.id, 'topics', topic)} inherit underline="always">
        {topic}
      </Anchor>
      {detail !== undefined && ` · ${format.exactTime(detail.storeTimestampMs)}`}
    </>
  );
}

function Actions({ detail }: { readonly detail: MessageDetail }) {
  const cluster = useCluster();
  const t = useText(text);
  const [open, setOpen] = useState<'resend' | 'direct' | undefined>();
  const mayResend = useMayWrite(MESSAGE_ROUTES.resendMessage);
  const mayConsume = useMayWrite(MESSAGE_ROUTES.consumeDirectly);
  const close = (): void => setOpen(undefined);
  return (
    <>
      <Button
        component={Link}
        href={traceHref(cluster.id, detail.topic, detail.msgId)}
        variant="default"
        size="xs"
        leftSection={<Icon name="trace" size={15} />}
      >
        {t.trace}
      </Button>
      <Button
        variant="default"
        size="xs"
        leftSection={<Icon name="user" size={15} />}
        disabled={!mayConsume}
        onClick={() => setOpen('direct')}
      >
        {t.direct}
      </Button>
      <Button
        variant="default"
        size="xs"
        leftSection={<Icon name="send" size={15} />}
        disabled={!mayResend || !detail.mayBeResent}
        title={detail.mayBeResent ? undefined : t.resendNo}
        onClick={() => setOpen('resend')}
      >
        {t.resend}
      </Button>
      <ResendDialog detail={detail} isOpen={open === 'resend'} onClose={close} />
      <DirectDialog detail={detail} isOpen={open === 'direct'} onClose={close} />
    </>
  );
}

function Parts({ detail, id }: { readonly detail: MessageDetail; readonly id: string }) {
  const t = useText(text);
  return (
    <div className={classes.grid}>
      <Card title={t.facts}>
        <MessageFacts detail={detail} />
      </Card>
      <Card title={t.properties} flush>
        <Properties detail={detail} />
      </Card>
      <div className={classes.wide}>
        <BodyCard detail={detail} id={id} />
      </div>
      <div className={classes.wide}>
        <TrackCard topic={detail.topic} id={id} queueOffset={detail.queueOffset} />
      </div>
      {detail.others.length > 0 && (
        <div className={classes.wide}>
          <Card title={t.others} flush>
            <Text size="sm" c="dimmed" px="md" pt="sm">
              {t.othersText}
            </Text>
            <MessageTable rows={detail.others} label={t.others} />
          </Card>
        </div>
      )}
    </div>
  );
}

function MessageFacts({ detail }: { readonly detail: MessageDetail }) {
  const cluster = useCluster();
  const t = useText(text);
  const format = useFormat();
  const { brokerName, queueId, queueOffset, topic, origin } = detail;
  const queue = `${brokerName ?? detail.storeHost} · ${queueId}`;
  const place = { topic, brokerName: brokerName ?? '', queueId, offset: queueOffset };
  const idRows = useIdRows(detail.id);
  return (
    <Facts
      rows={[
        [t.uniqueKey, detail.msgId === detail.offsetMsgId ? undefined : <Id key="id" value={detail.msgId} />],
        [t.offsetId, <Id key="offset id" value={detail.offsetMsgId} />],
        [t.originTopic, origin?.topic],
        [t.originId, origin?.msgId === undefined ? undefined : <Id key="origin" value={origin.msgId} />],
        [t.tags, detail.tags],
        [t.keys, detail.keys.length === 0 ? undefined : detail.keys.join(' ')],
        [t.born, format.exactTime(detail.bornTimestampMs)],
        [t.stored, format.exactTime(detail.storeTimestampMs)],
        [t.bornHost, detail.bornHost],
        [t.storeHost, detail.storeHost],
        [
          t.queue,
          brokerName === undefined ? (
            queue
          ) : (
            <Anchor key="queue" inherit component={Link} href={queueHref(cluster.id, place)}>
              {queue}
            </Anchor>
          ),
        ],
        [t.queueOffset, format.count(queueOffset)],
        [t.physicalOffset, format.count(detail.physicalOffset)],
        [t.storeBytes, format.bytes(detail.storeBytes)],
        [t.attempts, format.count(detail.reconsumeTimes)],
        [t.flag, String(detail.flag)],
        [t.sysFlag, [String(detail.sysFlag), ...detail.sysFlags].join(' · ')],
        [t.crc, detail.bodyCrc.toString(16).padStart(8, '0')],
        [
          t.prepared,
          detail.preparedTransactionOffset === 0 ? undefined : format.count(detail.preparedTransactionOffset),
        ],
        ...idRows,
      ]}
    />
  );
}

function Id({ value }: { readonly value: string }) {
  return (
    <Group gap={2} wrap="nowrap">
      <span className={classes.mono}>{value}</span>
      <CopyButton value={value} />
    </Group>
  );
}

function Properties({ detail }: { readonly detail: MessageDetail }) {
  const t = useText(text);
  return (
    <Rows
      label={t.properties}
      rows={detail.properties}
      rowKey={({ name }) => name}
      columns={[
        {
          key: 'name',
          title: t.property,
          render: ({ name, isSystem }) => (
            <Group gap={6}>
              <span className={classes.mono}>{name}</span>
              {isSystem && (
                <Badge size="xs" variant="default" fw={500} tt="none">
                  {t.systemProperty}
                </Badge>
              )}
            </Group>
          ),
        },
        { key: 'value', title: t.value, render: ({ value }) => <span className={classes.mono}>{value}</span> },
      ]}
    />
  );
}
