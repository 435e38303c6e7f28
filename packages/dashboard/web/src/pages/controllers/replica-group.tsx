import { Badge, Button, Group as Row, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { CONTROLLER_ROUTES, type EpochRow, type ReplicaGroup, type ReplicaRow } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Card } from '../../parts/card.tsx';
import { ConfirmWrite } from '../../parts/confirm-write.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { type Column, Rows } from '../../parts/data-table.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { useMayWrite } from '../../shell/may-write.ts';
import { text } from './text.ts';

/** The replicas of one broker name: who is master, who is in sync, whose logs are from which masters' times. */
export function Group({ group, onChanged }: { readonly group: ReplicaGroup; readonly onChanged: () => void }) {
  const { brokerName, masterEpoch, syncStateSetEpoch, replicas } = group;
  const { id } = useCluster();
  const t = useText(text);
  const mayElect = useMayWrite(CONTROLLER_ROUTES.electMaster);
  const [elected, setElected] = useState<ReplicaRow>();
  const [shown, setShown] = useState<ReplicaRow>();
  const nameOf = ({ brokerId }: ReplicaRow): string => `${brokerName}:${brokerId}`;
  const columns: readonly Column<ReplicaRow>[] = [
    { key: 'brokerId', title: t.brokerId, render: ({ brokerId }) => brokerId },
    {
      ...{ key: 'address', title: t.address },
      render: ({ address }) => (
        <Row gap={4} wrap="nowrap">
          {address}
          <CopyButton value={address} />
        </Row>
      ),
    },
    {
      ...{ key: 'state', title: t.state },
      render: ({ isMaster, isInSync, isAlive }) => (
        <Row gap={6}>
          {isMaster && (
            <Badge color="sea" variant="light" size="sm">
              {t.master}
            </Badge>
          )}
          <Badge color={isInSync ? 'green' : 'orange'} variant="light" size="sm">
            {isInSync ? t.inSync : t.outOfSync}
          </Badge>
          {isAlive === false && (
            <Badge color="red" variant="light" size="sm">
              {t.dead}
            </Badge>
          )}
        </Row>
      ),
    },
    {
      ...{ key: 'actions', title: '', right: true },
      render: (replica) => (
        <Row gap="xs" justify="flex-end">
          <Button
            size="xs"
            variant="default"
            onClick={() => setShown(replica)}
            aria-label={`${t.epochs}: ${nameOf(replica)}`}
          >
            {t.epochs}
          </Button>
          {!replica.isMaster && (
            <Button
              size="xs"
              variant="default"
              disabled={!mayElect}
              onClick={() => setElected(replica)}
              aria-label={`${t.elect}: ${nameOf(replica)}`}
            >
              {t.elect}
            </Button>
          )}
        </Row>
      ),
    },
  ];
  return (
    <Card
      title={t.replicas(brokerName)}
      flush
      tools={
        <Text size="xs" c="dimmed">
          {t.masterEpoch(String(masterEpoch))} · {t.setEpoch(String(syncStateSetEpoch))}
        </Text>
      }
    >
      <Rows
        label={t.replicas(brokerName)}
        rows={replicas}
        columns={columns}
        rowKey={({ brokerId }) => String(brokerId)}
      />
      <ConfirmWrite
        isOpen={elected !== undefined}
        onClose={() => setElected(undefined)}
        title={elected === undefined ? '' : t.electTitle(nameOf(elected))}
        action={t.elect}
        targets={elected === undefined ? [] : [{ brokerName: nameOf(elected), address: elected.address }]}
        areFixed
        typedName={brokerName}
        write={async () => {
          const body = { brokerName, brokerId: elected!.brokerId };
          const answer = await call(CONTROLLER_ROUTES.electMaster, { params: { cluster: id }, body });
          const message = t.elected(answer.masterAddress, String(answer.masterEpoch));
          return [{ brokerName: nameOf(elected!), address: elected!.address, ok: true, message }];
        }}
        onDone={onChanged}
      >
        <Text size="sm">{t.electText}</Text>
      </ConfirmWrite>
      <Dialog
        isOpen={shown !== undefined}
        onClose={() => setShown(undefined)}
        title={shown === undefined ? '' : t.epochsOf(nameOf(shown))}
      >
        {shown !== undefined && <Epochs address={shown.address} label={t.epochsOf(nameOf(shown))} />}
      </Dialog>
    </Card>
  );
}

function Epochs({ address, label }: { readonly address: string; readonly label: string }) {
  const { id } = useCluster();
  const t = useText(text);
  const format = useFormat();
  const { data, error } = useQuery({
    queryKey: ['epochs', id, address],
    queryFn: ({ signal }) => call(CONTROLLER_ROUTES.brokerEpochs, { params: { cluster: id, address } }, signal),
  });
  if (error !== null) return <ErrorBox error={error} />;
  if (data === undefined) return <Skeleton h={120} />;
  const columns: readonly Column<EpochRow>[] = [
    { key: 'epoch', title: t.epoch, right: true, render: ({ epoch }) => epoch },
    { key: 'from', title: t.from, right: true, render: ({ startOffset }) => format.count(startOffset) },
    {
      ...{ key: 'to', title: t.to, right: true },
      render: ({ endOffset }) =>
        endOffset === undefined ? `${format.count(data.maxOffset)} (${t.open})` : format.count(endOffset),
    },
    {
      ...{ key: 'length', title: t.length, right: true },
      render: ({ startOffset, endOffset }) => format.bytes((endOffset ?? data.maxOffset) - startOffset),
    },
  ];
  return <Rows label={label} rows={data.epochs} columns={columns} rowKey={({ epoch }) => String(epoch)} />;
}
