import {
  type Clock,
  type CommonLabel,
  EventLoopWatch,
  EXPOSITION_TYPE,
  type ExposedPart,
  exposition,
  type HttpPage,
  type Logger,
  RepeatedLines,
} from '@rocketmq-ts/kernel';
import { loopPart, processParts } from './process-metrics.ts';

/** Texts that are made at the same time at the most: each holds what it has found until it is sent. */
const MAX_READERS = 4;

/** What a process shows to those who collect its metrics. */
export interface MetricsSource {
  /** Port of a page of its own; 0: there is none. */
  readonly port: number;
  /** Address on which it is served. */
  readonly host: string;
  /** Between two logs of all metrics; 0: they are not logged. */
  readonly logIntervalMs: number;
  /** Of all servers of this thread; undefined while they are starting. */
  parts(): readonly ExposedPart[] | undefined;
  /** The whole text, where other threads have it; then `parts` is not asked. */
  text?(): AsyncIterable<string | Uint8Array> | undefined;
}

/** The page `/metrics`, for Prometheus: what the servers of this process show, and the process itself. */
export class MetricsPage {
  readonly #source: Pick<MetricsSource, 'parts' | 'text'>;
  readonly #clock: Clock;
  readonly #lines: RepeatedLines;
  readonly #loop = new EventLoopWatch();
  #readers = 0;

  constructor(source: Pick<MetricsSource, 'parts' | 'text'>, clock: Clock, logger: Logger) {
    this.#source = source;
    this.#clock = clock;
    this.#lines = new RepeatedLines(logger);
  }

  page(): HttpPage {
    const text = this.#text();
    if (text === undefined) return { status: 503, body: 'it is starting\n' };
    if (this.#readers >= MAX_READERS)
      return { status: 503, body: `${MAX_READERS} others are reading the metrics; ask again\n` };
    return { status: 200, contentType: EXPOSITION_TYPE, body: this.#counted(text) };
  }

  stop(): void {
    this.#loop.stop();
    this.#lines.flush(this.#clock.monotonicMs());
  }

  #text(): AsyncIterable<string | Uint8Array> | undefined {
    if (this.#source.text !== undefined) return this.#source.text();
    const parts = this.#source.parts();
    if (parts === undefined) return undefined;
    const common = commonOf(parts);
    return this.expose([...parts, loopPart(common, this.#loop), ...processParts(common)]);
  }

  /** A part that fails is logged, and the others are shown. */
  expose(parts: readonly ExposedPart[]): AsyncGenerator<Uint8Array> {
    return exposition(parts, this.#clock, (name, error) => {
      const nowMs = this.#clock.monotonicMs();
      this.#lines.sweep(nowMs);
      this.#lines.log(name, nowMs, 'error', 'a metric could not be shown', { name, error });
    });
  }

  async *#counted(text: AsyncIterable<string | Uint8Array>): AsyncGenerator<string | Uint8Array> {
    this.#readers += 1;
    try {
      yield* text;
    } finally {
      this.#readers -= 1;
    }
  }
}

/** The process is named as the first of its servers. */
function commonOf(parts: readonly ExposedPart[]): readonly CommonLabel[] {
  return parts[0]?.exposure.common ?? [];
}
