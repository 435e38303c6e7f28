import { Alert, Button, Checkbox, Group, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { type ResetPreview, type ResetPreviewRow, TOPIC_ROUTES } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Card } from '../../parts/card.tsx';
import { ConfirmWrite } from '../../parts/confirm-write.tsx';
import { type Column, Rows } from '../../parts/data-table.tsx';
import { Failures } from '../../parts/failures.tsx';
import { NumberField } from '../../parts/number-field.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import { useMayWrite } from '../../shell/may-write.ts';
import { namesOf } from '../../shell/write-targets.ts';
import { text } from './text.ts';

/** A queue with what is to happen to it. */
interface Move extends ResetPreviewRow {
  readonly isChosen: boolean;
}

function keyOf({ brokerName, queueId }: ResetPreviewRow): string {
  return `${brokerName}@${queueId}`;
}

/** Where the group is in each queue and where it would be; each queue can be left out or given another offset. */
export function ResetPreviewTable(props: {
  readonly topic: string;
  readonly group: string;
  readonly preview: ResetPreview;
  readonly again: () => void;
}) {
  const { topic, group, preview, again } = props;
  const cluster = useCluster();
  const t = useText(text);
  const format = useFormat();
  const queries = useQueryClient();
  const [moves, setMoves] = useState<readonly Move[]>(() => preview.rows.map((row) => ({ ...row, isChosen: true })));
  const mayWrite = useMayWrite(TOPIC_ROUTES.resetOffsets);
  const [isAsking, setAsking] = useState(false);
  const [isMoved, setMoved] = useState(false);
  const change = (key: string, part: Partial<Move>): void =>
    setMoves(moves.map((move) => (keyOf(move) === key ? { ...move, ...part } : move)));
  const columns = useColumns(moves, change, setMoves);
  const chosen = moves.filter(({ isChosen }) => isChosen);
  const targets = useMemo(() => {
    const names = new Set(moves.filter(({ isChosen }) => isChosen).map(({ brokerName }) => brokerName));
    return preview.brokers.filter(({ brokerName }) => names.has(brokerName));
  }, [moves, preview.brokers]);
  return (
    <Stack gap="md">
      <Failures failures={preview.failures} />
      {preview.broadcasting ? (
        <Alert color="red" variant="light" icon={<Icon name="error" />}>
          {t.isBroadcasting}
        </Alert>
      ) : (
        <Effects preview={preview} chosen={chosen} />
      )}
      <Card flush title={t.previewed}>
        <Rows label={t.previewed} rows={moves} columns={columns} rowKey={keyOf} />
      </Card>
      <Group>
        <Button
          color="red"
          disabled={!mayWrite || chosen.length === 0 || preview.broadcasting}
          onClick={() => setAsking(true)}
        >
          {t.resetDo}
        </Button>
      </Group>
      <ConfirmWrite
        isOpen={isAsking}
        onClose={() => {
          setAsking(false);
          // Without a move the preview stays, and with it the button that has the focus again.
          if (isMoved) again();
        }}
        title={t.reset}
        action={t.resetDo}
        targets={targets}
        typedName={group}
        write={(brokers) => {
          const names = namesOf(brokers);
          const queues = chosen
            .filter(({ brokerName }) => names.includes(brokerName))
            .map(({ brokerName, queueId, target }) => ({ brokerName, queueId, offset: target }));
          return call(TOPIC_ROUTES.resetOffsets, {
            params: { cluster: cluster.id, topic },
            body: { group, queues, confirm: group },
          });
        }}
        onDone={() => {
          setMoved(true);
          void queries.invalidateQueries({ queryKey: ['group-progress'] });
        }}
      >
        <Text size="sm">{t.resetConfirm(format.count(chosen.length), group)}</Text>
        <Effects preview={preview} chosen={chosen} />
      </ConfirmWrite>
    </Stack>
  );
}

/** In words what the move does. */
function Effects({ preview, chosen }: { readonly preview: ResetPreview; readonly chosen: readonly Move[] }) {
  const t = useText(text);
  const format = useFormat();
  const delta = ({ current, target }: Move): number => (current === undefined ? 0 : target - current);
  const skipped = chosen.reduce((sum, move) => sum + Math.max(0, delta(move)), 0);
  const repeated = chosen.reduce((sum, move) => sum + Math.max(0, -delta(move)), 0);
  const lines = [
    preview.inFuture ? t.inFuture : undefined,
    skipped > 0 ? t.skips(format.count(skipped)) : undefined,
    repeated > 0 ? t.repeats(format.count(repeated)) : undefined,
    skipped === 0 && repeated === 0 && chosen.every(({ current }) => current !== undefined) ? t.noChange : undefined,
    preview.online ? t.isOnline : t.isOffline,
  ].filter((line) => line !== undefined);
  return (
    <Alert
      color={skipped > 0 ? 'yellow' : 'blue'}
      variant="light"
      icon={<Icon name={skipped > 0 ? 'warning' : 'clock'} />}
      role="status"
    >
      {lines.map((line) => (
        <Text key={line} size="sm">
          {line}
        </Text>
      ))}
    </Alert>
  );
}

function useColumns(
  moves: readonly Move[],
  change: (key: string, part: Partial<Move>) => void,
  setMoves: (moves: readonly Move[]) => void,
): readonly Column<Move>[] {
  const t = useText(text);
  const format = useFormat();
  const areAll = moves.every(({ isChosen }) => isChosen);
  const isOne = moves.some(({ isChosen }) => isChosen);
  return [
    {
      key: 'choose',
      title: t.choose,
      head: (
        <Checkbox
          size="xs"
          aria-label={t.chooseAll}
          checked={areAll}
          indeterminate={!areAll && isOne}
          onChange={() => setMoves(moves.map((move) => ({ ...move, isChosen: !areAll })))}
        />
      ),
      render: (move) => (
        <Checkbox
          size="xs"
          aria-label={`${t.choose} ${keyOf(move)}`}
          checked={move.isChosen}
          onChange={(event) => change(keyOf(move), { isChosen: event.currentTarget.checked })}
        />
      ),
    },
    { key: 'broker', title: t.broker, render: ({ brokerName }) => brokerName },
    { key: 'queue', title: t.queue, right: true, render: ({ queueId }) => queueId },
    { key: 'min', title: t.minOffset, right: true, render: ({ minOffset }) => format.count(minOffset) },
    { key: 'max', title: t.maxOffset, right: true, render: ({ maxOffset }) => format.count(maxOffset) },
    {
      key: 'current',
      title: t.current,
      right: true,
      render: ({ current }) => (current === undefined ? t.unknownOffset : format.count(current)),
    },
    {
      key: 'target',
      title: t.target,
      right: true,
      render: (move) => (
        <NumberField
          size="xs"
          w={130}
          ml="auto"
          styles={{ input: { textAlign: 'right' } }}
          aria-label={`${t.target} ${keyOf(move)}, ${t.outOfRange(String(move.minOffset), String(move.maxOffset))}`}
          min={move.minOffset}
          max={move.maxOffset}
          hideControls
          value={move.target}
          onChange={(target) => change(keyOf(move), { target })}
        />
      ),
    },
    { key: 'delta', title: t.delta, right: true, render: (move) => <Delta move={move} /> },
  ];
}

function Delta({ move }: { readonly move: Move }) {
  const format = useFormat();
  if (!move.isChosen || move.current === undefined) return <>–</>;
  const delta = move.target - move.current;
  return <>{delta > 0 ? `+${format.count(delta)}` : format.count(delta)}</>;
}
