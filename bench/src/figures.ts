/** A figure of the report: which number of which load, and what it must reach. */
export interface Row {
  readonly load: string;
  readonly figure: string;
  readonly label: string;
  readonly digits: number;
  /** Ours divided by Apache's must be at least this. */
  readonly atLeast?: number;
  /** Ours divided by Apache's must be at most this. */
  readonly atMost?: number;
  /** Ours alone must be at most this, in the figure's own unit. */
  readonly bound?: number;
  /** Ours alone must be at least this, in the figure's own unit. */
  readonly floor?: number;
}

const sends = (load: string, ratio?: number): Row => ({
  load,
  figure: 'perSecond',
  label: 'messages a second',
  digits: 0,
  ...(ratio === undefined ? {} : { atLeast: ratio }),
});
const brokerCpu = (load: string): Row => ({ load, figure: 'brokerCpu', label: 'broker CPU, µs a message', digits: 1 });
const generatorCpu = (load: string): Row => ({
  load,
  figure: 'generatorCpu',
  label: 'generator CPU, µs a message',
  digits: 1,
});
const millis = (load: string, figure: 'p50' | 'p99' | 'p999'): Row => ({
  load,
  figure,
  label: `${{ p50: 'p50', p99: 'p99', p999: 'p99.9' }[figure]}, ms`,
  digits: 2,
});
const mega = (load: string, figure: string, label: string): Row => ({ load, figure, label: `${label}, MB`, digits: 0 });
const failed = (load: string): Row => ({ load, figure: 'failed', label: 'refused sends', digits: 0 });

const sendRows = (load: string, ratio?: number): readonly Row[] => [
  sends(load, ratio),
  brokerCpu(load),
  generatorCpu(load),
  millis(load, 'p50'),
  millis(load, 'p99'),
  millis(load, 'p999'),
  failed(load),
  mega(load, 'rss', 'resident memory'),
];

/** Consumption by a consumer of a group, with what this project aims at. */
const memberRows = (load: string): readonly Row[] => [
  { ...sends(load, 1.5), label: 'messages received a second' },
  { ...brokerCpu(load), atMost: 0.6 },
  generatorCpu(load),
  { ...millis(load, 'p99'), label: 'p99 of a pull, ms' },
  mega(load, 'rss', 'resident memory'),
];

/** How late timer messages came; one that came before its time is no late one. */
const latenessRows = (load: string, p99: Pick<Row, 'atMost' | 'bound'>): readonly Row[] => [
  { load, figure: 'early', label: 'before their time', digits: 0, bound: 0 },
  { load, figure: 'missing', label: 'not received within a minute', digits: 0, bound: 0 },
  { ...millis(load, 'p50'), label: 'p50 of the lateness, ms' },
  { ...millis(load, 'p99'), label: 'p99 of the lateness, ms', ...p99 },
  { ...millis(load, 'p999'), label: 'p99.9 of the lateness, ms' },
  brokerCpu(load),
];

/** One part of the load of clients, with what this project aims at beside Apache's client. */
const clientRows = (mode: 'send' | 'receive', what: string): readonly Row[] => [
  { load: 'clients', figure: `${mode}PerSecond`, label: `${what}: messages a second`, digits: 0, atLeast: 1 },
  { load: 'clients', figure: `${mode}Cpu`, label: `${what}: client CPU, µs a message`, digits: 1, atMost: 0.7 },
  { load: 'clients', figure: `${mode}Failed`, label: `${what}: failed`, digits: 0, bound: 0 },
  { ...mega('clients', `${mode}Rss`, `${what}: resident memory`), atMost: 0.25 },
];

