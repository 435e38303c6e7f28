import type { Disk, DiskFile, Logger, Service } from '@rocketmq-ts/kernel';

/** Then the file becomes the previous one, which is removed. */
const MAX_FILE_BYTES = 8 * 1024 * 1024;
/** Entries in memory, for the page. */
const MAX_ENTRIES = 5000;
/** A line of the file that is longer is none of ours. */
const MAX_LINE_BYTES = 64 * 1024;

interface EntryLogOptions<Entry> {
  readonly disk: Disk;
  /** Undefined: entries are kept in memory only. */
  readonly folder: string | undefined;
  readonly logger: Logger;
  /** Of the files `<name>.jsonl` and `<name>.1.jsonl`. */
  readonly name: string;
  /** In lines of the log: `The audit log`. */
  readonly title: string;
  /** Undefined for what is no entry. */
  readonly read: (value: unknown) => Entry | undefined;
}

/** What happened, kept in a folder as one JSON object a line, in two files of 8 MiB at most; the newest entries are in memory too. */
export class EntryLog<Entry> implements Service {
  readonly #options: EntryLogOptions<Entry>;
  readonly #entries: Entry[] = [];
  #file: DiskFile | undefined;
  #sizeBytes = 0;

  constructor(options: EntryLogOptions<Entry>) {
    this.#options = options;
  }

  /** Reads what earlier starts kept. */
  start(): void {
    const { folder, name } = this.#options;
    for (const file of folder === undefined ? [] : [`${name}.1.jsonl`, `${name}.jsonl`]) {
      const content = this.#read(`${folder}/${file}`);
      if (content === undefined) continue;
      for (const line of content.toString().split('\n')) {
        const entry = line.length > 0 && line.length <= MAX_LINE_BYTES ? this.#parse(line) : undefined;
        if (entry !== undefined) this.#remember(entry);
      }
    }
  }

  stop(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  /** Never throws: where the disk does not take the line, the entry is in memory only, and that is logged. */
  add(entry: Entry): void {
    const { folder, logger, title } = this.#options;
    this.#remember(entry);
    try {
      this.#append(Buffer.from(`${JSON.stringify(entry)}\n`));
    } catch (error) {
      logger.error(`${title} can not be written`, { folder, error });
      this.stop();
    }
  }

  /** The newest first. */
  entries(): Entry[] {
    return this.#entries.toReversed();
  }

  /** A file that can't be read costs its entries on the page, not the console. */
  #read(path: string): Buffer | undefined {
    const { disk, logger, title } = this.#options;
    try {
      return disk.readFile(path);
    } catch (error) {
      logger.error(`${title} can not be read`, { path, error });
      return undefined;
    }
  }

  /** Undefined for a line that was cut off, or is something else. */
  #parse(line: string): Entry | undefined {
    try {
      return this.#options.read(JSON.parse(line));
    } catch {
      return undefined;
    }
  }

  #append(line: Buffer): void {
    const { disk, folder, name } = this.#options;
    if (folder === undefined) return;
    const path = `${folder}/${name}.jsonl`;
    if (this.#file === undefined) {
      disk.makeDirectory(folder);
      this.#file = disk.open(path, 'create');
      this.#sizeBytes = this.#file.size();
    }
    if (this.#sizeBytes > 0 && this.#sizeBytes + line.length > MAX_FILE_BYTES) {
      this.stop();
      disk.rename(path, `${folder}/${name}.1.jsonl`);
      this.#file = disk.open(path, 'create');
      this.#sizeBytes = 0;
    }
    this.#file.writeSync(line, 0, line.length, this.#sizeBytes);
    this.#sizeBytes += line.length;
  }

  #remember(entry: Entry): void {
    this.#entries.push(entry);
    if (this.#entries.length > MAX_ENTRIES * 1.1) this.#entries.splice(0, this.#entries.length - MAX_ENTRIES);
  }
}
