import { continueJavaHash } from '@rocketmq-ts/kernel';
import { KEY_SEPARATOR, MessageProperty, readProperty } from '@rocketmq-ts/protocol';
import type { RecordHead } from '../log/record.ts';
import { positiveHash, TAG_PREFIX, topicHash } from './layout.ts';

/** Hashes of topics that are remembered. */
const MAX_TOPICS = 20_000;
const BLANK = 32;

/**
 * What a record is found by: the hashes of its unique key, of each key in its keys, which are separated by blanks, and of its
 * tags, in the order of their entries. One object is reused for all records. Source: IndexService#buildIndex of 5.4.0, the
 * first release that finds messages by tags.
 */
export class RecordKeys {
  /** As entries have them; those of the last record are the first `count`. */
  readonly hashes: number[] = [];
  count = 0;
  /** The last of them is that of the tags. */
  hasTags = false;
  readonly #topicHashes = new Map<string, number>();
  #lastTopic = '';
  #lastTopicHash = 0;

  /** Reads the keys of a record: as a live put gives them, otherwise from its properties. */
  of(record: RecordHead): void {
    const { topic, properties } = record;
    const prefix = topic === this.#lastTopic ? this.#lastTopicHash : this.#hashOfTopic(topic);
    this.count = 0;
    const uniqueKey = record.uniqueKey ?? readProperty(properties, MessageProperty.UNIQ_CLIENT_MESSAGE_ID);
    if (uniqueKey !== undefined && uniqueKey !== '') this.#add(prefix, uniqueKey, 0, uniqueKey.length);
    const keys = record.keys ?? readProperty(properties, MessageProperty.KEYS);
    if (keys !== undefined && keys !== '') {
      for (let from = 0, at = 0; from < keys.length; at++) {
        if (at < keys.length && keys.charCodeAt(at) !== BLANK) continue;
        if (at > from) this.#add(prefix, keys, from, at);
        from = at + 1;
      }
    }
    const tags = record.tags ?? readProperty(properties, MessageProperty.TAGS);
    this.hasTags = tags !== undefined && tags !== '';
    if (tags === undefined || tags === '') return;
    this.#add(continueJavaHash(prefix, TAG_PREFIX, 0, TAG_PREFIX.length), tags, 0, tags.length);
  }

  /** Which of them a hash is; −1 when it is none. */
  indexOf(hash: number): number {
    for (let at = 0; at < this.count; at++) if (this.hashes[at] === hash) return at;
    return -1;
  }

  #add(prefix: number, text: string, from: number, to: number): void {
    this.hashes[this.count] = positiveHash(continueJavaHash(prefix, text, from, to));
    this.count += 1;
  }

  #hashOfTopic(topic: string): number {
    let hash = this.#topicHashes.get(topic);
    if (hash === undefined) {
      if (this.#topicHashes.size >= MAX_TOPICS) this.#topicHashes.clear();
      hash = topicHash(topic);
      this.#topicHashes.set(topic, hash);
    }
    this.#lastTopic = topic;
    this.#lastTopicHash = hash;
    return hash;
  }
}

/** True when a message has a key: its unique key, or one of its keys. */
export function hasKey(properties: string, key: string): boolean {
  if (readProperty(properties, MessageProperty.UNIQ_CLIENT_MESSAGE_ID) === key) return true;
  const keys = readProperty(properties, MessageProperty.KEYS);
  return keys?.split(KEY_SEPARATOR).includes(key) ?? false;
}
