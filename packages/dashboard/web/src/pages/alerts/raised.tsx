import { Badge, Group, Alert as Note, Stack } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ALERT_ROUTES, type Alert } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Card } from '../../parts/card.tsx';
import { type Column, Rows } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { useSentence } from '../overview/use-sentence.ts';
import { Severity } from './severity.tsx';
import { text } from './text.ts';
import { WebhookCard } from './webhook-card.tsx';

/** What is raised now, and how it is sent. */
export function Raised() {
  const { id } = useCluster();
  const t = useText(text);
  const format = useFormat();
  const sentence = useSentence();
  const { data, error, refetch } = useQuery({
    queryKey: ['alerts', id],
    queryFn: ({ signal }) => call(ALERT_ROUTES.alerts, { params: { cluster: id } }, signal),
    refetchInterval: 5000,
    placeholderData: keepPreviousData,
  });
  const columns: readonly Column<Alert>[] = [
    { key: 'severity', title: t.severity, render: ({ finding }) => <Severity severity={finding.severity} /> },
    { key: 'what', title: t.what, render: ({ finding }) => sentence(finding) },
    { key: 'since', title: t.since, render: ({ startsAtMs }) => format.time(startsAtMs) },
    { key: 'state', title: t.state, render: (alert) => <State alert={alert} /> },
  ];
  if (data === undefined) return error === null ? null : <ErrorBox error={error} retry={() => void refetch()} />;
  const { raised, total, webhook, notKept } = data;
  return (
    <Stack gap="md">
      {error !== null && <ErrorBox error={error} retry={() => void refetch()} />}
      {notKept !== undefined && (
        <Note color="yellow" variant="light">
          {t.notKept(notKept)}
        </Note>
      )}
      {raised.length === 0 ? (
        <Empty title={t.none}>{t.noneText}</Empty>
      ) : (
        <Card title={t.now} flush>
          <Rows
            label={t.now}
            rows={raised}
            columns={columns}
            rowKey={({ rule, finding }) => `${rule} ${sentence(finding)}`}
          />
        </Card>
      )}
      {total > raised.length && <Note variant="light">{t.more(format.count(total - raised.length))}</Note>}
      <WebhookCard webhook={webhook} />
    </Stack>
  );
}

function State({ alert: { holds, isSilent } }: { readonly alert: Alert }) {
  const t = useText(text);
  if (holds && !isSilent) return '–';
  return (
    <Group gap={6}>
      {!holds && (
        <Badge tt="none" size="sm" variant="light" color="green">
          {t.ending}
        </Badge>
      )}
      {isSilent && (
        <Badge tt="none" size="sm" variant="light" color="gray">
          {t.silent}
        </Badge>
      )}
    </Group>
  );
}
