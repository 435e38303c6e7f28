import { median, type Row, rows } from './figures.ts';
import type { Figures } from './load.ts';
import type { Options, Target } from './options.ts';

/** Figures of every round that ran, by load and target. */
export type Results = ReadonlyMap<string, Readonly<Record<Target, readonly Figures[]>>>;

interface Line {
  readonly label: string;
  readonly ours: string;
  readonly apache: string;
  readonly ratio: string;
  readonly target: string;
  readonly met: string;
}

function lineOf(row: Row, results: Results): Line | undefined {
  const of = (target: Target): number[] =>
    (results.get(row.load)?.[target] ?? []).flatMap((figures) => figures[row.figure] ?? []);
  const shown = (values: readonly number[]): string => {
    if (values.length === 0) return '–';
    const text = format(median(values), row.digits);
    if (values.length === 1) return text;
    return `${text} (${format(Math.min(...values), row.digits)}–${format(Math.max(...values), row.digits)})`;
  };
  const ours = of('ours');
  const apache = of('apache');
  if (ours.length === 0 && apache.length === 0) return undefined;
  const ratio = ours.length > 0 && apache.length > 0 ? median(ours) / median(apache) : Number.NaN;
  const targets: string[] = [];
  const met: boolean[] = [];
  if (row.atLeast !== undefined) {
    targets.push(`≥ ${row.atLeast} ×`);
    met.push(ratio >= row.atLeast);
  }
  if (row.atMost !== undefined) {
    targets.push(`≤ ${Number(row.atMost.toFixed(3))} ×`);
    met.push(ratio <= row.atMost);
  }
  if (row.bound !== undefined) {
    targets.push(`≤ ${row.bound.toLocaleString('en-US')}`);
    met.push(ours.length > 0 && median(ours) <= row.bound);
  }
  if (row.floor !== undefined) {
    targets.push(`≥ ${row.floor}`);
    met.push(ours.length > 0 && median(ours) >= row.floor);
  }
  const compared = row.atLeast !== undefined || row.atMost !== undefined;
  const judged = targets.length > 0 && ours.length > 0 && (!compared || apache.length > 0);
  return {
    label: row.label,
    ours: shown(ours),
    apache: shown(apache),
    // A ratio of differences around zero says nothing.
    ratio: Number.isFinite(ratio) && row.figure !== 'growth' ? ratio.toFixed(ratio < 0.1 ? 3 : 2) : '–',
    target: targets.join(', '),
    met: judged ? (met.every(Boolean) ? 'yes' : '**no**') : '',
  };
}

function format(value: number, digits: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/**
 * The figures of a load as a table in Markdown that also reads well in a terminal; undefined where there are none. Several rounds
 * show as median (lowest–highest).
 */
export function tableOf(load: string, results: Results): string | undefined {
  const lines = rows.filter((row) => row.load === load).flatMap((row) => lineOf(row, results) ?? []);
  if (lines.length === 0) return undefined;
  const cells = [
    ['', 'ours', "Apache's 5.4.0", 'ratio', 'target', 'met'],
    ...lines.map((line) => [line.label, line.ours, line.apache, line.ratio, line.target, line.met]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(3, ...cells.map((row) => row[column]!.length)));
  const text = cells.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`);
  text.splice(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
  return text.join('\n');
}

/** What the figures of a run depend on, one line each. */
export function factsOf(options: Options, machine: readonly string[]): readonly string[] {
  const sizes =
    `${options.rounds} round${options.rounds === 1 ? '' : 's'} of ours and Apache's in turn, ` +
    `${format(options.warmUpMessages, 0)} sends and ${options.warmUpSeconds} s of the load itself before each ${options.measureSeconds} s that are measured; ` +
    `memory: ${format(options.memoryMessages, 0)} messages, twice; catch-up: ${format(options.backlogMessages, 0)} messages.`;
  return [...machine, sizes];
}

/** What docs/benchmarks.md says above the figures. */
export function head(facts: readonly string[]): string {
  return `# Benchmarks

Written by \`npm run bench\`; do not edit. Figures are medians, with the lowest and highest round in brackets. A section that is of
another run than these lines says when it was measured.

${facts.map((line) => `- ${line}`).join('\n')}

How it is done: both are started as an operator starts them, name server and broker as processes of their own, on an
empty store on the same disk and with servers of their own for every load. Apache's run with a heap of 512 MB and G1
and are otherwise as they come. One generator (\`bench/generator\`, Go) loads both with the frames of Apache's Java
client; it shares the machine, and its own CPU a message is shown beside the broker's. Broker CPU is user + system of the whole
process over the measured time, from \`/proc/<pid>/stat\`; memory is from \`/proc/<pid>/status\`. The load of clients is another one: ours and
Apache's Java client (a heap of up to 512 MB, else as it comes) run one after the other against a broker of ours, and measure themselves; the backlog is as large as
the number of messages of the memory load. What counting for metrics costs is measured on two brokers in one process, one with
metrics and one without, which get 10,000 sends in turns; the ratio is the median of those of neighbouring turns. So is
that of the p99 beside reads, of runs with reads and without in turns: every 2 s, which is often, and every 15 s,
which is usual. For the load of the console, ours and Apache's dashboard (a heap of up to 512 MB, else as it comes) run one after the other
beside a cluster of ours; Chromium opens all their pages three times, they are left alone for 30 s, memory is read, and the first page
is opened five times by a browser that has kept nothing of it.

To repeat: \`npm ci && npm run bench\` with Java 17, Maven, Go, Git and Chromium on the PATH (Apache's dashboard has no package and is built from
its sources at the first run); \`npm run bench -- --help\` lists the options. A load that
fails keeps the section that it has.
`;
}
