import { asError, type Disk, type DiskLock, replaceFile, systemErrorCode } from '@rocketmq-ts/kernel';
import { StoreError } from '../errors.ts';
import { isPassing } from '../log/disk-refusal.ts';

const CUT_LINE = /^\d+\ncut (\d+)$/;

/**
 * The files of a store folder that are not data: `lock` keeps a second broker out, `abort` marks an unclean stop. While the log
 * is cut, a second line of `abort` says where: the next start completes it, unless Apache's broker was here since, which
 * writes or removes the file.
 */
export class StoreFolder {
  readonly root: string;
  readonly #disk: Disk;
  #lock: DiskLock | undefined;

  constructor(disk: Disk, root: string) {
    this.#disk = disk;
    this.root = root;
  }

  /** Makes the folder and takes its lock. */
  async enter(): Promise<void> {
    try {
      this.#disk.makeDirectory(this.root);
      this.#lock = await this.#disk.lock(`${this.root}/lock`);
    } catch (error) {
      throw new StoreError(
        'STORE_NOT_WRITABLE',
        `the store folder ${this.root} can't be written (${systemErrorCode(error) ?? asError(error).message}); set storePathRootDir to a folder that can`,
        { cause: error },
      );
    }
    if (this.#lock === undefined) {
      throw new StoreError(
        'STORE_LOCKED',
        `Lock failed, MQ already started: another broker uses the store folder ${this.root}; stop it or set storePathRootDir to another folder`,
      );
    }
  }

  leave(): void {
    this.#lock?.release();
    this.#lock = undefined;
  }

  get stoppedCleanly(): boolean {
    return this.#disk.stat(this.#abortPath) === undefined;
  }

  markRunning(processId: number): void {
    const content = Buffer.from(String(processId));
    const file = this.#disk.open(this.#abortPath, 'create');
    try {
      file.truncate(0);
      file.writeSync(content, 0, content.length, 0);
    } catch (error) {
      // That the file is there is the mark; a full disk may take no content.
      if (!isPassing(error)) throw error;
    } finally {
      file.close();
    }
    this.#disk.syncDirectory(this.root);
  }

  /** The log is about to be cut at an offset: a start after a crash in between cuts it. Durable; throws the disk's error. */
  markCutting(processId: number, offset: number): void {
    replaceFile(this.#disk, this.#abortPath, Buffer.from(`${processId}\ncut ${offset}`));
  }

  /** The log was cut. Durable, since what is put behind the cut must not be cut off; throws the disk's error. */
  markCut(processId: number): void {
    replaceFile(this.#disk, this.#abortPath, Buffer.from(String(processId)));
  }

  /** Where the process before was about to cut the log; undefined when it was not. */
  get interruptedCut(): number | undefined {
    const content = this.#disk.readFile(this.#abortPath)?.toString('latin1') ?? '';
    const offset = CUT_LINE.exec(content)?.[1];
    return offset === undefined ? undefined : Number(offset);
  }

  markStopped(): void {
    this.#disk.remove(this.#abortPath);
    this.#disk.syncDirectory(this.root);
  }

  get #abortPath(): string {
    return `${this.root}/abort`;
  }
}
