import {
  type CommonLabel,
  type EventLoopWatch,
  type ExposedMetric,
  type ExposedPart,
  type ExposedSource,
  processFigures,
  showAll,
} from '@rocketmq-ts/kernel';

const DELAY_BOUNDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000] as const;

/** What every server shows of its process. */
export const processMetrics = {
  rocketmq_ts_event_loop_delay_milliseconds: {
    ...{ type: 'histogram', labels: [], bounds: DELAY_BOUNDS },
    help: 'how late the event loop runs a timer: requests wait as long',
  },
  rocketmq_ts_event_loop_busy_seconds_total: {
    ...{ type: 'counter', labels: [] },
    help: 'time that the event loop was not waiting; 1 a second is a full core',
  },
  rocketmq_ts_process_cpu_seconds_total: {
    ...{ type: 'counter', labels: ['mode'] },
    help: 'processor time of the process with all its threads, by mode (user, system)',
  },
  rocketmq_ts_process_memory_bytes: {
    ...{ type: 'gauge', labels: ['area'] },
    help: 'memory of the process: rss of the system, heap and buffers (external) of the main thread',
  },
  rocketmq_ts_process_uptime_seconds: { type: 'gauge', labels: [], help: 'time since the start of the process' },
} as const satisfies Record<string, ExposedMetric>;

/** The event loop of a thread. */
export function loopPart(common: readonly CommonLabel[], watch: EventLoopWatch): ExposedPart {
  return part(common, {
    rocketmq_ts_event_loop_delay_milliseconds: (samples) => {
      samples.histogram([], watch.delays);
      return [];
    },
    rocketmq_ts_event_loop_busy_seconds_total: showAll([[[], watch.busySeconds]]),
  });
}

/** What the process has used, and what the page says of itself. */
export function processParts(common: readonly CommonLabel[]): readonly ExposedPart[] {
  const { cpuSeconds, memoryBytes, uptimeSeconds } = processFigures();
  const used = part(common, {
    rocketmq_ts_process_cpu_seconds_total: showAll(Object.entries(cpuSeconds).map(([mode, used]) => [[mode], used])),
    rocketmq_ts_process_memory_bytes: showAll([
      [['rss'], memoryBytes.rss],
      [['heap'], memoryBytes.heapUsed],
      [['external'], memoryBytes.external],
    ]),
    rocketmq_ts_process_uptime_seconds: showAll([[[], uptimeSeconds]]),
  });
  return [used, targetPart];
}

/** What OpenTelemetry's exporter says of the whole page: Apache's, whose servers name no resource, has it without labels. */
const targetPart: ExposedPart = {
  exposure: { common: [], limit: Number.POSITIVE_INFINITY },
  sources: () => [{ name: 'target_info', metric: { type: 'gauge', labels: [], help: '' }, show: showAll([[[], 1]]) }],
};

type Shows = Partial<Record<keyof typeof processMetrics, ExposedSource['show']>>;

function part(common: readonly CommonLabel[], shows: Shows): ExposedPart {
  return {
    exposure: { common, limit: Number.POSITIVE_INFINITY },
    sources: () =>
      (Object.keys(shows) as (keyof Shows)[]).map((name) => {
        return { name, metric: processMetrics[name], show: shows[name]! };
      }),
  };
}
