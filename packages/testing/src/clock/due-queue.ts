/** A task that is to run. */
export interface DueEntry {
  dueMs: number;
  order: number;
  readonly task: () => void;
  readonly periodMs: number | undefined;
  isArmed: boolean;
}

/** A binary heap by due time and arming; cancelled entries are dropped when they come to the top. */
export class DueQueue {
  readonly #heap: DueEntry[] = [];
  #orders = 0;
  #armed = 0;

  /** Entries that are armed. */
  get size(): number {
    return this.#armed;
  }

  /** What is due next. */
  get first(): DueEntry | undefined {
    let top = this.#heap[0];
    while (top !== undefined && !top.isArmed) {
      this.#removeTop();
      top = this.#heap[0];
    }
    return top;
  }

  /** `periodMs`: the caller puts it back with `again` when it was taken. */
  add(dueMs: number, task: () => void, periodMs: number | undefined): DueEntry {
    const entry: DueEntry = { dueMs, order: this.#orders++, task, periodMs, isArmed: true };
    this.#armed++;
    this.#insert(entry);
    return entry;
  }

  /** Puts a taken periodic entry back. */
  again(entry: DueEntry, dueMs: number): void {
    entry.dueMs = dueMs;
    entry.order = this.#orders++;
    entry.isArmed = true;
    this.#armed++;
    this.#insert(entry);
  }

  /** Idempotent. */
  remove(entry: DueEntry): void {
    if (!entry.isArmed) return;
    entry.isArmed = false;
    this.#armed--;
  }

  /** The first entry, taken out, if it is due. */
  takeDue(nowMs: number): DueEntry | undefined {
    const top = this.first;
    if (top === undefined || top.dueMs > nowMs) return undefined;
    this.#removeTop();
    this.remove(top);
    return top;
  }

  #insert(entry: DueEntry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  #removeTop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: DueEntry, b: DueEntry): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}
