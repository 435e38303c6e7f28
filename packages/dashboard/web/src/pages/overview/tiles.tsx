import { SimpleGrid, Skeleton, Text } from '@mantine/core';
import type { Overview } from '../../../../src/api/index.ts';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import classes from './overview.module.css';
import { text } from './text.ts';

/** The figures of the whole cluster. */
export function Tiles({ overview }: { readonly overview: Overview | undefined }) {
  const t = useText(text);
  const format = useFormat();
  const masters = overview?.brokers.filter(({ brokerId }) => brokerId === 0) ?? [];
  const sum = (of: (broker: Overview['brokers'][number]) => number): number =>
    masters.reduce((all, each) => all + of(each), 0);
  const up = overview?.brokers.filter(({ isUp }) => isUp).length ?? 0;
  const tiles: readonly (readonly [string, string])[] = [
    [t.brokers, overview === undefined ? '' : `${up} / ${overview.brokers.length}`],
    [t.putRate, format.rate(sum(({ putTps }) => putTps))],
    [t.getRate, format.rate(sum(({ getTps }) => getTps))],
    [t.received, format.short(sum(({ putToday }) => putToday))],
    [t.topics, format.count(overview?.topics ?? 0)],
    [t.groups, format.count(overview?.groups ?? 0)],
  ];
  return (
    <SimpleGrid cols={{ base: 2, xs: 3, md: 6 }} spacing="sm">
      {tiles.map(([name, value]) => (
        <div key={name} className={classes.tile}>
          <Text size="xs" c="dimmed">
            {name}
          </Text>
          {overview === undefined ? <Skeleton h={26} w={70} mt={4} /> : <div className={classes.figure}>{value}</div>}
        </div>
      ))}
    </SimpleGrid>
  );
}
