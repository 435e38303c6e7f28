/** Runs tasks in the order in which they came, at most `limit` at a time. */
export class TaskPool {
  readonly #limit: number;
  readonly #failed: (error: unknown) => void;
  #waiting: (() => Promise<void>)[] = [];
  #head = 0;
  #running = 0;
  #closed = false;
  #idle: (() => void)[] = [];

  /** `failed` is called for tasks that reject; the others are run all the same. */
  constructor(limit: number, failed: (error: unknown) => void) {
    this.#limit = limit;
    this.#failed = failed;
  }

  /** Tasks that wait for a place. */
  get waiting(): number {
    return this.#waiting.length - this.#head;
  }

  /** Whether a task would have to wait now. */
  get full(): boolean {
    return this.#running >= this.#limit;
  }

  /** Dropped when the pool is closed. The caller bounds the count: the windows of the queues do. */
  submit(task: () => Promise<void>): void {
    if (this.#closed) return;
    if (this.#running < this.#limit) this.#run(task);
    else this.#waiting.push(task);
  }

  /** Drops tasks that wait; resolves when none runs. */
  close(): Promise<void> {
    this.#closed = true;
    this.#waiting = [];
    this.#head = 0;
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  async #run(task: () => Promise<void>): Promise<void> {
    this.#running++;
    for (let next: (() => Promise<void>) | undefined = task; next !== undefined; next = this.#next()) {
      try {
        await next();
      } catch (error) {
        this.#failed(error);
      }
    }
    this.#running--;
    if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #next(): (() => Promise<void>) | undefined {
    const task = this.#waiting[this.#head];
    if (task === undefined) return undefined;
    this.#head++;
    if (this.#head > 1024 && this.#head * 2 > this.#waiting.length) {
      this.#waiting.splice(0, this.#head);
      this.#head = 0;
    }
    return task;
  }
}
