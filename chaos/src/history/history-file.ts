import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { HistoryEvent } from './events.ts';

/** Writes events to one file. Each is with the operating system when `record` returns: a kill of the writer loses none. */
export class HistoryWriter {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  record(event: HistoryEvent): void {
    writeSync(this.#file, `${JSON.stringify(event)}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}

interface Tail {
  readonly file: number;
  position: number;
  rest: string;
}

const READ_BYTES = 1024 * 1024;

/** Reads all history files of a folder, as far as they are written; `news` returns what came since the last call. */
export class HistoryReader {
  readonly #folder: string;
  readonly #tails = new Map<string, Tail>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  news(): HistoryEvent[] {
    const events: HistoryEvent[] = [];
    if (!existsSync(this.#folder)) return events;
    for (const name of readdirSync(this.#folder).sort()) if (name.endsWith('.jsonl')) this.#read(name, events);
    return events;
  }

  close(): void {
    for (const { file } of this.#tails.values()) closeSync(file);
    this.#tails.clear();
  }

  #read(name: string, into: HistoryEvent[]): void {
    let tail = this.#tails.get(name);
    if (tail === undefined) {
      tail = { file: openSync(join(this.#folder, name), 'r'), position: 0, rest: '' };
      this.#tails.set(name, tail);
    }
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    while (tail.position < fstatSync(tail.file).size) {
      const bytes = readSync(tail.file, buffer, 0, READ_BYTES, tail.position);
      if (bytes === 0) return;
      tail.position += bytes;
      // Events are ASCII: names, ids and numbers of ours.
      const lines = (tail.rest + buffer.toString('latin1', 0, bytes)).split('\n');
      tail.rest = lines.pop() ?? '';
      for (const line of lines) {
        // A writer that was killed in the middle of a line, and its successor, leave a line that is no JSON.
        const event = parse(line);
        if (event !== undefined) into.push(event);
      }
    }
  }
}

function parse(line: string): HistoryEvent | undefined {
  try {
    return JSON.parse(line) as HistoryEvent;
  } catch {
    return undefined;
  }
}
