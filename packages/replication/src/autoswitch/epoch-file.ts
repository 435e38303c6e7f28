import { crc32 } from 'node:zlib';
import { type Disk, type Logger, readSaved, replaceAndKeepPrevious, replaceFile } from '@rocketmq-ts/kernel';
import { type EpochEntry, EpochList } from './epochs.ts';

/** End of the name of the file that `restartAt` keeps; Apache's broker has none. */
const RESTART = '.restart';
/** The checksum of a file that is not to be checked. Source: CheckpointFile. */
const NOT_CHECKED = 0;

/**
 * The text of the file: the number of entries; their CRC-32 without its sign bit; `<epoch>-<startOffset>` for each. Every line ends
 * with a line feed. Source: CheckpointFile#write, EpochFileCache$EpochEntrySerializer; fixture auto-switch.json.
 */
export function encodeEpochFile(entries: readonly EpochEntry[]): string {
  const lines = entries.map(({ epoch, startOffset }) => `${epoch}-${startOffset}\n`).join('');
  return `${entries.length}\n${checksum(lines)}\n${lines}`;
}

/** Throws, with a sentence, for a text that is no whole file. */
export function decodeEpochFile(text: string): EpochList {
  const [count = '', sum = '', ...rest] = text.split('\n');
  if (!/^\d+$/.test(count) || !/^\d+$/.test(sum)) throw new Error('it does not begin with a count and a checksum');
  const lines = rest.filter((line) => line !== '');
  const entries = lines.map((line) => {
    const match = /^(\d{1,10})-(\d{1,16})$/.exec(line);
    if (match === null) throw new Error(`"${line}" is not epoch-offset`);
    return { epoch: Number(match[1]), startOffset: Number(match[2]) };
  });
  if (entries.length !== Number(count)) throw new Error(`it has ${entries.length} entries instead of ${count}`);
  const actual = checksum(lines.map((line) => `${line}\n`).join(''));
  if (Number(sum) !== NOT_CHECKED && Number(sum) !== actual)
    throw new Error(`the checksum of its entries is ${actual} instead of ${sum}`);
  return new EpochList(entries);
}

function checksum(lines: string): number {
  return crc32(lines) & 0x7fffffff;
}

export interface EpochFileParts {
  readonly disk: Disk;
  readonly logger: Logger;
  /** `epochFileCheckpoint`; the version before is beside it, with `.bak`. */
  readonly path: string;
}

/**
 * The epochs of this store's log, kept in a file as Apache's broker keeps them. A change is durable when the call returns: changes
 * are rare, and bytes of a new epoch must not be stored before the epoch is. Source: EpochFileCache.
 */
export class Epochs {
  readonly #parts: EpochFileParts;
  #list: EpochList;

  private constructor(parts: EpochFileParts, list: EpochList) {
    this.#parts = parts;
    this.#list = list;
  }

  /**
   * Reads the file, or the version before when it is damaged. Throws `SAVED_FILE_BROKEN` when something was kept and neither can
   * be read: without its epochs a log can't be compared with others. `logEnd`: entries that begin behind it are of lost bytes.
   */
  static open(parts: EpochFileParts, logEnd: number): Epochs {
    const list = readSaved(parts, (bytes) => {
      const value = decodeEpochFile(bytes.toString());
      return { value, version: [value.lastEpoch, value.entries.length] };
    });
    const epochs = new Epochs(parts, list ?? new EpochList());
    epochs.#change(epochs.#list.cutAt(logEnd + 1));
    return epochs;
  }

  get list(): EpochList {
    return this.#list;
  }

  /**
   * A master that was not stopped in order leads the newest epoch again, from the end of its log on: what it had sent of this epoch and
   * lost, slaves may still have. Kept beside the file, for its next starts in this epoch. Throws the disk's error.
   */
  restartAt(logEnd: number): void {
    const certain = this.certainEnd(logEnd);
    const { disk, path } = this.#parts;
    replaceFile(disk, path + RESTART, Buffer.from(`${this.#list.lastEpoch}-${certain}`));
  }

  /** Up to there this log has all that it ever sent: its end, or that of the first start in this epoch that may have lost something. */
  certainEnd(logEnd: number): number {
    const { disk, path } = this.#parts;
    const match = /^(\d{1,10})-(\d{1,16})$/.exec(disk.readFile(path + RESTART)?.toString() ?? '');
    return match !== null && Number(match[1]) === this.#list.lastEpoch ? Math.min(logEnd, Number(match[2])) : logEnd;
  }

  /** A new epoch begins; entries of it or newer ones are replaced. Throws the disk's error; then nothing has changed. */
  begin(entry: EpochEntry): void {
    this.#change(this.#list.before(entry.epoch).with(entry));
  }

  /**
   * This log is the same as another one up to its end: so are its epochs, also those without a byte, which may be
   * all that two other logs differ in.
   */
  adopt(entries: readonly EpochEntry[], logEnd: number): void {
    const adopted = entries.filter(({ startOffset }) => startOffset <= logEnd);
    const { entries: own } = this.#list;
    const isSame = (entry: EpochEntry, index: number): boolean =>
      own[index]?.epoch === entry.epoch && own[index]?.startOffset === entry.startOffset;
    if (adopted.length !== own.length || !adopted.every(isSame)) this.#change(new EpochList(adopted));
  }

  /** The log was cut at an offset. */
  cutAt(logEnd: number): void {
    this.#change(this.#list.cutAt(logEnd));
  }

  /** The oldest files of the log were removed. */
  beginAt(minOffset: number): void {
    this.#change(this.#list.beginAt(minOffset));
  }

  #change(list: EpochList): void {
    if (list === this.#list) return;
    const { disk, path } = this.#parts;
    replaceAndKeepPrevious(disk, path, Buffer.from(encodeEpochFile(list.entries)), isWhole);
    this.#list = list;
  }
}

function isWhole(bytes: Buffer): boolean {
  try {
    decodeEpochFile(bytes.toString());
    return true;
  } catch {
    return false;
  }
}
