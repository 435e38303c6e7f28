import { homedir } from 'node:os';
import { type Disk, type Logger, replaceFile } from '@rocketmq-ts/kernel';
import {
  decodeResetOffsetBody,
  type MessageQueue,
  messageQueueKey,
  type QueueTable,
  writeJson,
} from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';
import type { OffsetStore } from './offset-store.ts';
import { OffsetTable } from './offset-table.ts';

/** Where Apache's client keeps broadcast offsets. Source: LocalFileOffsetStore#LOCAL_OFFSET_STORE_DIR. */
export function defaultOffsetDirectory(): string {
  return `${homedir()}/.rocketmq_offsets`;
}

/**
 * Offsets of a broadcasting consumer, in `<directory>/<clientId>/<group>/offsets.json` with the previous content in
 * `.bak`; Apache's client reads and writes the same file. Source: LocalFileOffsetStore.
 */
export class LocalOffsets implements OffsetStore {
  readonly #disk: Disk;
  readonly #logger: Logger;
  readonly #directory: string;
  readonly #path: string;
  readonly #table = new OffsetTable();

  constructor(disk: Disk, logger: Logger, place: { directory: string; clientId: string; group: string }) {
    this.#disk = disk;
    this.#logger = logger;
    this.#directory = `${place.directory}/${place.clientId}/${place.group}`;
    this.#path = `${this.#directory}/offsets.json`;
  }

  /** Throws ClientError `OFFSETS_UNREADABLE` when there is a file but neither it nor its backup can be read. */
  load(): void {
    for (const [queue, offset] of this.#read()) this.#table.set(queue, offset, false);
  }

  inMemory(queue: MessageQueue): number | undefined {
    return this.#table.get(queue);
  }

  async stored(queue: MessageQueue): Promise<number | undefined> {
    const key = messageQueueKey(queue);
    const found = this.#read().find(([known]) => messageQueueKey(known) === key);
    if (found === undefined) return undefined;
    this.#table.set(queue, found[1], false);
    return found[1];
  }

  update(queue: MessageQueue, offset: number, increaseOnly: boolean): void {
    this.#table.set(queue, offset, increaseOnly);
  }

  updateAndFreeze(queue: MessageQueue, offset: number): void {
    this.#table.freeze(queue, offset);
  }

  async persist(queue: MessageQueue): Promise<void> {
    const offset = this.#table.get(queue);
    if (offset !== undefined) this.#write([[queue, offset]]);
  }

  /** The file keeps offsets of queues that this run has not had. */
  async persistAll(queues: readonly MessageQueue[]): Promise<void> {
    this.#table.retain(queues);
    this.#write(this.#table.list());
  }

  remove(queue: MessageQueue): void {
    this.#table.delete(queue);
  }

  snapshot(topic?: string): QueueTable<number> {
    return this.#table.list(topic);
  }

  #read(): QueueTable<number> {
    const failures: unknown[] = [];
    for (const path of [this.#path, `${this.#path}.bak`]) {
      const content = this.#disk.readFile(path);
      if (content === undefined || content.length === 0) continue;
      try {
        return decodeResetOffsetBody(content);
      } catch (error) {
        failures.push(error);
        this.#logger.warn('a file of offsets cannot be read', { path, error });
      }
    }
    if (failures.length === 0) return [];
    throw new ClientError('OFFSETS_UNREADABLE', `The offsets in ${this.#path} cannot be read, nor its backup.`, {
      cause: failures[0],
    });
  }

  #write(changes: QueueTable<number>): void {
    if (changes.length === 0) return;
    const merged = new Map(this.#read().map((entry) => [messageQueueKey(entry[0]), entry]));
    for (const entry of changes) merged.set(messageQueueKey(entry[0]), entry);
    try {
      this.#disk.makeDirectory(this.#directory);
      const previous = this.#disk.readFile(this.#path);
      if (previous !== undefined) replaceFile(this.#disk, `${this.#path}.bak`, previous);
      replaceFile(this.#disk, this.#path, Buffer.from(formatOffsets([...merged.values()])));
    } catch (error) {
      this.#logger.error('offsets cannot be written; the next write mends it', { path: this.#path, error });
    }
  }
}

/** Apache's text of the file: tabs, and whole objects as keys. Source: OffsetSerializeWrapper of 5.4.0. */
export function formatOffsets(offsets: QueueTable<number>): string {
  const offsetTable = new Map(
    offsets.map(([{ topic, brokerName, queueId }, offset]) => [{ brokerName, queueId, topic }, offset]),
  );
  return writeJson({ offsetTable }, { pretty: true });
}
