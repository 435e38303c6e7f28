import type { Disk, Logger } from '@rocketmq-ts/kernel';
import { asError, replaceFile } from '@rocketmq-ts/kernel';
import { encodeJson, type JsonValue, parseJson } from '@rocketmq-ts/protocol';

/** Namespace of the order configurations of topics. Source: NamesrvUtil. */
export const ORDER_TOPIC_NAMESPACE = 'ORDER_TOPIC_CONFIG';

/**
 * Small values by namespace and key, kept in a file that every change rewrites: `{"configTable":{"ns":{"key":"value"}}}`,
 * with the content before as `.bak`. Source: KVConfigManager.
 */
export class KvTable {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #namespaces = new Map<string, Map<string, string>>();

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
  }

  /** Reads the file, or its `.bak` when it is broken. A missing file is an empty table. */
  load(logger: Logger): void {
    for (const path of [this.#path, `${this.#path}.bak`]) {
      const content = this.#disk.readFile(path);
      if (content === undefined) return;
      try {
        this.#take(parseJson(content));
        return;
      } catch (error) {
        logger.warn('A file of key-value configuration cannot be read', { path, error: asError(error) });
      }
    }
  }

  #take(json: JsonValue): void {
    const table = isObject(json) && Object.hasOwn(json, 'configTable') ? json.configTable : undefined;
    if (!isObject(table)) return;
    for (const [namespace, pairs] of Object.entries(table)) {
      if (!isObject(pairs)) continue;
      for (const [key, value] of Object.entries(pairs)) this.#set(namespace, key, String(value));
    }
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
    this.#disk.makeDirectory(directoryOf(this.#path));
    const before = this.#disk.readFile(this.#path);
    if (before !== undefined) replaceFile(this.#disk, `${this.#path}.bak`, before);
    replaceFile(this.#disk, this.#path, encodeJson({ configTable: this.#namespaces }));
  }
}

function isObject(value: JsonValue | undefined): value is { [name: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);
}

export function directoryOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}
