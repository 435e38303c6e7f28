import {
  type Health,
  type HttpPage,
  type Listener,
  type ServePages,
  type Service,
  systemErrorCode,
} from '@rocketmq-ts/kernel';
import { LauncherError } from '../errors.ts';
import type { MetricsPage } from '../metrics/metrics-page.ts';

/** A server that is watched from outside. */
export interface HealthSource {
  /** Port of the pages; 0: there are none. */
  readonly port: number;
  /** Address on which they are served. */
  readonly host: string;
  health(): Health | Promise<Health>;
}

interface HealthConfig {
  readonly bindAddress: string;
  readonly healthPort: number;
}

/** As configured for a server; `ask` gives nothing for as long as there is none. */
export function healthSource(
  { bindAddress, healthPort }: HealthConfig,
  ask: () => Health | Promise<Health> | undefined,
): HealthSource {
  const health = (): Health | Promise<Health> => ask() ?? { defects: [], unready: ['it is starting'] };
  return { port: healthPort, host: bindAddress, health };
}

/**
 * The pages `/livez` and `/readyz`, for probes: 200 and `ok`, or 503 and why not, a line each. A server that does not live is to
 * be started anew; one that is not ready should get no requests. That they are answered at all shows that the event loop turns.
 */
export class HealthPages implements Service {
  readonly #source: HealthSource;
  readonly #serve: ServePages;
  readonly #metrics: Pick<MetricsPage, 'page'> | undefined;
  #listener: Listener | undefined;

  /** With `metrics` there is `/metrics` as well. */
  constructor(source: HealthSource, serve: ServePages, metrics?: Pick<MetricsPage, 'page'>) {
    this.#source = source;
    this.#serve = serve;
    this.#metrics = metrics;
  }

  /** Nothing is opened for port 0. Rejects with `HEALTH_PORT_IN_USE`. */
  async start(): Promise<void> {
    const { host, port } = this.#source;
    if (port === 0) return;
    try {
      this.#listener = await this.#serve({
        ...{ host, port },
        pages: new Map<string, () => HttpPage | Promise<HttpPage>>([
          ['/livez', async () => page((await this.#source.health()).defects)],
          ['/readyz', async () => page((await this.#source.health()).unready)],
          ...metricsPages(this.#metrics),
        ]),
      });
    } catch (error) {
      if (systemErrorCode(error) !== 'EADDRINUSE') throw error;
      throw new LauncherError(
        'HEALTH_PORT_IN_USE',
        `Port ${port} is in use by another process: set another healthPort`,
        {
          cause: error,
        },
      );
    }
  }

  async stop(): Promise<void> {
    await this.#listener?.close();
  }
}

/** The page of metrics, where there are some. */
export function metricsPages(metrics: Pick<MetricsPage, 'page'> | undefined): (readonly [string, () => HttpPage])[] {
  return metrics === undefined ? [] : [['/metrics', () => metrics.page()]];
}

function page(problems: readonly string[]): HttpPage {
  return problems.length === 0 ? { status: 200, body: 'ok\n' } : { status: 503, body: `${problems.join('\n')}\n` };
}
