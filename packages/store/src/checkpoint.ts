import { type Disk, type DiskFile, replaceFile } from '@rocketmq-ts/kernel';
import { readInt64, writeInt64 } from './record.ts';

/**
 * | offset | size | field of the file `checkpoint` (4096 bytes) |
 * | --- | --- | --- |
 * | 0 | 8 | store time of the last flushed record |
 * | 8 | 8 | store time of the last record whose consume queue unit is flushed |
 * | 16 | 8 | store time of the last record in a full index file |
 *
 * Source: StoreCheckpoint.
 */
export class StoreCheckpoint {
  static readonly fileBytes = 4096;
  physicMsgTimestamp = 0;
  logicsMsgTimestamp = 0;
  indexMsgTimestamp = 0;
  readonly #disk: Disk;
  readonly #path: string;
  #saving = false;
  #saved: (() => void) | undefined;

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
  }

  load(): void {
    const content = this.#disk.readFile(this.#path);
    if (content === undefined || content.length < 24) return;
    const view = new DataView(content.buffer, content.byteOffset, content.length);
    this.physicMsgTimestamp = readInt64(view, 0);
    this.logicsMsgTimestamp = readInt64(view, 8);
    this.indexMsgTimestamp = readInt64(view, 16);
  }

  /** Writes the stamps in place, off the loop; a save that is still under way makes this one wait for the next call. */
  save(): void {
    if (this.#saving) return;
    this.#saving = true;
    let file: DiskFile;
    try {
      file = this.#disk.open(this.#path, 'create');
    } catch {
      // As below.
      this.#saving = false;
      return;
    }
    const content = this.#encode();
    file.write(content, 0, content.length, 0, () => {
      // A stamp that was not written is only older than it could be: recovery reads more.
      file.close();
      this.#saving = false;
      this.#saved?.();
    });
  }

  /**
   * Before consume queues are built again from the beginning: until they are durable no stamp may say that they are, or a
   * crash in between leaves queues that lack units and nothing that tells so. Durable at once; throws the disk's error.
   */
  distrustQueues(): void {
    if (this.logicsMsgTimestamp === 0) return;
    this.logicsMsgTimestamp = 0;
    replaceFile(this.#disk, this.#path, this.#encode());
  }

  /** Writes the stamps and makes them durable, after a save under way: when the store is closed. */
  async saveAndSync(): Promise<void> {
    if (this.#saving) await new Promise<void>((resolve) => (this.#saved = resolve));
    replaceFile(this.#disk, this.#path, this.#encode());
  }

  #encode(): Buffer {
    const content = Buffer.alloc(StoreCheckpoint.fileBytes);
    const view = new DataView(content.buffer, content.byteOffset, content.length);
    writeInt64(view, 0, this.physicMsgTimestamp);
    writeInt64(view, 8, this.logicsMsgTimestamp);
    writeInt64(view, 16, this.indexMsgTimestamp);
    return content;
  }

  /** Records stored before this moment need not be looked at after an unclean stop; three seconds of safety, as Apache takes. */
  get minTimestamp(): number {
    return Math.max(0, Math.min(this.physicMsgTimestamp, this.logicsMsgTimestamp) - 3000);
  }
}
