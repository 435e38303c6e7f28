/** Damage that a check can find, and what it means. */
const damage = {
  LOG_FILE_SIZE: 'a file of the commit log has another length than the others',
  LOG_FILE_MISSING: 'files of the commit log are missing',
  RECORD_ZEROS: 'zeros where a record should be',
  RECORD_MAGIC: 'no record begins where one should',
  RECORD_LENGTH: 'the lengths of a record do not hold together',
  RECORD_POSITION: 'a record has another offset than its place',
  RECORD_CRC: 'the body of a record does not match its CRC',
  RECORD_QUEUE_OFFSET: 'a record has another queue offset than its unit',
  BLANK_SIZE: 'the blank record at the end of a file has another size than the rest of the file',
  QUEUE_OFFSET_TWICE: 'a queue offset was given to two records',
  QUEUE_OFFSET_GAP: 'queue offsets have no record',
  QUEUE_MISSING: 'a topic of the configuration has records but no consume queue',
  QUEUE_FILE_SIZE: 'a file of a consume queue has another length than the others',
  QUEUE_FILE_MISSING: 'files of a consume queue are missing',
  UNIT_MISSING: 'a record has no unit in its consume queue',
  UNIT_OFFSET: 'a unit leads to another place than its record',
  UNIT_SIZE: 'a unit has another size than its record',
  UNIT_TAGS_CODE: 'a unit has another tags code than its record',
  UNIT_MESSAGES: 'a unit of a batch queue has another queue offset, number of messages or time than its record',
  UNIT_WITHOUT_RECORD: 'a unit leads to no record',
  INDEX_FILE_SIZE: 'an index file has a length that its header or the other files do not allow',
  INDEX_CHAIN: 'an index entry is not reached from its slot',
  INDEX_TIME: 'an index entry has another time than its record',
  INDEX_ENTRY_WITHOUT_KEY: 'an index entry leads to no record with its key',
  KEY_NOT_INDEXED: 'a key of a record is not in the index',
  CONFIG_UNREADABLE: 'a configuration file does not parse',
} as const;

/** What a check can find that is no damage. */
const harmless = {
  LOG_TAIL: 'bytes that are no record are behind the end of the log; a start cuts them off',
  LOG_HOLE:
    'records were lost here; others without a message take their place, so that every reader continues behind them',
  UNIT_PENDING: 'records at the end of the log have no unit yet; a start makes them',
  UNIT_BEHIND_LOG: 'units lead behind the end of the log; a start drops them',
  INDEX_AGAIN:
    "an index entry leads back behind those before it: Apache's broker indexes again what it recovers after a kill",
  KEY_PENDING: 'keys at the end of the log are not in the index yet',
  KEY_NOT_COVERED: 'keys lie before or between the index files',
  OFFSET_SKIPPED: 'queue offsets were passed over when damage was found earlier',
  EARLIER_LIFE: 'a queue began again at 0: its topic was deleted and made again',
  TOPIC_DELETED: 'records belong to a topic that has no consume queue and no configuration',
  TIMER_CHAIN: 'a slot of the timer wheel leads to no unit of the timer log; a start makes the timer files again',
  FOREIGN_FILE: 'a file does not belong to a store',
} as const;

export type FindingKind = keyof typeof damage | keyof typeof harmless;

const entriesOf = (meanings: Readonly<Record<string, string>>, isDamage: boolean) =>
  Object.entries(meanings).map(([kind, meaning]) => [kind, { damage: isDamage, meaning }] as const);

/** What a check can find: kind → whether it is damage, and what it means. */
export const findingKinds = Object.fromEntries([...entriesOf(damage, true), ...entriesOf(harmless, false)]) as Readonly<
  Record<FindingKind, { readonly damage: boolean; readonly meaning: string }>
>;

export interface Finding {
  readonly kind: FindingKind;
  readonly file: string;
  /** Byte position in the file; undefined when the finding is about the file as a whole. */
  readonly position: number | undefined;
  /** What was expected and what is there. */
  readonly detail: string;
}

/** All findings of one kind. */
export interface FindingCount {
  readonly kind: FindingKind;
  readonly damage: boolean;
  readonly meaning: string;
  readonly count: number;
  /** The first that was found, with as many more as are kept. */
  readonly samples: readonly Finding[];
}

const SAMPLES_KEPT = 10;

/** Counts what is found and keeps the first few of each kind. */
export class Findings {
  readonly #counts = new Map<FindingKind, { count: number; samples: Finding[] }>();

  add(kind: FindingKind, file: string, position: number | undefined, detail: string, count = 1): void {
    this.addFinding({ kind, file, position, detail }, count);
  }

  addFinding(finding: Finding, count = 1): void {
    let entry = this.#counts.get(finding.kind);
    if (entry === undefined) {
      entry = { count: 0, samples: [] };
      this.#counts.set(finding.kind, entry);
    }
    entry.count += count;
    if (entry.samples.length < SAMPLES_KEPT) entry.samples.push(finding);
  }

  get damaged(): boolean {
    return [...this.#counts.keys()].some((kind) => findingKinds[kind].damage);
  }

  /** The damage that was found first. */
  get firstDamage(): Finding | undefined {
    for (const [kind, { samples }] of this.#counts) if (findingKinds[kind].damage) return samples[0];
    return undefined;
  }

  /** Damage first, in the order in which each kind was met. */
  counts(): FindingCount[] {
    return [...this.#counts]
      .map(([kind, { count, samples }]) => ({ kind, ...findingKinds[kind], count, samples }))
      .sort((a, b) => Number(b.damage) - Number(a.damage));
  }
}
