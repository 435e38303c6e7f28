import { Badge, Button, Group, Skeleton, Stack, Tooltip } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { AccountBroker, AccountUsers } from '../../../../src/api/index.ts';
import { Card } from '../../parts/card.tsx';
import type { WriteTarget } from '../../parts/confirm-write.tsx';
import { type Column, Rows } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { Failures } from '../../parts/failures.tsx';
import { SearchInput } from '../../parts/search-input.tsx';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import { text } from './text.ts';

/** Brokers that keep accounts, for changes. */
export function keepers(brokers: readonly AccountBroker[], names?: readonly string[]): WriteTarget[] {
  return brokers
    .filter(({ brokerName, state }) => state === 'kept' && (names === undefined || names.includes(brokerName)))
    .map(({ brokerName, address }) => ({ brokerName, address }));
}

/** What both parts have: a filter, a button, the rows, and what the brokers do with accounts. */
export function AccountList<Row, Found extends Pick<AccountUsers, 'brokers' | 'failures'>>(props: {
  readonly result: UseQueryResult<Found>;
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly columns: readonly Column<Row>[];
  readonly label: string;
  readonly filter: string;
  readonly setFilter: (filter: string) => void;
  readonly create: { readonly title: string; readonly mayWrite: boolean; readonly open: () => void };
  readonly empty: { readonly title: string; readonly text: string };
}) {
  const { result, rows, rowKey, columns, label, filter, setFilter, create, empty } = props;
  const t = useText(text);
  const { data, error } = result;
  if (data === undefined)
    return error === null ? <Skeleton h={240} /> : <ErrorBox error={error} retry={() => void result.refetch()} />;
  const isKept = data.brokers.some(({ state }) => state === 'kept');
  return (
    <Stack gap="md">
      <Failures failures={data.failures} />
      {!isKept && data.brokers.length > 0 && <Empty title={t.noAccounts}>{t.noAccountsText}</Empty>}
      {isKept && (
        <Card
          flush
          title={label}
          tools={
            <Group gap="xs">
              <SearchInput label={t.filter} value={filter} change={setFilter} />
              <Button
                size="xs"
                leftSection={<Icon name="plus" size={15} />}
                disabled={!create.mayWrite}
                onClick={create.open}
              >
                {create.title}
              </Button>
            </Group>
          }
        >
          {rows.length === 0 ? (
            <Empty title={empty.title}>{empty.text}</Empty>
          ) : (
            <Rows {...{ label, rows, columns, rowKey }} />
          )}
        </Card>
      )}
      {data.brokers.length > 0 && <BrokerStates brokers={data.brokers} />}
    </Stack>
  );
}

function BrokerStates({ brokers }: { readonly brokers: readonly AccountBroker[] }) {
  const t = useText(text);
  const yesOrNo = (value: boolean | undefined, yes: string, no: string): ReactNode =>
    value === undefined ? t.unknown : value ? yes : no;
  const columns: readonly Column<AccountBroker>[] = [
    { key: 'broker', title: t.brokers, render: ({ brokerName }) => brokerName },
    { key: 'state', title: t.accounts, render: ({ state }) => t[state] },
    {
      key: 'login',
      title: t.login,
      render: ({ authentication, state }) =>
        state === 'unsupported' ? '–' : yesOrNo(authentication, t.loginYes, t.loginNo),
    },
    {
      key: 'check',
      title: t.check,
      render: ({ authorization, state }) =>
        state === 'unsupported' ? '–' : yesOrNo(authorization, t.checkYes, t.checkNo),
    },
  ];
  return (
    <Card flush title={t.state}>
      <Rows label={t.state} rows={brokers} columns={columns} rowKey={({ brokerName }) => brokerName} />
    </Card>
  );
}

/** Marks what the brokers do not have alike. */
export function Differs() {
  const t = useText(text);
  return (
    <Tooltip label={t.differsText}>
      <Badge tt="none" size="xs" variant="light" color="yellow" tabIndex={0}>
        {t.differs}
      </Badge>
    </Tooltip>
  );
}

/** The two buttons of a row. */
export function RowButtons(props: {
  readonly change: { readonly label: string; readonly isOff: boolean; readonly open: () => void };
  readonly remove: { readonly label: string; readonly isOff: boolean; readonly open: () => void };
}) {
  const { change, remove } = props;
  const button = (part: typeof change, icon: 'edit' | 'trash') => (
    <Button
      size="compact-xs"
      variant="subtle"
      color={icon === 'edit' ? 'gray' : 'red'}
      aria-label={part.label}
      title={part.label}
      disabled={part.isOff}
      onClick={part.open}
    >
      <Icon name={icon} size={15} />
    </Button>
  );
  return (
    <Group gap={4} justify="flex-end" wrap="nowrap">
      {button(change, 'edit')}
      {button(remove, 'trash')}
    </Group>
  );
}
