import { existsSync, readFileSync } from 'node:fs';
import type { Pair, ScaleSizes, ScaleTable } from './scale.ts';

const HEADING = '## Scale';

/** The part of the text of docs/benchmarks.md that this benchmark owns, with its heading; empty when it was never written. */
export function scaleSection(text: string): string {
  const at = text.indexOf(`\n${HEADING}\n`);
  return at < 0 ? '' : text.slice(at + 1);
}

/** The page with another section about scale. */
export function withScaleSection(file: string, section: string): string {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '# Benchmarks\n';
  const old = scaleSection(text);
  return `${text.slice(0, text.length - old.length).trimEnd()}\n\n${section}`;
}

/** The section of docs/benchmarks.md, with its heading. */
export function scaleText(tables: readonly ScaleTable[], sizes: ScaleSizes, machine: readonly string[]): string {
  return `${HEADING}

Written by \`npm run bench -- --scale\`; do not edit.

${machine.map((line) => `- ${line}`).join('\n')}
- Sends: 8 connections × 16 in flight, bodies of 100 bytes, ${sizes.seconds} s measured; consume queue files of 300,000 units, commit log files of 1 GB.

How it is done: stores are laid out by the store's own code, without sockets, and a broker is started on each as an
operator starts it, beside a name server. Memory is RssAnon of the broker's process from \`/proc/<pid>/status\`, 12 s after
the start, less that of a broker without topics, divided by the number of queues. CPU is user + system of the whole process
from \`/proc/<pid>/stat\`. The longest turn is what the event loop's delay was at the most (\`monitorEventLoopDelay\`). Each
figure is from one run.

${tables.map(tableText).join('\n')}`;
}

/** One table in Markdown that also reads well in a terminal. */
export function tableText(table: ScaleTable): string {
  const cells = [
    ['', ...table.sizes, 'ratio', 'target', 'met'],
    ...table.pairs.map((pair) => [
      `${pair.label}, ${pair.unit}`,
      shown(pair.small, pair.digits),
      shown(pair.large, pair.digits),
      pair.small > 0 && pair.large > 0 ? (pair.large / pair.small).toFixed(2) : '–',
      targetOf(pair),
      metOf(pair),
    ]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(3, ...cells.map((row) => row[column]!.length)));
  const text = cells.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`);
  text.splice(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
  return `### ${table.title}\n\n${text.join('\n')}\n`;
}

function targetOf({ atMost, times }: Pair): string {
  if (atMost !== undefined) return `≤ ${shown(atMost, 0)}`;
  return times === undefined ? '' : `≤ ${times} ×`;
}

function metOf({ atMost, times, small, large }: Pair): string {
  if (atMost === undefined && times === undefined) return '';
  return large <= (atMost ?? small * times!) ? 'yes' : '**no**';
}

function shown(value: number, digits: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
