import { homedir } from 'node:os';
import { type Disk, type Logger, readSaved, replaceSaved, systemErrorCode } from '@rocketmq-ts/kernel';
import {
  decodeResetOffsetBody,
  Members,
  type MessageQueue,
  messageQueueKey,
  type QueueTable,
  writeJson,
} from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';
import { OffsetStore } from './offset-store.ts';

/** Where Apache's client keeps broadcast offsets. Source: LocalFileOffsetStore#LOCAL_OFFSET_STORE_DIR. */
export function defaultOffsetDirectory(): string {
  return `${homedir()}/.rocketmq_offsets`;
}

/**
 * Offsets of a broadcasting consumer, in `<directory>/<clientId>/<group>/offsets.json` with the same content in `.bak`;
 * Apache's client reads and writes the same files. Source: LocalFileOffsetStore.
 */
export class LocalOffsets extends OffsetStore {
  readonly isLocal = true;
  readonly #place: { readonly disk: Disk; readonly logger: Logger; readonly path: string };

  constructor(disk: Disk, logger: Logger, place: { directory: string; clientId: string; group: string }) {
    super();
    this.#place = { disk, logger, path: `${place.directory}/${place.clientId}/${place.group}/offsets.json` };
  }

  /** Throws ClientError `OFFSETS_UNREADABLE` when there is a file but neither it nor its backup can be read. */
  load(): void {
    for (const [queue, offset] of this.#read()) this.update(queue, offset, false);
  }

  async stored(queue: MessageQueue): Promise<number | undefined> {
    const key = messageQueueKey(queue);
    const found = this.#read().find(([known]) => messageQueueKey(known) === key);
    if (found === undefined) return undefined;
    this.update(queue, found[1], false);
    return found[1];
  }

  async persist(queue: MessageQueue): Promise<void> {
    const offset = this.inMemory(queue);
    if (offset !== undefined) this.#write([[queue, offset]]);
  }

  async commit(queues: readonly MessageQueue[]): Promise<void> {
    const keys = new Set(queues.map(messageQueueKey));
    this.#merge(this.snapshot().filter(([queue]) => keys.has(messageQueueKey(queue))));
  }

  /** The file keeps offsets of queues that this run has not had. */
  async persistAll(queues: readonly MessageQueue[]): Promise<void> {
    this.retain(queues);
    this.#write(this.snapshot());
  }

  #read(): QueueTable<number> {
    const { path } = this.#place;
    try {
      const saved = readSaved(this.#place, (bytes) => {
        if (!Members.parse(bytes, path).has('offsetTable')) throw new Error('it has no offsetTable');
        return { value: decodeResetOffsetBody(bytes), version: [] };
      });
      return saved ?? [];
    } catch (error) {
      if (systemErrorCode(error) !== 'SAVED_FILE_BROKEN') throw error;
      const text = `The offsets in ${path} cannot be read, nor its backup.`;
      throw new ClientError('OFFSETS_UNREADABLE', text, { cause: error, facts: { path } });
    }
  }

  #write(changes: QueueTable<number>): void {
    try {
      this.#merge(changes);
    } catch (error) {
      const { logger, path } = this.#place;
      logger.error('offsets cannot be written; the next write mends it', { path, error });
    }
  }

  #merge(changes: QueueTable<number>): void {
    if (changes.length === 0) return;
    const { disk, path } = this.#place;
    const merged = new Map(this.#read().map((entry) => [messageQueueKey(entry[0]), entry]));
    for (const entry of changes) merged.set(messageQueueKey(entry[0]), entry);
    replaceSaved(disk, path, Buffer.from(formatOffsets([...merged.values()])));
  }
}

/** Apache's text of the file: tabs, and whole objects as keys. Source: OffsetSerializeWrapper of 5.4.0. */
export function formatOffsets(offsets: QueueTable<number>): string {
  const offsetTable = new Map(
    offsets.map(([{ topic, brokerName, queueId }, offset]) => [{ brokerName, queueId, topic }, offset]),
  );
  return writeJson({ offsetTable }, { pretty: true });
}
