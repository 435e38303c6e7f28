import { traceLimits } from './trace-limits.ts';

/** One encoded record that waits to be sent. */
export interface TraceReport {
  /** Topic of the traced message: reports of one trace message are all of one. */
  readonly topic: string;
  /** Where the report is sent. */
  readonly traceTopic: string;
  readonly text: string;
  /** Under which the trace message is found: unique key and keys of the traced message, separated by blanks. */
  readonly keys: string;
}

/** A trace message: as many reports as fit. */
export interface TraceBatch {
  readonly traceTopic: string;
  readonly text: string;
  readonly keys: readonly string[];
  readonly reports: number;
}

/** Characters of the text of one trace message, at most three bytes each. Source: AsyncTraceDispatcher, maxMsgSize. */
const MAX_MESSAGE_CHARACTERS = 40_000;
/** Characters of the keys of one trace message: three bytes each fit into the properties of a record. */
const MAX_KEY_CHARACTERS = 10_000;

/** Reports that wait, in order; bounded by count and characters. */
export class TraceQueue {
  #reports: TraceReport[] = [];
  #characters = 0;

  get size(): number {
    return this.#reports.length;
  }

  /** False when it has no room: the report is dropped. */
  add(report: TraceReport): boolean {
    const characters = report.text.length + report.keys.length;
    if (this.#reports.length >= traceLimits.reports || this.#characters + characters > traceLimits.characters)
      return false;
    this.#reports.push(report);
    this.#characters += characters;
    return true;
  }

  /** Drops all; returns how many there were. */
  clear(): number {
    this.#characters = 0;
    return this.#reports.splice(0).length;
  }

  /** Takes the oldest reports, at most `count`, as messages. */
  take(count: number): TraceBatch[] {
    const taken = this.#reports.splice(0, count);
    const open = new Map<string, OpenBatch>();
    const batches: OpenBatch[] = [];
    for (const report of taken) {
      this.#characters -= report.text.length + report.keys.length;
      const place = `${report.topic}\u0001${report.traceTopic}`;
      let batch = open.get(place);
      if (batch === undefined || !batch.takes(report)) {
        batch = new OpenBatch(report.traceTopic);
        open.set(place, batch);
        batches.push(batch);
      }
      batch.add(report);
    }
    return batches;
  }
}

class OpenBatch implements TraceBatch {
  readonly traceTopic: string;
  text = '';
  reports = 0;
  readonly #keys = new Set<string>();
  #keyCharacters = 0;

  constructor(traceTopic: string) {
    this.traceTopic = traceTopic;
  }

  get keys(): readonly string[] {
    return [...this.#keys];
  }

  takes(report: TraceReport): boolean {
    return (
      this.text.length + report.text.length <= MAX_MESSAGE_CHARACTERS &&
      this.#keyCharacters + report.keys.length <= MAX_KEY_CHARACTERS
    );
  }

  add(report: TraceReport): void {
    this.text += report.text;
    this.reports++;
    for (const key of report.keys.split(' ')) {
      if (key.trim() === '' || this.#keys.has(key) || this.#keyCharacters + key.length > MAX_KEY_CHARACTERS) continue;
      this.#keys.add(key);
      this.#keyCharacters += key.length + 1;
    }
  }
}
