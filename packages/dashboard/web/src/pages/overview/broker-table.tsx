import { Badge, Group, Skeleton } from '@mantine/core';
import type { BrokerSummary } from '../../../../src/api/index.ts';
import { Card } from '../../parts/card.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { type Column, Rows } from '../../parts/data-table.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { text } from './text.ts';

/** Every broker process with what it did today. */
export function BrokerTable({ brokers }: { readonly brokers: readonly BrokerSummary[] | undefined }) {
  const t = useText(text);
  const format = useFormat();
  const number = (key: keyof BrokerSummary, title: string, form: (value: number) => string): Column<BrokerSummary> => ({
    ...{ key, title, right: true },
    render: (row) => form(row[key] as number),
  });
  const columns: readonly Column<BrokerSummary>[] = [
    { key: 'broker', title: t.broker, render: ({ brokerName, brokerId }) => `${brokerName}:${brokerId}` },
    {
      key: 'address',
      title: t.address,
      render: ({ address }) => (
        <Group gap={4} wrap="nowrap">
          {address}
          <CopyButton value={address} />
        </Group>
      ),
    },
    {
      key: 'state',
      title: t.state,
      render: ({ isUp, refuses }) => (
        <Badge color={isUp ? 'green' : 'red'} variant="light" size="sm">
          {isUp ? t.up : refuses ? t.refuses : t.down}
        </Badge>
      ),
    },
    number('putTps', t.putRate, format.rate),
    number('getTps', t.getRate, format.rate),
    number('putToday', t.received, format.count),
    number('putYesterday', t.receivedYesterday, format.count),
    number('gotToday', t.produced, format.count),
    number('gotYesterday', t.producedYesterday, format.count),
    {
      ...{ key: 'disk', title: t.disk, right: true },
      render: ({ diskRatio }) => (diskRatio === undefined || diskRatio < 0 ? '–' : format.percent(diskRatio)),
    },
  ];
  return (
    <Card title={t.brokers} flush>
      {brokers === undefined ? (
        <Skeleton h={90} m="sm" />
      ) : (
        <Rows label={t.brokers} rows={brokers} columns={columns} rowKey={({ address }) => address} />
      )}
    </Card>
  );
}
