import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useFormat } from '../shell/format.ts';
import { useSettings } from '../shell/settings.tsx';
import type { ChartProps } from './chart.tsx';
import classes from './parts.module.css';

const COLORS = ['--chart-1', '--chart-2', '--chart-3', '--chart-4'];

/** Draws a chart by uPlot on a canvas that follows its room and the theme. */
export default function ChartCanvas(props: ChartProps) {
  const { atMs, lines, format, span, onSpan, height = 220 } = props;
  const holder = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme('light');
  const { zone } = useSettings();
  const { clock, time } = useFormat();
  const latest = useRef(onSpan);
  latest.current = onSpan;
  const plot = useRef<UPlot>(undefined);
  const names = lines.map(({ name }) => name).join('\n');
  const spanKey = span === undefined ? '' : `${span.fromMs} ${span.toMs}`;

  // biome-ignore lint/correctness/useExhaustiveDependencies: values are set below, without a new canvas
  useEffect(() => {
    const element = holder.current;
    if (element === null) return undefined;
    const css = getComputedStyle(document.documentElement);
    const color = (name: string): string => css.getPropertyValue(name).trim();
    const axis = {
      stroke: color('--mantine-color-dimmed'),
      grid: { stroke: color('--chart-grid'), width: 1 },
      ticks: { show: false },
      font: '11px system-ui, sans-serif',
    };
    const options: UPlot.Options = {
      width: element.clientWidth,
      height,
      ms: 1,
      tzDate: (ms) => (zone === 'utc' ? UPlot.tzDate(new Date(ms), 'Etc/UTC') : new Date(ms)),
      legend: { show: false },
      padding: [12, 8, 0, 0],
      cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
      scales: {
        x: { time: true, ...(span === undefined ? {} : { range: () => [span.fromMs, span.toMs] }) },
        // Not less than 1 high: labels of a lower scale would differ by less than the one decimal that is shown.
        y: { range: (_, low, high) => [Math.min(0, low), Math.max(high * 1.1, 1)] },
      },
      axes: [
        { ...axis, size: 28, space: 70, values: timeLabels },
        { ...axis, size: 58, values: (_, values) => values.map((value) => (value === null ? '' : format(value))) },
      ],
      series: [
        {},
        ...lines.map(({ name }, index) => ({
          label: name,
          stroke: color(COLORS[index % COLORS.length]!),
          width: 1.5,
          spanGaps: true,
          // A line of one sample has no length.
          points: { show: atMs.length < 2, size: 5 },
          ...(lines.length === 1 ? { fill: `${color(COLORS[0]!)}1f` } : {}),
        })),
      ],
      plugins: [
        tooltip(
          lines.map(({ name }) => name),
          format,
          time,
        ),
      ],
      hooks: {
        setSelect: [
          (self) => {
            const { left, width } = self.select;
            if (width < 8) return;
            latest.current?.(self.posToVal(left, 'x'), self.posToVal(left + width, 'x'));
            self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
      },
    };
    function timeLabels(_: UPlot, ticks: number[]): string[] {
      const isLong = (ticks.at(-1) ?? 0) - (ticks[0] ?? 0) > 36 * 3_600_000;
      return ticks.map((ms) => (isLong ? time(ms).slice(5, 16) : clock(ms).slice(0, 5)));
    }
    const made = new UPlot(options, dataOf(atMs, lines), element);
    plot.current = made;
    const watcher = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [scheme, zone, names, spanKey, height, format, time, clock, atMs.length < 2]);

  useEffect(() => plot.current?.setData(dataOf(atMs, lines)), [atMs, lines]);
  return <div ref={holder} className={classes.chart} style={{ height }} />;
}

function dataOf(atMs: ChartProps['atMs'], lines: ChartProps['lines']): UPlot.AlignedData {
  return [[...atMs], ...lines.map(({ values }) => [...values])];
}

/** A box beside the pointer with time and values. */
function tooltip(
  names: readonly string[],
  format: (value: number) => string,
  time: (ms: number) => string,
): UPlot.Plugin {
  const box = document.createElement('div');
  box.className = classes.tooltip!;
  return {
    hooks: {
      init: (self) => void self.over.append(box),
      setCursor: (self) => {
        const { idx, left = -1 } = self.cursor;
        const atMs = idx == null ? undefined : self.data[0]?.[idx];
        box.hidden = left < 0 || idx == null || atMs === undefined;
        if (box.hidden || idx == null || atMs === undefined) return;
        const rows = names.map((name, index) => {
          const value = self.data[index + 1]?.[idx];
          return `${name}  ${value == null ? '–' : format(value)}`;
        });
        box.textContent = [time(atMs), ...rows].join('\n');
        const isRight = left > self.over.clientWidth / 2;
        box.style.left = isRight ? '' : `${left + 12}px`;
        box.style.right = isRight ? `${self.over.clientWidth - left + 12}px` : '';
      },
    },
  };
}
