import type { Clock, Health, Service } from '@rocketmq-ts/kernel';
import type { Worker } from './worker.ts';
import { workersText } from './worker-metrics.ts';

/** All workers of a process: they start together, and stop together; in between each is on its own. */
export class WorkerGroup implements Service {
  readonly #workers: readonly Worker[];
  #bootLines: readonly string[] = [];

  constructor(workers: readonly Worker[]) {
    this.#workers = workers;
  }

  /** In the order of the workers; known after the start. */
  get bootLines(): readonly string[] {
    return this.#bootLines;
  }

  /** All or none: when one can't start, the others are stopped, since the operator has a setting to correct. */
  async start(): Promise<void> {
    try {
      this.#bootLines = await Promise.all(this.#workers.map((worker) => worker.start()));
    } catch (error) {
      await this.stop().catch(() => {});
      throw error;
    }
  }

  async stop(): Promise<void> {
    const ends = await Promise.allSettled(this.#workers.map((worker) => worker.stop()));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  /** What all workers show to those who collect metrics. */
  metricsText(clock: Clock): AsyncIterable<string> {
    return workersText(this.#workers, clock);
  }

  /** Everything that the workers say of themselves, with their names. */
  async health(): Promise<Health> {
    const all = await Promise.all(
      this.#workers.map(async (worker) => {
        const { defects, unready } = await worker.health();
        const named = (sentence: string): string => `${worker.name}: ${sentence}`;
        return { defects: defects.map(named), unready: unready.map(named) };
      }),
    );
    return { defects: all.flatMap((each) => each.defects), unready: all.flatMap((each) => each.unready) };
  }
}
