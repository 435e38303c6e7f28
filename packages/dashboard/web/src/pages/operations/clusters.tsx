import { ActionIcon, Badge, Button, Group, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { CLUSTER_ROUTES, type ClusterRow } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Card } from '../../parts/card.tsx';
import { ConfirmWrite } from '../../parts/confirm-write.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { type Column, Rows } from '../../parts/data-table.tsx';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { useCluster, useClusters } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import { useMayWrite } from '../../shell/may-write.ts';
import { text } from './text.ts';

/** The clusters that the console looks at; one can be added, and taken out again. */
export function Clusters() {
  const t = useText(text);
  const format = useFormat();
  const { data } = useClusters();
  const here = useCluster();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const [isAdding, setAdding] = useState(false);
  const mayAdd = useMayWrite(CLUSTER_ROUTES.addCluster);
  const mayRemove = useMayWrite(CLUSTER_ROUTES.removeCluster);
  const [removed, setRemoved] = useState<ClusterRow>();
  const columns: readonly Column<ClusterRow>[] = [
    {
      ...{ key: 'name', title: t.name },
      render: ({ id, name }) => <Link href={`/c/${encodeURIComponent(id)}/overview`}>{name}</Link>,
    },
    {
      ...{ key: 'nameServers', title: t.nameServers },
      render: ({ namesrvAddresses }) => (
        <Group gap={4} wrap="nowrap">
          {namesrvAddresses.join('; ')}
          <CopyButton value={namesrvAddresses.join(';')} />
        </Group>
      ),
    },
    {
      ...{ key: 'state', title: t.state },
      render: ({ failure }) => (
        <Badge color={failure === undefined ? 'green' : 'red'} variant="light" size="sm" title={failure}>
          {failure === undefined ? t.good : t.bad}
        </Badge>
      ),
    },
    {
      ...{ key: 'brokers', title: t.brokers, right: true },
      render: ({ brokers, brokersDown }) => `${format.count(brokers - brokersDown)} / ${format.count(brokers)}`,
    },
    {
      ...{ key: 'actions', title: '', right: true },
      render: (row) =>
        row.isAdded ? (
          <ActionIcon
            variant="subtle"
            color="red"
            aria-label={t.remove(row.name)}
            title={t.remove(row.name)}
            disabled={!mayRemove}
            onClick={() => setRemoved(row)}
          >
            <Icon name="trash" size={16} />
          </ActionIcon>
        ) : (
          <Text size="xs" c="dimmed">
            {t.fromConfig}
          </Text>
        ),
    },
  ];
  return (
    <Card
      title={t.clusters}
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
      <Rows label={t.clusters} rows={data ?? []} columns={columns} rowKey={({ id }) => id} />
      <AddCluster isOpen={isAdding} onClose={() => setAdding(false)} />
      <ConfirmWrite
        isOpen={removed !== undefined}
        onClose={() => setRemoved(undefined)}
        title={t.remove(removed?.name ?? '')}
        action={t.removeAction}
        targets={[]}
        typedName={removed?.name ?? ''}
        write={async () => {
          if (removed === undefined) return [];
          await call(CLUSTER_ROUTES.removeCluster, { params: { cluster: removed.id } });
          if (removed.id === here.id) navigate('/');
          await queries.invalidateQueries({ queryKey: ['clusters'] });
          return [];
        }}
      >
        <Text size="sm">{t.removeText}</Text>
      </ConfirmWrite>
    </Card>
  );
}

function AddCluster({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const t = useText(text);
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const [namesrvAddr, setAddresses] = useState('');
  const [name, setName] = useState('');
  const add = useMutation({
    mutationFn: () =>
      call(CLUSTER_ROUTES.addCluster, { body: { namesrvAddr, ...(name.trim() === '' ? {} : { name: name.trim() }) } }),
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries({ queryKey: ['clusters'] });
      setAddresses('');
      setName('');
      onClose();
      navigate(`/c/${encodeURIComponent(id)}/operations`);
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
        label={t.addresses}
        description={t.addressesText}
        placeholder="10.0.0.1:9876;10.0.0.2:9876"
        required
        data-autofocus
        spellCheck={false}
        value={namesrvAddr}
        onChange={(event) => setAddresses(event.currentTarget.value)}
      />
      <TextInput
        label={t.name}
        description={t.nameText}
        maxLength={60}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
