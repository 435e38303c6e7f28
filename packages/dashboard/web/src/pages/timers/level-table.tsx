import { Anchor, Checkbox, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import type { DelayLevelRow, DelaysOfBroker } from '../../../../src/api/index.ts';
import { Rows } from '../../parts/data-table.tsx';
import partClasses from '../../parts/parts.module.css';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { queueHref } from '../messages/links.ts';
import { text } from './text.ts';

const SCHEDULE_TOPIC = 'SCHEDULE_TOPIC_XXXX';
/** Levels are looked at once a second at the most; what is no later is on time. */
const LATE_MS = 1500;

/** Delay levels with messages, and the others where they are wanted. */
export function LevelTable({ broker }: { readonly broker: DelaysOfBroker }) {
  const cluster = useCluster();
  const t = useText(text);
  const format = useFormat();
  const [showsAll, setShowsAll] = useState(false);
  const { brokerName, levels, askedMs } = broker;
  const shown = showsAll ? levels : levels.filter(({ waiting }) => waiting > 0);
  const due = ({ nextDueMs }: DelayLevelRow): string => {
    if (nextDueMs === undefined) return '–';
    const inMs = nextDueMs - askedMs;
    if (inMs >= 0) return t.due(format.duration(inMs));
    return inMs > -LATE_MS ? t.now : t.late(format.duration(-inMs));
  };
  return (
    <>
      <div className={partClasses.tools}>
        <Checkbox
          size="xs"
          label={t.allLevels}
          checked={showsAll}
          onChange={(event) => setShowsAll(event.currentTarget.checked)}
        />
      </div>
      {shown.length === 0 ? (
        <Text size="sm" c="dimmed" p="md">
          {t.nothingWaits}
        </Text>
      ) : (
        <Rows
          label={`${t.levels} ${brokerName}`}
          rows={shown}
          rowKey={({ level }) => String(level)}
          columns={[
            { key: 'level', title: t.level, render: ({ level }) => level },
            { key: 'delay', title: t.delay, right: true, render: ({ delayMs }) => format.duration(delayMs) },
            { key: 'waiting', title: t.waiting, right: true, render: ({ waiting }) => format.count(waiting) },
            { key: 'due', title: t.nextDue, right: true, render: due },
            {
              key: 'progress',
              title: t.progress,
              right: true,
              render: ({ deliveredOffset }) => format.count(deliveredOffset),
            },
            {
              key: 'show',
              title: '',
              render: ({ waiting, queueId, deliveredOffset: offset }) =>
                waiting > 0 && (
                  <Anchor
                    component={Link}
                    size="sm"
                    style={{ whiteSpace: 'nowrap' }}
                    href={queueHref(cluster.id, { topic: SCHEDULE_TOPIC, brokerName, queueId, offset })}
                  >
                    {t.show}
                  </Anchor>
                ),
            },
          ]}
        />
      )}
    </>
  );
}
