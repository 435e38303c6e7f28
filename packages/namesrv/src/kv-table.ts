import { type Disk, type Logger, readSaved, replaceSaved } from '@rocketmq-ts/kernel';
import { encodeJson, Members } from '@rocketmq-ts/protocol';

/** Namespace of the order configurations of topics. Source: NamesrvUtil. */
export const ORDER_TOPIC_NAMESPACE = 'ORDER_TOPIC_CONFIG';

/**
 * Small values by namespace and key, kept in a file that every change rewrites: `{"configTable":{"ns":{"key":"value"}}}`,
 * with the same content as `.bak`. Source: KVConfigManager.
 */
export class KvTable {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #namespaces = new Map<string, Map<string, string>>();

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
  }

  /**
   * Reads the newest whole copy. Without one the table is empty. Throws `SAVED_FILE_BROKEN` when there was one and none can
   * be read: the next change would lose its content.
   */
  load(logger: Logger): void {
    const table = readSaved({ disk: this.#disk, logger, path: this.#path }, (bytes) => {
      const members = Members.parse(bytes, this.#path);
      if (!members.has('configTable')) throw new Error('it has no configTable');
      const value = members.values('configTable', (pairs, where) => new Members({ pairs }, where).textTable('pairs'));
      return { value, version: [] };
    });
    for (const [namespace, pairs] of table ?? []) this.#namespaces.set(namespace, pairs);
  }

  #set(namespace: string, key: string, value: string): void {
    let pairs = this.#namespaces.get(namespace);
    if (pairs === undefined) {
      pairs = new Map();
      this.#namespaces.set(namespace, pairs);
    }
    pairs.set(key, value);
  }

  get(namespace: string, key: string): string | undefined {
    return this.#namespaces.get(namespace)?.get(key);
  }

  /** Undefined when nothing was ever put into the namespace. */
  list(namespace: string): ReadonlyMap<string, string> | undefined {
    return this.#namespaces.get(namespace);
  }

  /** Errors are the disk's; the value is then kept in memory only. */
  put(namespace: string, key: string, value: string): void {
    this.#set(namespace, key, value);
    this.#save();
  }

  remove(namespace: string, key: string): void {
    if (this.#namespaces.get(namespace)?.delete(key) === true) this.#save();
  }

  #save(): void {
    replaceSaved(this.#disk, this.#path, encodeJson({ configTable: this.#namespaces }));
  }
}
