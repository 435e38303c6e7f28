import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { OPERATION_ROUTES } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Card } from '../../parts/card.tsx';
import { ConfirmWrite } from '../../parts/confirm-write.tsx';
import { type Column, Rows } from '../../parts/data-table.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useText } from '../../shell/language.ts';
import { useMayWrite } from '../../shell/may-write.ts';
import { text } from './text.ts';
import { useBrokers } from './use-brokers.ts';

const KINDS = ['expiredConsumeQueues', 'expiredCommitLog', 'unusedTopics'] as const;
type Kind = (typeof KINDS)[number];

/** What brokers do by themselves, asked for now. */
export function CleanUps() {
  const { id } = useCluster();
  const t = useText(text);
  const [what, setWhat] = useState<Kind>();
  const brokers = useBrokers();
  const mayWrite = useMayWrite(OPERATION_ROUTES.cleanUp);
  const columns: readonly Column<Kind>[] = [
    { key: 'what', title: t.cleanUps, render: (kind) => t[kind] },
    { key: 'about', title: t.cleanUpDoes, render: (kind) => t[`${kind}Text`] },
    {
      ...{ key: 'actions', title: '', right: true },
      render: (kind) => (
        <Button
          size="xs"
          variant="default"
          disabled={!mayWrite}
          onClick={() => setWhat(kind)}
          aria-label={`${t.run}: ${t[kind]}`}
        >
          {t.run}
        </Button>
      ),
    },
  ];
  return (
    <Card title={t.cleanUps} flush>
      <Text size="sm" c="dimmed" px="sm" pt="sm" pb={4}>
        {t.cleanUpsAbout}
      </Text>
      <Rows label={t.cleanUps} rows={KINDS} columns={columns} rowKey={(kind) => kind} />
      <ConfirmWrite
        isOpen={what !== undefined}
        onClose={() => setWhat(undefined)}
        title={what === undefined ? '' : t[what]}
        action={t.run}
        targets={brokers.map(({ brokerName, brokerId, address }) => ({
          brokerName: `${brokerName}:${brokerId}`,
          address,
        }))}
        write={(on) =>
          call(OPERATION_ROUTES.cleanUp, {
            params: { cluster: id },
            body: { what: what!, addresses: on.map(({ address }) => address) },
          })
        }
      >
        {what !== undefined && <Text size="sm">{t[`${what}Text`]}</Text>}
      </ConfirmWrite>
    </Card>
  );
}
