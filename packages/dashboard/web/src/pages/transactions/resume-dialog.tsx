import { Text } from '@mantine/core';
import { TRANSACTION_ROUTES, type TransactionRow } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { ConfirmWrite } from '../../parts/confirm-write.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useText } from '../../shell/language.ts';
import { text } from './text.ts';

/** Starts the checks of a transaction again that was given up. */
export function ResumeDialog(props: {
  readonly row: TransactionRow | undefined;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const { row, onClose, onDone } = props;
  const cluster = useCluster();
  const t = useText(text);
  const write = async () => {
    if (row === undefined) return [];
    const { offsetMsgId, brokerName, address } = row;
    const body = { ids: [offsetMsgId] };
    const { results } = await call(TRANSACTION_ROUTES.resumeTransactions, { params: { cluster: cluster.id }, body });
    return results.map(({ ok, message = ok ? t.resumed : '' }) => ({ brokerName, address, ok, message }));
  };
  return (
    <ConfirmWrite
      isOpen={row !== undefined}
      onClose={onClose}
      title={t.resumeTitle}
      targets={row === undefined ? NONE : [{ brokerName: row.brokerName, address: row.address }]}
      areFixed
      action={t.resume}
      write={write}
      onDone={onDone}
    >
      <Text size="sm">{t.resumeText}</Text>
      <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
        {row === undefined ? '' : [row.topic, row.producerGroup, row.transactionId].join(' · ')}
      </Text>
    </ConfirmWrite>
  );
}

const NONE: readonly never[] = [];
