import { Anchor, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { TimerFacts } from '../../../../src/api/index.ts';
import { Bars } from '../../parts/bars.tsx';
import { Facts } from '../../parts/facts.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { pagePath } from '../../shell/path.ts';
import { text } from './text.ts';

/** Topics of the list; the rest is in the sum. */
const MOST_TOPICS = 20;
/** A slot of the wheel is a second. */
const LATE_MS = 2000;

/** The timers of one broker. */
export function TimerPart({ timers }: { readonly timers: TimerFacts }) {
  const cluster = useCluster();
  const t = useText(text);
  const format = useFormat();
  const { waiting, behindMs, offsetBehind, enqueuedPerSecond, deliveredPerSecond, deliveredUpToMs, topics } = timers;
  const isLate = behindMs > LATE_MS;
  return (
    <Stack gap="md">
      <Facts
        rows={[
          [t.timerWaiting, format.count(waiting)],
          [
            t.behind,
            <Text key="behind" span inherit c={isLate ? 'red' : undefined} fw={isLate ? 600 : undefined}>
              {isLate ? format.duration(behindMs) : t.notLate}
            </Text>,
          ],
          [t.notInWheel, format.count(offsetBehind)],
          [t.enqueued, t.perSecond(format.rate(enqueuedPerSecond))],
          [t.delivered, t.perSecond(format.rate(deliveredPerSecond))],
          [t.deliveredUpTo, deliveredUpToMs === undefined ? undefined : format.time(deliveredUpToMs)],
        ]}
      />
      {topics.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t.noTopic}
        </Text>
      ) : (
        <Bars
          label={t.byTopic}
          rows={topics.slice(0, MOST_TOPICS).map(({ topic, waiting: value }) => ({ name: topic, value }))}
          format={(value) => format.count(value)}
          nameOf={(name) => (
            <Anchor component={Link} href={pagePath(cluster.id, 'topics', name)} size="sm">
              {name}
            </Anchor>
          )}
        />
      )}
    </Stack>
  );
}
