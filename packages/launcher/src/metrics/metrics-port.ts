import { type ExposedPart, type Listener, type ServePages, type Service, systemErrorCode } from '@rocketmq-ts/kernel';
import { LauncherError } from '../errors.ts';
import { metricsPages } from '../health/health-pages.ts';
import type { MetricsPage, MetricsSource } from './metrics-page.ts';

interface MetricsConfig {
  readonly bindAddress: string;
  readonly metricsExporterType: string;
  readonly metricsPromExporterHost: string;
  readonly metricsPromExporterPort: number;
  readonly metricLoggingExporterIntervalInMills: number;
}

/** Where the page is as configured for a server. Source: BrokerMetricsManager#init, which takes brokerIP1 by default. */
export function metricsPlace(config: MetricsConfig): Pick<MetricsSource, 'host' | 'port' | 'logIntervalMs'> {
  const host = config.metricsPromExporterHost.trim();
  return {
    port: config.metricsExporterType === 'PROM' ? config.metricsPromExporterPort : 0,
    host: host === '' ? config.bindAddress : host,
    logIntervalMs: config.metricsExporterType === 'LOG' ? config.metricLoggingExporterIntervalInMills : 0,
  };
}

/** What the operator should know of an exporter that is none here. */
export function metricsWarnings({
  metricsExporterType,
}: Pick<MetricsConfig, 'metricsExporterType'>): readonly string[] {
  if (metricsExporterType !== 'OTLP_GRPC') return [];
  return [
    'metricsExporterType=OTLP_GRPC exports nothing here: set PROM, and let the OpenTelemetry collector fetch the page with its Prometheus receiver',
  ];
}

/** What servers show; undefined as long as one of them shows nothing, since it is starting. */
export function partsOf(...servers: readonly ({ readonly metrics: ExposedPart | undefined } | undefined)[]) {
  const parts = servers.flatMap((server) => server?.metrics ?? []);
  return parts.length === servers.length ? parts : undefined;
}

/** The port of Apache's Prometheus exporter: `/metrics` alone. */
export class MetricsPort implements Service {
  readonly #place: Pick<MetricsSource, 'host' | 'port'>;
  readonly #page: MetricsPage;
  readonly #serve: ServePages;
  #listener: Listener | undefined;

  constructor(place: Pick<MetricsSource, 'host' | 'port'>, page: MetricsPage, serve: ServePages) {
    this.#place = place;
    this.#page = page;
    this.#serve = serve;
  }

  /** Nothing is opened for port 0. Rejects with `METRICS_PORT_IN_USE`. */
  async start(): Promise<void> {
    const { host, port } = this.#place;
    if (port === 0) return;
    try {
      this.#listener = await this.#serve({ host, port, pages: new Map(metricsPages(this.#page)) });
    } catch (error) {
      const code = systemErrorCode(error);
      if (code !== 'EADDRINUSE' && code !== 'EADDRNOTAVAIL') throw error;
      const problem =
        code === 'EADDRINUSE' ? `port ${port} is in use by another process` : `${host} is no address of this machine`;
      throw new LauncherError(
        'METRICS_PORT_IN_USE',
        `The metrics can not be served, since ${problem}: set another metricsPromExporterPort or metricsPromExporterHost`,
        { cause: error },
      );
    }
  }

  async stop(): Promise<void> {
    await this.#listener?.close();
  }
}
