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
 * What topics.json says of the commit log beside its topics, so that a start can tell a topic that was deleted from one
 * whose creation did not reach the disk: how long the log was when the file was saved, and how long it was when a topic was
 * deleted. Two members of their own, which Apache's broker passes over when it reads the file and leaves out when it writes
 * it: then nothing is known.
 */
export class LogMarks {
  readonly #log: LogEnds;
  readonly #deleted = new Map<string, number>();
  /** Every topic that a record below it belongs to was known when the file was saved; undefined when the file did not say. */
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

  topicDeleted(name: string): void {
    this.#deleted.set(name, this.#log.appendOffset);
  }

  /** Records of the topic below it are of a life of the topic that has ended; undefined when it was never deleted. */
  deletedAt(name: string): number | undefined {
    return this.#deleted.get(name);
  }

  /** Members of topics.json. A deletion is forgotten with the last record from before it. */
  json(): { readonly [member: string]: JsonInput } {
    const { minOffset, appendOffset } = this.#log;
    for (const [topic, offset] of this.#deleted) if (offset <= minOffset) this.#deleted.delete(topic);
    return { deletedTopics: new Map(this.#deleted), logOffset: appendOffset };
  }
}
