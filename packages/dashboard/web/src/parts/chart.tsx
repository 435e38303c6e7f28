import { Skeleton, Text } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useText } from '../shell/language.ts';
import classes from './parts.module.css';
import { text } from './text.ts';

/** A line of a chart. */
export interface Line {
  readonly name: string;
  /** One for each time; null where nothing is known. */
  readonly values: readonly (number | null)[];
}

export interface ChartProps {
  readonly label: string;
  readonly atMs: readonly number[];
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  /** The span that is shown, also where it has no values. */
  readonly span?: { readonly fromMs: number; readonly toMs: number };
  /** Chosen with the mouse. */
  readonly onSpan?: (fromMs: number, toMs: number) => void;
  readonly height?: number;
}

const Canvas = lazy(() => import('./chart-canvas.tsx'));

/** Colors of lines, by their place. */
export const LINE_COLORS = ['var(--chart-1)', 'var(--chart-2)', 'var(--chart-3)', 'var(--chart-4)'] as const;

/** Lines over time. The library that draws them is loaded with the first chart. */
export function Chart(props: ChartProps) {
  const { label, atMs, lines, format, height = 220 } = props;
  const t = useText(text);
  const last = lines.map(({ name, values }) => {
    const value = values.findLast((each) => each !== null);
    return `${name} ${value == null ? '–' : format(value)}`;
  });
  return (
    <figure style={{ margin: 0 }} aria-label={`${t.chart(label)}. ${last.join(', ')}`}>
      <div className={classes.legend} aria-hidden="true">
        {lines.map(({ name }, index) => (
          <span key={name}>
            <i style={{ background: LINE_COLORS[index % LINE_COLORS.length] }} />
            {last[index] ?? name}
          </span>
        ))}
      </div>
      {atMs.length === 0 ? (
        <Text size="sm" c="dimmed" py="xl" ta="center">
          {t.noData}
        </Text>
      ) : (
        <Suspense fallback={<Skeleton h={height} />}>
          <Canvas {...props} height={height} />
        </Suspense>
      )}
    </figure>
  );
}
