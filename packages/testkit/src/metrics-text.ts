/** A metric as the text for Prometheus has it. */
interface ReadMetric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly ReadSample[];
}

interface ReadSample {
  /** Of a histogram with `_bucket`, `_count` or `_sum`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads the text strictly: a line that is none of its lines, a sample before its head, and a metric that is there twice are errors. Source: Prometheus text format 0.0.4. */
export function readMetrics(text: string): ReadonlyMap<string, ReadMetric> {
  const metrics = new Map<string, ReadMetric & { samples: ReadSample[] }>();
  let help = '';
  let metric: (ReadMetric & { samples: ReadSample[] }) | undefined;
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  for (const line of text.slice(0, -1).split('\n')) {
    const head = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(line);
    if (head?.[1] === 'HELP') help = head[3]!;
    else if (head !== null) {
      const [name, type] = [head[2]!, head[3]!];
      if (metrics.has(name)) throw new Error(`${name} is there twice`);
      metric = { name, type, help, samples: [] };
      metrics.set(name, metric);
      help = '';
    } else metric = addSample(metric, line);
  }
  return metrics;
}

function addSample(metric: (ReadMetric & { samples: ReadSample[] }) | undefined, line: string) {
  const [, name = '', labelText = '', value = ''] =
    /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\["\\n])*",?)*)\})? (\S+)$/.exec(line) ??
    [];
  if (name === '') throw new Error(`no line of the format: ${line}`);
  if (metric === undefined || !name.startsWith(metric.name)) throw new Error(`a sample without its head: ${line}`);
  const labels: Record<string, string> = {};
  for (const [, label, text] of labelText.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g))
    labels[label!] = text!.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
  metric.samples.push({ name, labels, value: value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value) });
  return metric;
}

/** The sum of the samples of a metric whose labels have these values; undefined without any. */
export function metricValue(
  metrics: ReadonlyMap<string, ReadMetric>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = metrics
    .get(name)
    ?.samples.filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value));
  return found === undefined || found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
}

/** What boards depend on, a line for each metric: `name type "help" labels … le …`. */
export function metricsShape(text: string): string[] {
  return [...readMetrics(text).values()]
    .map(({ name, type, help, samples }) => {
      const labels = [...new Set(samples.flatMap((sample) => Object.keys(sample.labels)))].sort();
      const bounds = [...new Set(samples.flatMap(({ labels: { le } }) => (le === undefined ? [] : [le])))];
      return [name, type, JSON.stringify(help), ...labels, ...bounds].join(' ');
    })
    .sort();
}
