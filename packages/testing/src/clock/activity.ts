/**
 * What is under way in the real world while a test moves the clock: bytes on sockets and calls of the disk take no time of the
 * cluster's clock, so a step of it may follow only when they have arrived.
 */
export class Activity {
  /** Counts everything that happened: bytes that came or went, ends of disk calls. */
  count = 0;
  #pending = 0;

  /** What was begun and has not ended. */
  get pending(): number {
    return this.#pending;
  }

  /** Something begins; the function reports its end, once however often it is called. */
  begin(): () => void {
    this.count++;
    this.#pending++;
    let isUnderWay = true;
    return () => {
      if (!isUnderWay) return;
      isUnderWay = false;
      this.count++;
      this.#pending--;
    };
  }
}
