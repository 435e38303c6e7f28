import type { Disk, Logger, Service } from '@rocketmq-ts/kernel';
import type { AuditEntry } from '../api/audit.ts';
import { EntryLog } from '../entry-log/entry-log.ts';

/** Who changed what, in `audit.jsonl` of the data folder. */
export class AuditLog implements Service {
  readonly #logger: Logger;
  readonly #log: EntryLog<AuditEntry>;

  /** `folder` undefined: entries are kept in memory only. Lines of `logger` are the same in words. */
  constructor({ disk, folder, logger }: { disk: Disk; folder: string | undefined; logger: Logger }) {
    this.#logger = logger;
    this.#log = new EntryLog({ disk, folder, logger, name: 'audit', title: 'The audit log', read: readEntry });
  }

  /** Reads what earlier starts kept. */
  start(): void {
    this.#log.start();
  }

  stop(): void {
    this.#log.stop();
  }

  /** A change is made even where the disk does not take its line: then the log of the console has it. */
  add(entry: AuditEntry): void {
    const { atMs: _, ...fields } = entry;
    this.#logger.info('Change', fields);
    this.#log.add(entry);
  }

  /** The newest first. */
  entries(): AuditEntry[] {
    return this.#log.entries();
  }
}

function readEntry(value: unknown): AuditEntry | undefined {
  const entry = value as Partial<AuditEntry> | null;
  if (typeof entry?.atMs !== 'number' || typeof entry.action !== 'string' || !Array.isArray(entry.brokers))
    return undefined;
  return entry as AuditEntry;
}
