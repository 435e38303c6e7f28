import {
  asError,
  type Clock,
  type ExposedPart,
  type Logger,
  otlpJson,
  type Service,
  type Timer,
} from '@rocketmq-ts/kernel';

/** So long one slice of the work may take; then whatever else waits has its turn. */
const SLICE_MS = 1;

/** Logs all metrics again and again, a line each. Source: BrokerMetricsManager#init, OtlpJsonLoggingMetricExporter. */
export class MetricsLog implements Service {
  readonly #parts: () => readonly ExposedPart[] | undefined;
  readonly #intervalMs: number;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #timer: Timer | undefined;
  #isBusy = false;

  constructor(parts: () => readonly ExposedPart[] | undefined, intervalMs: number, clock: Clock, logger: Logger) {
    this.#parts = parts;
    this.#intervalMs = intervalMs;
    this.#clock = clock;
    this.#logger = logger;
  }

  start(): void {
    this.#timer = this.#clock.every(this.#intervalMs, () => void this.#log());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** A round that takes longer than the interval is not begun again before it ends. */
  async #log(): Promise<void> {
    const parts = this.#parts();
    if (this.#isBusy || parts === undefined) return;
    this.#isBusy = true;
    try {
      let sliceMs = this.#clock.monotonicMs();
      for (const line of otlpJson(parts, this.#clock.now(), (name, error) => this.#failed(name, error))) {
        if (line !== undefined) this.#logger.info(line);
        if (this.#clock.monotonicMs() - sliceMs < SLICE_MS) continue;
        await new Promise<void>((next) => this.#clock.endOfTurn(next));
        sliceMs = this.#clock.monotonicMs();
      }
    } catch (error) {
      this.#failed('all', error);
    } finally {
      this.#isBusy = false;
    }
  }

  #failed(metric: string, error: unknown): void {
    this.#logger.warn('a metric could not be logged', { metric, error: asError(error) });
  }
}
