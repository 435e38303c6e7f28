import { Badge, Button, Group, Skeleton, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { PROXY_ROUTES, type ProxyRow } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Age } from '../../parts/age.tsx';
import { Card } from '../../parts/card.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { type Column, Rows } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { ReachAnswer } from '../../parts/reach-answer.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import { useMayWrite } from '../../shell/may-write.ts';
import { text } from './text.ts';

/** The proxies that the console knows, whether they answer, and which is the current one. */
export default function ProxiesPage() {
  const { id } = useCluster();
  const t = useText(text);
  const [isAdding, setAdding] = useState(false);
  const mayAdd = useMayWrite(PROXY_ROUTES.addProxy);
  const mayChoose = useMayWrite(PROXY_ROUTES.chooseProxy);
  const result = useQuery({
    queryKey: ['proxies', id],
    queryFn: ({ signal }) => call(PROXY_ROUTES.proxies, { params: { cluster: id } }, signal),
    refetchOnWindowFocus: false,
  });
  const { data, error, dataUpdatedAt } = result;
  const choose = useMutation({
    mutationFn: (address: string) => call(PROXY_ROUTES.chooseProxy, { body: { address } }),
    onSuccess: () => result.refetch(),
  });
  const columns: readonly Column<ProxyRow>[] = [
    {
      ...{ key: 'address', title: t.address },
      render: ({ address, isCurrent }) => (
        <Group gap={4} wrap="nowrap">
          {address}
          <CopyButton value={address} />
          {isCurrent && (
            <Badge variant="light" size="sm" tt="none" title={t.currentTitle}>
              {t.current}
            </Badge>
          )}
        </Group>
      ),
    },
    {
      ...{ key: 'answer', title: t.answer },
      render: ({ latencyMs, failure, hint }) => <ReachAnswer latencyMs={latencyMs} failure={failure} hint={hint} />,
    },
    {
      ...{ key: 'actions', title: '', right: true },
      render: ({ address, isCurrent }) =>
        !isCurrent && (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={t.choose(address)}
            disabled={!mayChoose || choose.isPending}
            onClick={() => choose.mutate(address)}
          >
            {t.chooseAction}
          </Button>
        ),
    },
  ];
  return (
    <>
      <PageHead title={t.title} about={t.about}>
        {data !== undefined && (
          <Age atMs={dataUpdatedAt} refresh={() => void result.refetch()} isBusy={result.isFetching} />
        )}
      </PageHead>
      {error !== null && <ErrorBox error={error} retry={() => void result.refetch()} />}
      {choose.error !== null && <ErrorBox error={choose.error} />}
      <Card
        title={t.title}
        flush
        tools={
          <Button
            size="xs"
            leftSection={<Icon name="plus" size={15} />}
            disabled={!mayAdd}
            onClick={() => setAdding(true)}
          >
            {t.add}
          </Button>
        }
      >
        {data === undefined ? (
          error === null && <Skeleton h={120} m="sm" />
        ) : data.length === 0 ? (
          <Empty title={t.none}>{t.noneText}</Empty>
        ) : (
          <Rows label={t.title} rows={data} columns={columns} rowKey={({ address }) => address} />
        )}
      </Card>
      <AddProxy isOpen={isAdding} onClose={() => setAdding(false)} onAdded={() => void result.refetch()} />
    </>
  );
}

interface AddProxyProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onAdded: () => void;
}

function AddProxy({ isOpen, onClose, onAdded }: AddProxyProps) {
  const t = useText(text);
  const [address, setAddress] = useState('');
  const add = useMutation({
    mutationFn: () => call(PROXY_ROUTES.addProxy, { body: { address: address.trim() } }),
    onSuccess: () => {
      setAddress('');
      onClose();
      onAdded();
    },
  });
  return (
    <FormDialog
      isOpen={isOpen}
      onClose={onClose}
      title={t.add}
      about={t.addText}
      error={add.error}
      isBusy={add.isPending}
      submit={add.mutate}
    >
      <TextInput
        label={t.address}
        description={t.addressText}
        placeholder="10.0.0.1:8080"
        required
        data-autofocus
        spellCheck={false}
        value={address}
        onChange={(event) => setAddress(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
