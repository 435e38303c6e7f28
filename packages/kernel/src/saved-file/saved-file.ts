import type { Disk, DiskFile } from '../disk.ts';
import { asError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { directoryOf, makeDurableDirectory, savedNames } from './copies.ts';

/** Called when the changes that were made before are durable, with undefined, or can't be saved now, with the reason. */
export type WhenSaved = (failure: Error | undefined) => void;

/** So many may wait for saves of one file that a slow disk has not ended. */
export const MAX_WAITING = 20_000;

/**
 * A small file that is saved as a whole, off the loop, again and again. A save writes the new content beside the file and
 * syncs it, renames it over the file and syncs the folder; only then it counts as saved. The backup follows as a copy of
 * the same content when no newer change waits. So each moment, also between any two system calls and after a loss of
 * power, has one whole newest copy that `readSaved` finds. Changes that come while a save is under way share the next.
 * `backUpLater`: the backup of a file that changes often waits for `saveAgain` or `saveAndSync`, so that each change writes
 * the content once.
 */
export class SavedFile {
  readonly path: string;
  readonly #disk: Disk;
  readonly #logger: Logger;
  readonly #content: () => Uint8Array;
  #busy = false;
  /** The last save failed, and that was logged. */
  #failing = false;
  readonly #backUpLater: boolean;
  /** What the file holds, while its backup does not hold it and `content` was not called again. */
  #notBackedUp: Uint8Array | undefined;
  /** Somebody waits for the backup. */
  #wantsBackup = false;
  #waiting: { readonly change: number; readonly done: WhenSaved }[] = [];
  #idle: (() => void)[] = [];
  /** Counts calls of `save`. */
  changes = 0;
  /** Changes up to here are durable. */
  savedChanges = 0;

  /** What `content` gives is the file's own until it is called again. */
  constructor(
    disk: Disk,
    logger: Logger,
    path: string,
    content: () => Uint8Array,
    { backUpLater = false }: { readonly backUpLater?: boolean } = {},
  ) {
    this.#backUpLater = backUpLater;
    this.#disk = disk;
    this.#logger = logger;
    this.path = path;
    this.#content = content;
  }

  /** Something changed: saves soon. */
  save(): void {
    this.changes += 1;
    if (!this.#busy) this.#begin();
  }

  /**
   * Runs when all changes so far are durable, at once when they are. After a save that failed it is tried again now, and
   * `done` gets the outcome of that. While MAX_WAITING wait, `done` gets an error at once: the change is saved, later.
   */
  whenSaved(done: WhenSaved): void {
    if (this.savedChanges === this.changes) return done(undefined);
    if (this.#waiting.length >= MAX_WAITING) return done(new Error(`${MAX_WAITING} others wait for the disk already`));
    this.#waiting.push({ change: this.changes, done });
    if (!this.#busy) this.#begin();
  }

  /** Tries a save that failed once more, and makes a backup that is due; does nothing when all is as it should be. */
  saveAgain(): void {
    if (this.#busy) return;
    if (this.#notBackedUp !== undefined) this.#backUp(this.#notBackedUp);
    else if (this.#failing) this.#begin();
  }

  /** Saves now; resolves when file and backup are durable. Rejects with the disk's error. */
  async saveAndSync(): Promise<void> {
    this.#wantsBackup = true;
    this.save();
    const failure = await new Promise<Error | undefined>((resolve) => this.whenSaved(resolve));
    if (this.#busy) await new Promise<void>((resolve) => this.#idle.push(resolve));
    if (failure !== undefined) throw failure;
  }

  #begin(): void {
    this.#busy = true;
    const upTo = this.changes;
    const { unfinished } = savedNames(this.path);
    let content: Uint8Array;
    this.#notBackedUp = undefined;
    try {
      content = this.#content();
      makeDurableDirectory(this.#disk, directoryOf(this.path));
    } catch (error) {
      return this.#ended(asError(error), upTo);
    }
    const ended = (error: Error | null): void => this.#ended(error, upTo);
    this.#replace(unfinished, this.path, content, (error) => {
      if (error !== null) return ended(error);
      this.#notBackedUp = content;
      this.#disk.syncDirectoryLater(directoryOf(this.path), ended);
    });
  }

  /** Puts whole, synced content in the place of a file. */
  #replace(unfinished: string, path: string, content: Uint8Array, done: (error: Error | null) => void): void {
    let file: DiskFile;
    try {
      this.#disk.remove(unfinished);
      file = this.#disk.open(unfinished, 'create');
    } catch (error) {
      return done(asError(error));
    }
    const finish = (error: Error | null): void => {
      let failure = error;
      try {
        file.close();
        if (failure === null) this.#disk.rename(unfinished, path);
      } catch (problem) {
        failure = asError(problem);
      }
      done(failure);
    };
    file.write(content, 0, content.length, 0, (error) => {
      if (error !== null) finish(error);
      else file.sync(finish);
    });
  }

  #ended(failure: Error | null, upTo: number): void {
    this.#log(failure);
    if (failure === null) this.savedChanges = upTo;
    const answered = this.#waiting.filter(({ change }) => change <= upTo);
    this.#waiting = this.#waiting.filter(({ change }) => change > upTo);
    for (const { done } of answered) done(failure ?? undefined);
    if (this.#waiting.length > 0 || (failure === null && this.changes > this.savedChanges)) return this.#begin();
    const isDue = this.#wantsBackup || !this.#backUpLater;
    if (failure !== null || this.#notBackedUp === undefined || !isDue) return this.#rest();
    this.#backUp(this.#notBackedUp);
  }

  #backUp(content: Uint8Array): void {
    this.#busy = true;
    const { unfinishedBackup, backup } = savedNames(this.path);
    this.#replace(unfinishedBackup, backup, content, (error) => {
      if (error === null) this.#notBackedUp = undefined;
      this.#log(error);
      if (this.#waiting.length > 0 || this.changes > this.savedChanges) this.#begin();
      else this.#rest();
    });
  }

  #rest(): void {
    this.#busy = false;
    this.#wantsBackup = false;
    for (const idle of this.#idle.splice(0)) idle();
  }

  /** One line for each change, not for each try. */
  #log(failure: Error | null): void {
    if (failure !== null && !this.#failing) {
      this.#logger.error('a file could not be saved; it is tried again', { path: this.path, error: failure });
    } else if (failure === null && this.#failing) {
      this.#logger.info('a file is saved again', { path: this.path });
    }
    this.#failing = failure !== null;
  }
}
