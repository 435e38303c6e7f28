import { Button, Group, Text } from '@mantine/core';
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

interface Wanted {
  readonly brokerName: string;
  readonly change: 'wipe' | 'add';
}

/** Takes and gives back the write permission of a broker name, on all name servers. */
export function WritePermission() {
  const { id, namesrvAddresses } = useCluster();
  const t = useText(text);
  const [wanted, setWanted] = useState<Wanted>();
  const mayWrite = useMayWrite(OPERATION_ROUTES.writePermission);
  const names = [...new Set(useBrokers().map(({ brokerName }) => brokerName))];
  const columns: readonly Column<string>[] = [
    { key: 'broker', title: t.broker, render: (brokerName) => brokerName },
    {
      ...{ key: 'actions', title: t.write, right: true },
      render: (brokerName) => (
        <Group gap="xs" justify="flex-end">
          <Button
            size="xs"
            variant="default"
            disabled={!mayWrite}
            onClick={() => setWanted({ brokerName, change: 'wipe' })}
            aria-label={`${t.wipe}: ${brokerName}`}
          >
            {t.wipe}
          </Button>
          <Button
            size="xs"
            variant="default"
            disabled={!mayWrite}
            onClick={() => setWanted({ brokerName, change: 'add' })}
            aria-label={`${t.give}: ${brokerName}`}
          >
            {t.give}
          </Button>
        </Group>
      ),
    },
  ];
  const isWipe = wanted?.change === 'wipe';
  const name = wanted?.brokerName ?? '';
  return (
    <Card title={t.write} flush>
      <Text size="sm" c="dimmed" px="sm" pt="sm" pb={4}>
        {t.writeAbout}
      </Text>
      <Rows label={t.write} rows={names} columns={columns} rowKey={(each) => each} />
      <ConfirmWrite
        isOpen={wanted !== undefined}
        onClose={() => setWanted(undefined)}
        title={isWipe ? t.wipeTitle(name) : t.giveTitle(name)}
        action={isWipe ? t.wipe : t.give}
        targets={namesrvAddresses.map((address) => ({ address }))}
        areFixed
        typedName={isWipe ? name : undefined}
        write={() => call(OPERATION_ROUTES.writePermission, { params: { cluster: id }, body: wanted! })}
      >
        {isWipe && <Text size="sm">{t.wipeText}</Text>}
      </ConfirmWrite>
    </Card>
  );
}
