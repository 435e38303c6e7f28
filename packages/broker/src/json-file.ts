import { type Disk, type Logger, readSaved, SavedFile, systemErrorCode, type WhenSaved } from '@rocketmq-ts/kernel';
import { type DataVersion, encodeJson, type JsonInput, Members } from '@rocketmq-ts/protocol';
import { BrokerError } from './errors.ts';

/** One of the JSON files under `config/`, with its backup, in the names of Apache's broker. Source: ConfigManager. */
export class JsonFile extends SavedFile {
  /** Changed entries that may not be in the file yet: name → count of changes of the file. */
  readonly #unsaved = new Map<string, number>();
  readonly #place: { readonly disk: Disk; readonly logger: Logger; readonly path: string };

  constructor(disk: Disk, logger: Logger, path: string, content: () => JsonInput) {
    super(disk, logger, path, () => encodeJson(content(), { pretty: true, standard: true }));
    this.#place = { disk, logger, path };
  }

  /**
   * What `read` makes of the newest whole copy; undefined when nothing was ever saved. A copy without the member `table` is
   * the file of another kind. Of two copies the one with the higher data version is newer. Throws `CONFIG_FILE_BROKEN`
   * when no copy can be read: going on with an empty table would forget topics, groups and offsets.
   */
  load<Value extends { readonly dataVersion: DataVersion }>(
    table: string,
    read: (members: Members) => Value,
  ): Value | undefined {
    try {
      return readSaved(this.#place, (bytes) => {
        const members = Members.parse(bytes, this.path);
        if (!members.has(table)) throw new BrokerError('CONFIG_FILE_BROKEN', `it has no ${table}`);
        const value = read(members);
        const { stateVersion, counter, timestamp } = value.dataVersion;
        return { value, version: [stateVersion, counter, timestamp] };
      });
    } catch (error) {
      if (systemErrorCode(error) !== 'SAVED_FILE_BROKEN' || !(error instanceof Error)) throw error;
      throw new BrokerError('CONFIG_FILE_BROKEN', error.message, { cause: error });
    }
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

/** The JSON files of a broker, in the folder `config` of its store. */
export class JsonFiles {
  readonly #place: { readonly disk: Disk; readonly logger: Logger; readonly root: string };
  readonly #files: JsonFile[] = [];

  /** `root`: the store folder. */
  constructor(place: { readonly disk: Disk; readonly logger: Logger; readonly root: string }) {
    this.#place = place;
  }

  /** The file of this name, without `.json`; `content` is what each save writes. */
  of(name: string, content: () => JsonInput): JsonFile {
    const { disk, logger, root } = this.#place;
    const file = new JsonFile(disk, logger, `${root}/config/${name}.json`, content);
    this.#files.push(file);
    return file;
  }

  /** Tries again what the disk did not take. */
  saveAgain(): void {
    for (const file of this.#files) file.saveAgain();
  }
}

/** Runs when all changes of these tables so far are durable, or those of one of them can't be saved now. */
export function whenAllSaved(
  [first, ...others]: readonly { whenSaved(done: WhenSaved): void }[],
  done: WhenSaved,
): void {
  if (first === undefined) return done(undefined);
  first.whenSaved((failure) => (failure === undefined ? whenAllSaved(others, done) : done(failure)));
}
