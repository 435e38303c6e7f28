import { asError, type Disk, type Logger, replaceFile } from '@rocketmq-ts/kernel';
import { encodeJson, type JsonInput, Members } from '@rocketmq-ts/protocol';

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
  #idle: (() => void)[] = [];

  constructor(disk: Disk, logger: Logger, path: string, content: () => JsonInput) {
    this.#disk = disk;
    this.#logger = logger;
    this.path = path;
    this.#content = content;
  }

  /** What `read` makes of the saved content, or undefined when there is none that can be read. */
  load<Value>(read: (members: Members) => Value): Value | undefined {
    return this.#read(this.path, read) ?? this.#read(`${this.path}.bak`, read);
  }

  #read<Value>(path: string, read: (members: Members) => Value): Value | undefined {
    const bytes = this.#disk.readFile(path);
    if (bytes === undefined || bytes.length === 0) return undefined;
    try {
      return read(Members.parse(bytes, path));
    } catch (error) {
      this.#logger.warn('a configuration file can not be read; its backup is taken', {
        path,
        error: asError(error).message,
      });
      return undefined;
    }
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
    if (failure !== null)
      this.#logger.error('a configuration file could not be saved', { path: this.path, error: failure });
    this.#saving = false;
    if (this.#again) {
      this.#again = false;
      return this.save();
    }
    for (const idle of this.#idle.splice(0)) idle();
  }

  /** Saves now and makes the file and its name durable: when the broker stops. */
  async saveAndSync(): Promise<void> {
    this.#again = false;
    if (this.#saving) await new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#makeDirectory();
    if (this.#disk.stat(this.path) !== undefined) this.#disk.rename(this.path, `${this.path}.bak`);
    replaceFile(this.#disk, this.path, encodeJson(this.#content(), { pretty: true, standard: true }));
  }

  #makeDirectory(): void {
    this.#disk.makeDirectory(this.path.slice(0, this.path.lastIndexOf('/')));
  }
}
