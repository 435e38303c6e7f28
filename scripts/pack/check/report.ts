/** Counts what was tried. A check that throws has failed and is shown; the others still run. */
export class Report {
  #passed = 0;
  #failed = 0;

  async check(name: string, attempt: () => void | Promise<void>): Promise<void> {
    try {
      await attempt();
      this.#passed++;
      console.log(`ok    ${name}`);
    } catch (error) {
      this.#failed++;
      console.log(`FAIL  ${name}\n${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Prints the counts; the exit code that they make. */
  close(): number {
    console.log(`${this.#passed} passed, ${this.#failed} failed`);
    return this.#failed > 0 || this.#passed === 0 ? 1 : 0;
  }
}
