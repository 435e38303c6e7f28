import type { Disk, DiskFile, Logger, Service } from '@rocketmq-ts/kernel';
import type { AuditEntry } from '../api/audit.ts';

const FILE = 'audit.jsonl';
const PREVIOUS = 'audit.1.jsonl';
/** Then the file becomes the previous one, which is removed. */
const MAX_FILE_BYTES = 8 * 1024 * 1024;
/** Entries in memory, for the page. */
const MAX_ENTRIES = 5000;
/** A line of the file that is longer is none of ours. */
const MAX_LINE_BYTES = 64 * 1024;

/** Who changed what, kept in the data folder as one JSON object a line; the newest entries are in memory too. */
export class AuditLog implements Service {
  readonly #disk: Disk;
  readonly #folder: string | undefined;
  readonly #logger: Logger;
  readonly #entries: AuditEntry[] = [];
  #file: DiskFile | undefined;
  #sizeBytes = 0;

  /** `folder` undefined: entries are kept in memory only. Lines of `logger` are the same in words. */
  constructor({ disk, folder, logger }: { disk: Disk; folder: string | undefined; logger: Logger }) {
    this.#disk = disk;
    this.#folder = folder;
    this.#logger = logger;
  }

  /** Reads what earlier starts kept. */
  start(): void {
    for (const name of this.#folder === undefined ? [] : [PREVIOUS, FILE]) {
      const content = this.#read(`${this.#folder}/${name}`);
      if (content === undefined) continue;
      for (const line of content.toString().split('\n')) {
        const entry = line.length > 0 && line.length <= MAX_LINE_BYTES ? readEntry(line) : undefined;
        if (entry !== undefined) this.#remember(entry);
      }
    }
  }

  stop(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  /** A change is made even where the disk does not take its line: then the log of the console has it. */
  add(entry: AuditEntry): void {
    this.#remember(entry);
    const { atMs: _, ...fields } = entry;
    this.#logger.info('Change', fields);
    try {
      this.#append(Buffer.from(`${JSON.stringify(entry)}\n`));
    } catch (error) {
      this.#logger.error('The audit log can not be written', { folder: this.#folder, error });
      this.stop();
    }
  }

  /** The newest first. */
  entries(): AuditEntry[] {
    return this.#entries.toReversed();
  }

  /** A file that can't be read costs its entries on the page, not the console. */
  #read(path: string): Buffer | undefined {
    try {
      return this.#disk.readFile(path);
    } catch (error) {
      this.#logger.error('The audit log can not be read', { path, error });
      return undefined;
    }
  }

  #append(line: Buffer): void {
    if (this.#folder === undefined) return;
    const path = `${this.#folder}/${FILE}`;
    if (this.#file === undefined) {
      this.#disk.makeDirectory(this.#folder);
      this.#file = this.#disk.open(path, 'create');
      this.#sizeBytes = this.#file.size();
    }
    if (this.#sizeBytes > 0 && this.#sizeBytes + line.length > MAX_FILE_BYTES) {
      this.stop();
      this.#disk.rename(path, `${this.#folder}/${PREVIOUS}`);
      this.#file = this.#disk.open(path, 'create');
      this.#sizeBytes = 0;
    }
    this.#file.writeSync(line, 0, line.length, this.#sizeBytes);
    this.#sizeBytes += line.length;
  }

  #remember(entry: AuditEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length > MAX_ENTRIES * 1.1) this.#entries.splice(0, this.#entries.length - MAX_ENTRIES);
  }
}

/** Undefined for a line that was cut off, or is something else. */
function readEntry(line: string): AuditEntry | undefined {
  try {
    const entry = JSON.parse(line) as Partial<AuditEntry> | null;
    if (typeof entry?.atMs !== 'number' || typeof entry.action !== 'string' || !Array.isArray(entry.brokers))
      return undefined;
    return entry as AuditEntry;
  } catch {
    return undefined;
  }
}
