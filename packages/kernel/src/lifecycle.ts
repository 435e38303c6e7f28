/** Something that is started once and stopped once. `start` is all or nothing; `stop` may be called twice. */
export interface Service {
  start(): void | Promise<void>;
  stop(): void | Promise<void>;
}

/** Owns services and stops them in the reverse of the order in which they were started. */
export class ServiceStack {
  readonly #started: Partial<Service>[] = [];
  #stopping: Promise<void> | undefined;

  /** Starts one more; when that fails, everything started before is stopped and the error rises. */
  async start(service: Partial<Service>): Promise<void> {
    try {
      await service.start?.();
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#started.push(service);
  }

  /** Stops all; the first error rises after the last service was asked to stop. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    let failure: { error: unknown } | undefined;
    for (let service = this.#started.pop(); service !== undefined; service = this.#started.pop()) {
      try {
        await service.stop?.();
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure !== undefined) throw failure.error;
  }
}
