import {
  type Clock,
  type Disk,
  type Logger,
  readSaved,
  SavedFile,
  systemErrorCode,
  type WhenSaved,
} from '@rocketmq-ts/kernel';
import { type DataVersion, type JsonInput, Members, newDataVersion, nextDataVersion } from '@rocketmq-ts/protocol';
import { BrokerError } from './errors.ts';
import { FileText } from './table-text.ts';

/** One of the JSON files under `config/`, with its backup, in the names of Apache's broker. Source: ConfigManager. */
export class JsonFile extends SavedFile {
  /** Of the content. */
  version: DataVersion;
  /** Changed entries that may not be in the file yet: name → count of changes of the file. */
  readonly #unsaved = new Map<string, number>();
  readonly #place: FilePlace & { readonly path: string };
  readonly #stateVersion: () => number;

  constructor(place: FilePlace, name: string, content: () => FileContent, stateVersion: () => number = () => 0) {
    const path = `${place.root}/config/${name}.json`;
    const text = new FileText();
    super(place.disk, place.logger, path, () => text.of(content()), { backUpLater: true });
    this.#place = { ...place, path };
    this.#stateVersion = stateVersion;
    this.version = newDataVersion(place.clock.now());
  }

  /**
   * What `read` makes of the newest whole copy, whose version is that of the content now; undefined when nothing was ever
   * saved. A copy without the member `table` is the file of another kind. Of two copies the one with the higher data version is
   * newer. Throws `CONFIG_FILE_BROKEN` when no copy can be read: going on with an empty table would forget topics, groups and
   * offsets.
   */
  load<Value extends { readonly dataVersion: DataVersion }>(
    table: string,
    read: (members: Members) => Value,
  ): Value | undefined {
    try {
      const saved = readSaved(this.#place, (bytes) => {
        const members = Members.parse(bytes, this.path);
        if (!members.has(table)) throw new BrokerError('CONFIG_FILE_BROKEN', `it has no ${table}`);
        const value = read(members);
        const { stateVersion, counter, timestamp } = value.dataVersion;
        return { value, version: [stateVersion, counter, timestamp] };
      });
      if (saved !== undefined) this.version = saved.dataVersion;
      return saved;
    } catch (error) {
      if (systemErrorCode(error) !== 'SAVED_FILE_BROKEN' || !(error instanceof Error)) throw error;
      throw new BrokerError('CONFIG_FILE_BROKEN', error.message, { cause: error });
    }
  }

  /** The content has changed since its version was made. */
  nextVersion(): void {
    this.version = nextDataVersion(this.version, this.#place.clock.now(), this.#stateVersion());
  }

  /** As `save`; `isUnsaved` knows of these entries until they are durable. */
  saveEntries(names: readonly string[]): void {
    this.save();
    for (const name of names) this.#unsaved.set(name, this.changes);
  }

  /**
   * True while nothing that needs this entry may be acknowledged: a start would not find it. Costs nothing while everything
   * is saved.
   */
  isUnsaved(name: string): boolean {
    if (this.#unsaved.size === 0) return false;
    const change = this.#unsaved.get(name);
    if (change === undefined) return false;
    if (change > this.savedChanges) return true;
    this.#unsaved.delete(name);
    return false;
  }
}

/** Members of the outermost object. */
export type FileContent = Readonly<Record<string, JsonInput>>;

/** Where the files of a broker are. */
export interface FilePlace {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly logger: Logger;
  /** The store folder. */
  readonly root: string;
}

/** The JSON files of a broker, in the folder `config` of its store. */
export class JsonFiles {
  readonly #place: FilePlace;
  readonly #files: JsonFile[] = [];
  /** Part of the version of each change from now on: the epoch of the master in controller mode. Source: DataVersion. */
  stateVersion = 0;

  constructor(place: FilePlace) {
    this.#place = place;
  }

  /** The file of this name, without `.json`; `content` is what each save writes. */
  of(name: string, content: () => FileContent): JsonFile {
    const file = new JsonFile(this.#place, name, content, () => this.stateVersion);
    this.#files.push(file);
    return file;
  }

  /** Tries again what the disk did not take, and makes the backups that are due. */
  saveAgain(): void {
    for (const file of this.#files) file.saveAgain();
  }
}

/** A table of this broker that is kept in a JSON file. */
export abstract class SavedTable {
  protected readonly file: JsonFile;

  /** `name`: of the file, without `.json`. */
  constructor(files: JsonFiles, name: string) {
    this.file = files.of(name, () => this.content());
  }

  /** What a save writes. */
  protected abstract content(): FileContent;

  get dataVersion(): DataVersion {
    return this.file.version;
  }

  /** Runs when all changes so far are durable, or can't be saved now. */
  whenSaved(done: WhenSaved): void {
    this.file.whenSaved(done);
  }

  /** True while nothing that needs this entry may be acknowledged: a start would not find it. */
  isUnsaved(name: string): boolean {
    return this.file.isUnsaved(name);
  }

  save(): Promise<void> {
    return this.file.saveAndSync();
  }
}

/** Runs when all changes of these tables so far are durable, or those of one of them can't be saved now. */
export function whenAllSaved([first, ...others]: readonly SavedTable[], done: WhenSaved): void {
  if (first === undefined) return done(undefined);
  first.whenSaved((failure) => (failure === undefined ? whenAllSaved(others, done) : done(failure)));
}
