import { Histogram } from '../metrics/histogram.ts';

const TICK_MS = 20;
const DELAY_BOUNDS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000] as const;

/** What a process has used since its start. */
interface ProcessFigures {
  readonly cpuSeconds: { readonly user: number; readonly system: number };
  readonly memoryBytes: { readonly rss: number; readonly heapUsed: number; readonly external: number };
  readonly uptimeSeconds: number;
}

/** Of this process, with all its threads. */
export function processFigures(): ProcessFigures {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    cpuSeconds: { user: user / 1e6, system: system / 1e6 },
    memoryBytes: { rss, heapUsed, external },
    uptimeSeconds: process.uptime(),
  };
}

/** Watches the event loop of this thread: fifty times a second it looks how late its timer is. Does not keep the process alive. */
export class EventLoopWatch {
  /** How late the timer was, in milliseconds. */
  readonly delays = new Histogram(DELAY_BOUNDS_MS);
  readonly #timer: NodeJS.Timeout;
  #lastMs = performance.now();

  constructor() {
    this.#timer = setInterval(() => {
      const nowMs = performance.now();
      this.delays.count(Math.max(0, nowMs - this.#lastMs - TICK_MS));
      this.#lastMs = nowMs;
    }, TICK_MS).unref();
  }

  /** Seconds that the loop was not waiting. */
  get busySeconds(): number {
    return performance.eventLoopUtilization().active / 1000;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
