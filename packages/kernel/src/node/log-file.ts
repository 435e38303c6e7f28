import * as fs from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Timer } from '../clock.ts';
import { asError, systemErrorCode } from '../errors.ts';

const FLUSH_INTERVAL_MS = 200;
/** Lines that wait together; more are written at once. This bounds the memory of a log. */
const MAX_WAITING_CHARS = 64 * 1024;

/** Folder of the rolled files, within that of the log. */
const ROLLED_DIRECTORY = 'otherdays';

/** Where a log is written, and how much of it is kept. */
export interface LogFileOptions {
  readonly directory: string;
  /** Name within the directory, `broker.log`. */
  readonly file: string;
  /** At this size the file moves to the rolled ones. Default 128 MiB. */
  readonly maxFileBytes?: number | undefined;
  /** Rolled files that are kept; the oldest is removed. Default 10. */
  readonly maxFiles?: number | undefined;
  /** Folder of the rolled ones, within that of the log. Default `otherdays`. */
  readonly rolledDirectory?: string | undefined;
}

/** Wakes a log for its flush. Its timers must not keep the process alive: a log flushes itself at exit. */
export interface LogTimers {
  now(): number;
  after(delayMs: number, task: () => void): Timer;
}

/** Real time. */
export const backgroundTimers: LogTimers = {
  now: () => Date.now(),
  after: (delayMs, task) => {
    const handle = setTimeout(task, delayMs).unref();
    return { cancel: () => clearTimeout(handle) };
  },
};

const openFiles = new Set<LogFile>();

function flushOpenFiles(): void {
  for (const file of openFiles) file.flush();
}

/**
 * A text file that lines are added to. They wait at most 200 ms and are written together, synchronously: a few
 * microseconds for what the page cache takes, and nothing is lost or out of order when the process ends. A full file
 * becomes `otherdays/<name>.1.log.gz`, the older ones move up by one. Source: rmq.broker.logback.xml (FixedWindowRollingPolicy).
 *
 * A log that cannot be written never stops the server: the lines are dropped, counted, and the count is the next line that
 * can be written; the first failure is reported on standard error.
 */
export class LogFile {
  readonly #path: string;
  readonly #directory: string;
  readonly #rolledDirectory: string;
  readonly #baseName: string;
  readonly #maxFileBytes: number;
  readonly #maxFiles: number;
  readonly #timers: LogTimers;
  #waiting = '';
  #waitingLines = 0;
  #lostLines = 0;
  #complained = false;
  #timer: Timer | undefined;
  #fd = -1;
  #sizeBytes = 0;
  #compressing: Promise<void> | undefined;
  #closed = false;

  constructor(options: LogFileOptions, timers: LogTimers = backgroundTimers) {
    this.#directory = options.directory;
    this.#path = join(options.directory, options.file);
    this.#rolledDirectory = join(options.directory, options.rolledDirectory ?? ROLLED_DIRECTORY);
    this.#baseName = options.file.replace(/\.log$/, '');
    this.#maxFileBytes = options.maxFileBytes ?? 128 * 1024 * 1024;
    this.#maxFiles = options.maxFiles ?? 10;
    this.#timers = timers;
    openFiles.add(this);
    // Once for all files: the same listener twice would write twice, and many would be reported as a leak.
    if (openFiles.size === 1) process.on('exit', flushOpenFiles);
  }

  /** Adds one complete line; `atOnce` also writes it and all before it. */
  append(line: string, atOnce: boolean): void {
    if (this.#closed) return;
    this.#waiting += line;
    this.#waitingLines++;
    if (atOnce || this.#waiting.length >= MAX_WAITING_CHARS) this.flush();
    else this.#timer ??= this.#timers.after(FLUSH_INTERVAL_MS, () => this.flush());
  }

  /** Writes what waits. Never throws. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#waitingLines === 0) return;
    const lines = this.#waitingLines;
    const notice =
      this.#lostLines === 0 ? '' : `${this.#lostLines} log lines were lost: the file could not be written\n`;
    const bytes = Buffer.from(notice + this.#waiting, 'utf8');
    this.#waiting = '';
    this.#waitingLines = 0;
    try {
      this.#write(bytes);
      this.#lostLines = 0;
    } catch (error) {
      this.#lostLines += lines;
      this.#complainOnce(asError(error));
    }
  }

  /** Writes what waits and closes the file; later lines are ignored. Resolves when no rolled file is being compressed. */
  async close(): Promise<void> {
    if (this.#closed) return this.#compressing;
    this.flush();
    this.#closed = true;
    openFiles.delete(this);
    if (openFiles.size === 0) process.off('exit', flushOpenFiles);
    this.#closeFile();
    await this.#compressing;
  }

  #write(bytes: Buffer): void {
    if (this.#fd < 0) this.#openFile();
    if (this.#sizeBytes > 0 && this.#sizeBytes + bytes.length > this.#maxFileBytes && this.#compressing === undefined) {
      this.#roll();
    }
    for (let written = 0; written < bytes.length; ) written += fs.writeSync(this.#fd, bytes, written);
    this.#sizeBytes += bytes.length;
  }

  #openFile(): void {
    fs.mkdirSync(this.#directory, { recursive: true });
    this.#fd = fs.openSync(this.#path, 'a');
    this.#sizeBytes = fs.fstatSync(this.#fd).size;
  }

  #closeFile(): void {
    if (this.#fd < 0) return;
    fs.closeSync(this.#fd);
    this.#fd = -1;
  }

  /** The file waits uncompressed as `<name>.1.log` until its `.gz` is whole, so that a crash between loses nothing. */
  #roll(): void {
    this.#closeFile();
    fs.mkdirSync(this.#rolledDirectory, { recursive: true });
    for (const ending of ['.log.gz', '.log']) {
      fs.rmSync(this.#rolled(this.#maxFiles, ending), { force: true });
      for (let number = this.#maxFiles - 1; number >= 1; number--) {
        renameIfThere(this.#rolled(number, ending), this.#rolled(number + 1, ending));
      }
    }
    fs.renameSync(this.#path, this.#rolled(1, '.log'));
    this.#openFile();
    this.#compressing = this.#compressAll().finally(() => {
      this.#compressing = undefined;
    });
  }

  /** Also takes files that a process which ended meanwhile has left. */
  async #compressAll(): Promise<void> {
    for (let number = 1; number <= this.#maxFiles; number++) {
      const plain = this.#rolled(number, '.log');
      if (!fs.existsSync(plain)) continue;
      const partial = `${plain}.gz.tmp`;
      try {
        await pipeline(fs.createReadStream(plain), createGzip(), fs.createWriteStream(partial));
        fs.renameSync(partial, this.#rolled(number, '.log.gz'));
        fs.rmSync(plain, { force: true });
      } catch (error) {
        this.#complainOnce(asError(error));
      }
    }
  }

  #rolled(number: number, ending: string): string {
    return join(this.#rolledDirectory, `${this.#baseName}.${number}${ending}`);
  }

  #complainOnce(error: Error): void {
    if (this.#complained) return;
    this.#complained = true;
    process.stderr.write(`cannot write the log file ${this.#path}: ${error.message}\n`);
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    fs.renameSync(from, to);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
}
