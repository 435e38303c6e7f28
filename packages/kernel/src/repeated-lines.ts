import type { LogFields, Logger, LogLevel } from './log.ts';

const PERIOD_MS = 60_000;
/** Kinds that are kept apart; more of them share one line. */
const MAX_KINDS = 200;
const OTHERS = 'others';

interface Kind {
  lastMs: number;
  /** Since the last line. */
  count: number;
  level: LogLevel;
  sentence: string;
  fields: LogFields | undefined;
}

/**
 * Lines of which a peer, a disk or a defect may cause any number: the first one of a kind is logged at once; those that follow
 * within a minute are counted, and then the last of them is logged with their count.
 */
export class RepeatedLines {
  readonly #logger: Logger;
  readonly #kinds = new Map<string, Kind>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Times are monotonic. */
  log(kind: string, nowMs: number, level: LogLevel, sentence: string, fields?: LogFields): void {
    const key = this.#kinds.has(kind) || this.#kinds.size < MAX_KINDS ? kind : OTHERS;
    const known = this.#kinds.get(key);
    if (known === undefined) {
      this.#kinds.set(key, { lastMs: nowMs, count: 0, level, sentence, fields });
      this.#logger[level](sentence, fields);
      return;
    }
    known.count += 1;
    known.level = level;
    known.sentence = sentence;
    known.fields = fields;
  }

  /** Logs the counts whose minute is over. To be called periodically. */
  sweep(nowMs: number): void {
    for (const [key, kind] of this.#kinds) {
      if (nowMs - kind.lastMs < PERIOD_MS) continue;
      if (kind.count === 0) this.#kinds.delete(key);
      else this.#write(kind, nowMs);
    }
  }

  /** Logs all counts: the last call, when `sweep` is not called any more. */
  flush(nowMs: number): void {
    for (const kind of this.#kinds.values()) if (kind.count > 0) this.#write(kind, nowMs);
    this.#kinds.clear();
  }

  #write(kind: Kind, nowMs: number): void {
    const { level, sentence, fields, count } = kind;
    kind.lastMs = nowMs;
    kind.count = 0;
    this.#logger[level](count === 1 ? sentence : `${sentence} (${count} times since the last such line)`, fields);
  }
}
