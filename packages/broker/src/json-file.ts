import { asError, type Disk, type Logger, replaceFile } from '@rocketmq-ts/kernel';
import { encodeJson, type JsonInput, Members } from '@rocketmq-ts/protocol';
import { BrokerError } from './errors.ts';

/**
 * One of the JSON files under `config/`. A save replaces the file as a whole and keeps what it held as `.bak`; a file that
 * is missing, empty or broken is read from there. Source: ConfigManager#load, #persist.
 */
export class JsonFile {
  readonly path: string;
  readonly #disk: Disk;
  readonly #logger: Logger;
  readonly #content: () => JsonInput;
  #saving = false;
  #again = false;
  /** The last save failed, and that was told. */
  #failing = false;
  #idle: (() => void)[] = [];

  constructor(disk: Disk, logger: Logger, path: string, content: () => JsonInput) {
    this.#disk = disk;
    this.#logger = logger;
    this.path = path;
    this.#content = content;
  }

  /**
   * What `read` makes of the saved content; undefined when nothing was ever saved. Throws `CONFIG_FILE_BROKEN` when
   * something was and none of it can be read: going on with an empty table would forget topics, groups and offsets.
   */
  load<Value>(read: (members: Members) => Value): Value | undefined {
    const backup = `${this.path}.bak`;
    let problem: Error | undefined;
    for (const path of [this.path, backup]) {
      const bytes = this.#disk.readFile(path);
      if (bytes === undefined) continue;
      if (bytes.length === 0) {
        const instead = this.#disk.stat(backup) === undefined ? 'as if it were not there' : 'its backup is taken';
        if (path === this.path) this.#logger.warn(`a configuration file is empty; ${instead}`, { path });
        continue;
      }
      try {
        const value = read(Members.parse(bytes, path));
        if (problem !== undefined) this.#setAside();
        return value;
      } catch (error) {
        problem ??= asError(error);
        if (path === this.path) {
          this.#logger.warn('a configuration file can not be read; its backup is taken', {
            path,
            error: problem.message,
          });
        }
      }
    }
    if (problem === undefined) return undefined;
    throw new BrokerError(
      'CONFIG_FILE_BROKEN',
      `neither ${this.path} nor ${backup} can be read (${problem.message}); put a good copy there, or move both away to start without what they held`,
      { cause: problem },
    );
  }

  /** Out of the way of the next save, which would make it the backup. */
  #setAside(): void {
    this.#disk.rename(this.path, `${this.path}.broken`);
  }

  /** Saves off the loop; calls that come while one save is under way share the next. */
  save(): void {
    if (this.#saving) {
      this.#again = true;
      return;
    }
    this.#saving = true;
    const content = encodeJson(this.#content(), { pretty: true, standard: true });
    const temporary = `${this.path}.tmp`;
    try {
      this.#makeDirectory();
      this.#disk.remove(temporary);
      const file = this.#disk.open(temporary, 'create');
      file.write(content, 0, content.length, 0, (writeError) => {
        if (writeError !== null) {
          file.close();
          return this.#saved(writeError);
        }
        file.sync((syncError) => {
          file.close();
          this.#saved(syncError);
        });
      });
    } catch (error) {
      this.#saved(asError(error));
    }
  }

  #saved(error: Error | null): void {
    let failure = error;
    if (failure === null) {
      try {
        if (this.#disk.stat(this.path) !== undefined) this.#disk.rename(this.path, `${this.path}.bak`);
        this.#disk.rename(`${this.path}.tmp`, this.path);
      } catch (renameError) {
        failure = asError(renameError);
      }
    }
    this.#tell(failure);
    this.#saving = false;
    if (this.#again) {
      this.#again = false;
      return this.save();
    }
    for (const idle of this.#idle.splice(0)) idle();
  }

  /** Tries a save that failed once more; does nothing when the last one succeeded. */
  saveAgain(): void {
    if (this.#failing && !this.#saving) this.save();
  }

  /** One line for each change, not for each try. */
  #tell(failure: Error | null): void {
    if (failure !== null && !this.#failing)
      this.#logger.error('a configuration file could not be saved; it is tried again', {
        path: this.path,
        error: failure,
      });
    else if (failure === null && this.#failing)
      this.#logger.info('a configuration file is saved again', { path: this.path });
    this.#failing = failure !== null;
  }

  /**
   * Runs when what was saved last is in its file, at once when it is: who was told that a change is made must find it after
   * the end of the process. A save that failed is logged, and does not keep the change from being told.
   */
  whenSaved(done: () => void): void {
    if (this.#saving) this.#idle.push(done);
    else done();
  }

  /** Saves now and makes the file and its name durable: when the broker stops. */
  async saveAndSync(): Promise<void> {
    this.#again = false;
    if (this.#saving) await new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#makeDirectory();
    // What is there goes only when the new content is on the disk.
    const saved = `${this.path}.new`;
    replaceFile(this.#disk, saved, encodeJson(this.#content(), { pretty: true, standard: true }));
    if (this.#disk.stat(this.path) !== undefined) this.#disk.rename(this.path, `${this.path}.bak`);
    this.#disk.rename(saved, this.path);
    this.#disk.syncDirectory(this.path.slice(0, this.path.lastIndexOf('/')));
  }

  #makeDirectory(): void {
    this.#disk.makeDirectory(this.path.slice(0, this.path.lastIndexOf('/')));
  }
}
