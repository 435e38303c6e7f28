/** What can be killed. */
interface Killable {
  kill(): Promise<unknown>;
}

/**
 * Processes of a test. A running one keeps the test's own process alive, so that nothing is reported for ten minutes; `end` kills them
 * all, those too whose start was under way when another one failed.
 */
export class Started {
  readonly #starts: Promise<Killable>[] = [];

  /** The same promise; its process is killed in the end. */
  keep<P extends Killable>(starting: Promise<P>): Promise<P> {
    this.#starts.push(starting);
    return starting;
  }

  /** Waits for starts that are under way, which give up by themselves. */
  async end(): Promise<void> {
    for (const start of await Promise.allSettled(this.#starts))
      if (start.status === 'fulfilled') await start.value.kill();
  }
}
