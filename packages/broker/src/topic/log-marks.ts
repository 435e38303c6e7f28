import { integerOf, type JsonInput, type Members } from '@rocketmq-ts/protocol';

/** The ends of the commit log. */
export interface LogEnds {
  readonly minOffset: number;
  readonly appendOffset: number;
}

/** As they lie in topics.json. */
export interface SavedMarks {
  readonly logOffset: number | undefined;
  readonly deletedTopics: ReadonlyMap<string, number>;
}

/** Throws BAD_BODY. */
export function readSavedMarks(members: Members): SavedMarks {
  return {
    logOffset: members.optionalInteger('logOffset'),
    deletedTopics: members.values('deletedTopics', integerOf),
  };
}

/**
 * What topics.json has about the commit log: its length when the file was saved, and its length when a topic was deleted.
 * By these a start sees whether a topic was deleted or its creation did not reach the disk. Apache's broker ignores both
 * members when it reads the file and leaves them out when it writes it: then nothing is known.
 */
export class LogMarks {
  readonly #log: LogEnds;
  readonly #deleted = new Map<string, number>();
  /** Of a slave, see `followedTo`. */
  #followedTo: number | undefined;
  /** End of the log when the master was asked for its topics. */
  #askedAt = 0;
  /** Every topic that a record below it belongs to was known when the file was saved; undefined when the file does not have it. */
  savedAt: number | undefined;
  /**
   * The file spoke of more log than there is: it has to be saved before messages are taken, or the next start would hold new
   * records for those of a life that has ended.
   */
  wereAhead = false;

  constructor(log: LogEnds) {
    this.#log = log;
  }

  /** What is behind the end of the log was lost with it: its place is taken by other records now. */
  take({ logOffset, deletedTopics }: SavedMarks): void {
    const end = this.#log.appendOffset;
    this.savedAt = logOffset === undefined ? undefined : Math.min(logOffset, end);
    this.wereAhead = this.savedAt !== logOffset;
    for (const [topic, offset] of deletedTopics) {
      this.#deleted.set(topic, Math.min(offset, end));
      if (offset > end) this.wereAhead = true;
    }
  }

  /**
   * A slave has records before it has their topics: records below this offset are of topics that it has, or that are deleted.
   * Undefined: this broker makes topics itself, before it stores messages of them.
   */
  get followedTo(): number | undefined {
    return this.#followedTo;
  }

  set followedTo(offset: number | undefined) {
    this.#followedTo = offset;
  }

  /** A slave is about to ask its master for its topics: it has those of all records that it has sent. */
  beginFollowing(): void {
    this.#askedAt = this.#log.appendOffset;
  }

  /** The master's topics are here. */
  followed(): void {
    if (this.#followedTo !== undefined) this.#followedTo = this.#askedAt;
  }

  /** Other records follow from this offset on. */
  logWasCut(end: number): void {
    this.#askedAt = Math.min(this.#askedAt, end);
    if (this.#followedTo !== undefined) this.#followedTo = Math.min(this.#followedTo, end);
    if (this.savedAt !== undefined) this.savedAt = Math.min(this.savedAt, end);
    for (const [topic, offset] of this.#deleted) if (offset > end) this.#deleted.set(topic, end);
  }

  topicDeleted(name: string): void {
    this.#deleted.set(name, this.#log.appendOffset);
  }

  /** Deletions that are remembered. */
  get deletedCount(): number {
    return this.#deleted.size;
  }

  /** Records of the topic below it are of a life of the topic that has ended; undefined when it was never deleted. */
  deletedAt(name: string): number | undefined {
    return this.#deleted.get(name);
  }

  /** Members of topics.json. A deletion is forgotten with the last record from before it. */
  json(): { readonly [member: string]: JsonInput } {
    const { minOffset, appendOffset } = this.#log;
    for (const [topic, offset] of this.#deleted) if (offset <= minOffset) this.#deleted.delete(topic);
    const logOffset = Math.min(appendOffset, this.#followedTo ?? appendOffset);
    return { deletedTopics: new Map(this.#deleted), logOffset };
  }
}