/** Rows of the report in its order. `atLeast`, `atMost`, `bound` and `floor` are what this project aims at. */
export const rows: readonly Row[] = [
  { load: 'start', figure: 'startMillis', label: 'ms', digits: 0, atMost: 1 / 15, bound: 1000 },
  { load: 'start-one', figure: 'startMillis', label: 'ms', digits: 0, bound: 1000 },
  ...sendRows('async', 2).map((row): Row => {
    if (row.figure === 'brokerCpu') return { ...row, atMost: 0.4 };
    if (row.figure === 'p99') return { ...row, atMost: 0.5 };
    return row;
  }),
  ...sendRows('connections', 2),
  ...sendRows('single'),
  ...sendRows('sync', 2),
  { ...sends('catch-up', 1), label: 'messages read a second' },
  brokerCpu('catch-up'),
  generatorCpu('catch-up'),
  { ...millis('catch-up', 'p99'), label: 'p99 of a pull, ms' },
  mega('catch-up', 'rss', 'resident memory'),
  ...memberRows('tag'),
  ...memberRows('sql'),
  ...memberRows('ordered'),
  ...sendRows('transactions', 2).map((row): Row => {
    if (row.figure === 'perSecond') return { ...row, label: 'transactions a second' };
    return row.figure === 'brokerCpu' ? { ...row, label: 'broker CPU, µs a transaction', atMost: 0.4 } : row;
  }),
  ...sendRows('timers', 2),
  ...latenessRows('timer-lateness', { atMost: 0.5 }),
  ...latenessRows('timer-spread', { bound: 100 }),
  { load: 'timer-memory', figure: 'waiting', label: 'messages that wait', digits: 0 },
  { ...mega('timer-memory', 'rssAnon', 'RssAnon'), atMost: 0.25 },
  mega('timer-memory', 'rss', 'resident memory, mapped files included'),
  mega('timer-memory', 'peak', 'peak resident memory'),
  { ...sends('latency'), label: 'messages received a second' },
  { ...millis('latency', 'p50'), atMost: 0.5 },
  { ...millis('latency', 'p99'), atMost: 0.5 },
  millis('latency', 'p999'),
  brokerCpu('latency'),
  ...sendRows('sync-master', 1.5).map(
    (row): Row =>
      row.figure === 'brokerCpu' ? { ...row, label: 'CPU of both brokers, µs a message', atMost: 0.5 } : row,
  ),
  { ...sends('lag'), label: 'messages replicated a second' },
  { ...millis('lag', 'p50'), label: 'p50 of the lag, ms', atMost: 0.5 },
  { ...millis('lag', 'p99'), label: 'p99 of the lag, ms', atMost: 0.5 },
  { ...brokerCpu('lag'), label: 'CPU of both brokers, µs a message' },
  failed('lag'),
  { load: 'slave-catch-up', figure: 'gigabytes', label: 'GB that the slave lacked', digits: 1 },
  { ...sends('slave-catch-up', 1), label: 'messages replicated a second' },
  { ...brokerCpu('slave-catch-up'), label: 'CPU of both brokers, µs a message', atMost: 0.5 },
  { load: 'test-kit', figure: 'firstMs', label: 'first start of a process, ms', digits: 0, bound: 100 },
  { load: 'test-kit', figure: 'startMs', label: 'later starts, ms', digits: 0 },
  { load: 'test-kit', figure: 'stopMs', label: 'stop, ms', digits: 0 },
  { load: 'test-kit', figure: 'advanceMs', label: "advance('10m'), ms", digits: 0 },
  { load: 'mqadmin', figure: 'clusterListMs', label: 'ms', digits: 0, atMost: 0.05 },
  { load: 'metrics', figure: 'scrapeMegabytes', label: 'the page, MB', digits: 1 },
  { load: 'metrics', figure: 'scrapeMs', label: 'one read of the page, no load, ms', digits: 0, bound: 200 },
  { load: 'metrics', figure: 'scrapeCpu', label: 'broker CPU of that read, ms', digits: 0 },
  { load: 'metrics', figure: 'p99Alone', label: 'p99 of sends, nobody reads, ms', digits: 2 },
  { load: 'metrics', figure: 'p99Beside', label: 'p99 of sends, a read every 2 s, ms', digits: 2 },
  { load: 'metrics', figure: 'p99Ratio', label: 'p99 with reads ÷ without', digits: 2, bound: 1.2 },
  { load: 'metrics', figure: 'p99BesideUsual', label: 'p99 of sends, a read every 15 s, ms', digits: 2 },
  { load: 'metrics', figure: 'p99RatioUsual', label: 'p99 with these reads ÷ without', digits: 2, bound: 1.2 },
  { load: 'metrics', figure: 'offCpu', label: 'broker CPU without metrics, µs a message', digits: 1 },
  { load: 'metrics', figure: 'onCpu', label: 'broker CPU with metrics, µs a message', digits: 1 },
  { load: 'metrics', figure: 'onPerOff', label: 'CPU with metrics ÷ without', digits: 3, bound: 1.02 },
  { load: 'console', figure: 'pages', label: 'pages that were opened, three times each', digits: 0 },
  { ...mega('console', 'rss', 'resident memory after that and 30 s'), atMost: 0.2 },
  { ...mega('console', 'rssAnon', 'RssAnon of it'), atMost: 0.2 },
  { load: 'console', figure: 'startMs', label: 'start to the first page that is answered, ms', digits: 0 },
  {
    load: 'console',
    figure: 'scriptKb',
    label: 'scripts of the first page as they are sent, kB',
    digits: 0,
    bound: 200,
  },
  { load: 'console', figure: 'paintMs', label: 'first contentful paint in Chromium, ms', digits: 0, bound: 1000 },
  { load: 'new-master', figure: 'newMasterMillis', label: 'ms', digits: 0, bound: 10_000 },
  { load: 'workers', figure: 'workers', label: 'workers', digits: 0 },
  ...(['one', 'all'] as const).flatMap((who): Row[] => {
    const row = (figure: string, label: string, digits: number): Row => ({
      ...{
        load: 'workers',
        figure: `${who}${figure}`,
        label: `${who === 'one' ? 'one worker' : 'all workers'}: ${label}`,
      },
      digits,
    });
    return [
      row('PerSecond', 'messages a second', 0),
      row('FreeCores', 'cores, less what the generator took of them', 2),
      row('PerFreeCore', 'messages a second for each of these cores', 0),
      row('BrokerCpu', 'broker CPU, µs a message', 1),
      row('GeneratorCpu', 'generator CPU, µs a message', 1),
    ];
  }),
  {
    load: 'workers',
    figure: 'perFreeCore',
    label: 'messages a second for each core: all ÷ one',
    digits: 2,
    floor: 0.8,
  },
  {
    load: 'workers',
    figure: 'machine',
    label: 'a busy loop on each core ÷ one alone: what the machine gives',
    digits: 2,
  },
  { load: 'workers', figure: 'ofMachine', label: 'the figure before it ÷ what the machine gives', digits: 2 },
  ...clientRows('send', 'sends, 512 in flight'),
  ...clientRows('receive', 'consumption of a backlog').filter(({ figure }) => figure !== 'receiveFailed'),
  { load: 'clients', figure: 'slowPerSecond', label: 'handler of 100 ms: messages a second', digits: 0 },
  { ...mega('clients', 'slowPeak', 'handler of 100 ms, backlog behind it: peak resident memory'), atMost: 0.25 },
  { ...mega('memory', 'rssAnonFirst', 'RssAnon after the first run'), atMost: 0.25, bound: 150 },
  mega('memory', 'rssAnonSecond', 'RssAnon after the second run'),
  // "No growth", with room for what the garbage collector has not freed between two readings.
  { ...mega('memory', 'growth', 'RssAnon growth over the second run'), bound: 10 },
  mega('memory', 'rss', 'resident memory, mapped files included'),
  mega('memory', 'peak', 'peak resident memory'),
  { load: 'stop', figure: 'stopMillis', label: 'ms', digits: 0, atMost: 1 / 5, bound: 2000 },
];

/** The middle of the rounds; the mean of the two middle ones where their number is even. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
